// Makes the topics of a run, or deletes them.
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "programs.h"

namespace orders::bench {
namespace {

using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using DeleteTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, Destroyer<rd_kafka_DeleteTopic_destroy>>;

void expect(const Event& event, const rd_kafka_topic_result_t** topics, std::size_t count) {
  if (event == nullptr) throw std::runtime_error("the broker does not answer");
  check(rd_kafka_event_error(event.get()), "asking the broker");
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(topics[i])) {
      throw std::runtime_error(std::string(rd_kafka_topic_result_name(topics[i])) + ": " +
                               rd_kafka_topic_result_error_string(topics[i]));
    }
  }
}

void create(rd_kafka_t* client, rd_kafka_queue_t* queue, const std::vector<std::string>& names, int partitions) {
  std::vector<NewTopic> owned;
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (const auto& name : names) {
    owned.emplace_back(rd_kafka_NewTopic_new(name.c_str(), partitions, -1, nullptr, 0));
    raw.push_back(owned.back().get());
  }
  rd_kafka_CreateTopics(client, raw.data(), raw.size(), nullptr, queue);
  const Event event(rd_kafka_queue_poll(queue, 30'000));
  std::size_t count = 0;
  const auto* result = event ? rd_kafka_event_CreateTopics_result(event.get()) : nullptr;
  expect(event, result ? rd_kafka_CreateTopics_result_topics(result, &count) : nullptr, count);
}

void remove(rd_kafka_t* client, rd_kafka_queue_t* queue, const std::vector<std::string>& names) {
  std::vector<DeleteTopic> owned;
  std::vector<rd_kafka_DeleteTopic_t*> raw;
  for (const auto& name : names) {
    owned.emplace_back(rd_kafka_DeleteTopic_new(name.c_str()));
    raw.push_back(owned.back().get());
  }
  if (raw.empty()) return;
  rd_kafka_DeleteTopics(client, raw.data(), raw.size(), nullptr, queue);
  const Event event(rd_kafka_queue_poll(queue, 30'000));
  std::size_t count = 0;
  const auto* result = event ? rd_kafka_event_DeleteTopics_result(event.get()) : nullptr;
  expect(event, result ? rd_kafka_DeleteTopics_result_topics(result, &count) : nullptr, count);
}

std::vector<std::string> topics_of(rd_kafka_t* client, const std::string& prefix) {
  if (prefix.empty()) throw std::runtime_error("without a prefix every topic would be deleted");
  const rd_kafka_metadata_t* metadata = nullptr;
  check(rd_kafka_metadata(client, 1, nullptr, &metadata, 10'000), "asking for the topics");
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (std::strncmp(metadata->topics[i].topic, prefix.c_str(), prefix.size()) == 0) {
      names.emplace_back(metadata->topics[i].topic);
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return names;
}

void await(rd_kafka_t* client, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    for (int tries = 1;; ++tries) {
      try {
        (void)partitions_of(client, name);
        break;
      } catch (const std::runtime_error&) {
        if (tries == 200) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    }
  }
}

}  // namespace

int set_up(const SetupOptions& options) {
  Properties properties(options.place.bootstrap);
  const Client client = properties.make(RD_KAFKA_PRODUCER);
  const Queue queue(rd_kafka_queue_new(client.get()));
  std::vector<std::string> names;
  if (options.remove) {
    names = topics_of(client.get(), options.place.prefix);
    remove(client.get(), queue.get(), names);
  } else {
    for (const auto name : {results, payments, stock, dead_letters}) names.push_back(options.place.topic(name));
    create(client.get(), queue.get(), names, options.partitions);
    await(client.get(), names);
  }
  std::puts(JsonLine().add(options.remove ? "deleted" : "created", std::int64_t(names.size())).text().c_str());
  return 0;
}

}  // namespace orders::bench
