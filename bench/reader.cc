#include "reader.h"

#include <numeric>

namespace orders::bench {
namespace {

PartitionList list_of(const std::string& topic, const std::vector<std::int64_t>& offsets) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<int>(i))->offset = offsets[i];
  }
  return list;
}

}  // namespace

Reader::Reader(const std::string& bootstrap, std::string topic) : topic_(std::move(topic)) {
  Properties properties(bootstrap);
  properties.set("group.id", "orders-bench");  // asked for, not used: partitions are assigned by hand
  properties.set("isolation.level", "read_committed");
  properties.set("enable.auto.commit", "false");
  properties.set("auto.offset.reset", "error");
  properties.set("fetch.wait.max.ms", "100");
  properties.set("queued.min.messages", "10000000");
  properties.set("queued.max.messages.kbytes", "1048576");
  client_ = properties.make(RD_KAFKA_CONSUMER);
  rd_kafka_poll_set_consumer(client_.get());
  partitions_ = partitions_of(client_.get(), topic_);
}

std::vector<std::int64_t> Reader::ends() const {
  // ListOffsets takes the logical offset in the place of a time, and heeds the isolation level.
  const auto list = list_of(topic_, std::vector<std::int64_t>(partitions_, RD_KAFKA_OFFSET_END));
  check(rd_kafka_offsets_for_times(client_.get(), list.get(), 10'000), "asking for the ends");
  std::vector<std::int64_t> ends;
  for (int i = 0; i < list->cnt; ++i) {
    check(list->elems[i].err, "asking for the ends");
    ends.push_back(list->elems[i].offset);
  }
  return ends;
}

void Reader::attach(const std::vector<std::int64_t>& offsets) {
  check(rd_kafka_assign(client_.get(), list_of(topic_, offsets).get()), "assigning");
}

Message Reader::next(int timeout_ms) {
  Message message(rd_kafka_consumer_poll(client_.get(), timeout_ms));
  if (message != nullptr) check(message->err, "reading results");
  return message;
}

std::int64_t EndLog::sum(const std::vector<std::int64_t>& ends) {
  return std::accumulate(ends.begin(), ends.end(), std::int64_t{0});
}

bool EndLog::sample() {
  auto ends = reader_.ends();
  if (!points_.empty() && points_.back().ends == ends) return false;
  points_.push_back({now_us(), std::move(ends)});
  return true;
}

EndLog::First EndLog::first_beyond(const std::vector<std::int64_t>& start) const {
  for (const auto& [at_us, ends] : points_) {
    if (const auto more = sum(ends) - sum(start); more > 0) return {at_us, more};
  }
  return {};
}

std::int64_t EndLog::passed_us(const std::vector<std::int64_t>& offsets) const {
  for (const auto& [at_us, ends] : points_) {
    bool passed = true;
    for (std::size_t i = 0; i < ends.size(); ++i) passed = passed && ends[i] > offsets[i];
    if (passed) return at_us;
  }
  return 0;
}

}  // namespace orders::bench
