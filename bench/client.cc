#include "client.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace orders::bench {

Properties::Properties(const std::string& bootstrap) : conf_(rd_kafka_conf_new()) {
  set("bootstrap.servers", bootstrap);
  set("log.connection.close", "false");
}

Properties::~Properties() {
  if (conf_ != nullptr) rd_kafka_conf_destroy(conf_);
}

void Properties::set(const char* name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(conf_, name, value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
    throw std::runtime_error(reason.data());
  }
}

Client Properties::make(rd_kafka_type_t type) {
  std::array<char, 512> reason{};
  Client client(rd_kafka_new(type, conf_, reason.data(), reason.size()));
  if (client == nullptr) throw std::runtime_error(reason.data());
  conf_ = nullptr;
  return client;
}

void check(rd_kafka_resp_err_t code, std::string_view what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(fmt::format("{}: {}", what, rd_kafka_err2str(code)));
}

void check(rd_kafka_error_t* error, std::string_view what) {
  if (error == nullptr) return;
  auto text = fmt::format("{}: {}", what, rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
  throw std::runtime_error(text);
}

int partitions_of(rd_kafka_t* client, const std::string& topic) {
  const Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  check(rd_kafka_metadata(client, 0, handle.get(), &metadata, 10'000), "asking for " + topic);
  const auto code = metadata->topics[0].err;
  const int count = metadata->topics[0].partition_cnt;
  bool led = true;
  for (int i = 0; i < count; ++i) led = led && metadata->topics[0].partitions[i].leader >= 0;
  rd_kafka_metadata_destroy(metadata);
  check(code, topic);
  if (!led || count == 0) throw std::runtime_error(topic + " has no leader");
  return count;
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

namespace {
rusage usage() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used;
}
}  // namespace

std::int64_t cpu_ms() {
  const auto used = usage();
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000 +
         (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1'000;
}

std::int64_t peak_rss_kib() { return usage().ru_maxrss; }

JsonLine& JsonLine::raw(std::string_view name, std::string_view json) {
  if (text_.size() > 1) text_ += ", ";
  text_ += fmt::format("\"{}\": {}", name, json);
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, std::int64_t value) { return raw(name, fmt::format("{}", value)); }

JsonLine& JsonLine::add(std::string_view name, double value) {
  return raw(name, std::isfinite(value) ? fmt::format("{:.3f}", value) : "null");
}

JsonLine& JsonLine::add(std::string_view name, std::string_view value) {
  return raw(name, fmt::format("\"{}\"", value));  // names of our own: nothing to escape
}

}  // namespace orders::bench
