#include "dlq/read_to.h"

#include <fmt/format.h>

#include <map>

#include "kafka/end_watcher.h"

namespace orders::dlq {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Milliseconds poll_time{100};

/// The partitions that have not been read to their ends.
class Open {
 public:
  explicit Open(std::span<const kafka::PartitionOffset> ends) {
    for (const auto& end : ends) {
      if (end.offset > 0) ends_[end.at] = end.offset;
    }
  }
  void reached(const kafka::TopicPartition& at, std::int64_t next_offset) {
    const auto found = ends_.find(at);
    if (found != ends_.end() && next_offset >= found->second) ends_.erase(found);
  }
  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::string text() const {
    return fmt::format("{} up to offset {}", ends_.begin()->first.text(), ends_.begin()->second);
  }

 private:
  std::map<kafka::TopicPartition, std::int64_t> ends_;
};

std::size_t size_of(const kafka::Record& record) { return record.value() ? record.value()->size() : 0; }

}  // namespace

Result<std::vector<kafka::PartitionOffset>> ends_of(const kafka::Consumer& consumer, const std::string& topic,
                                                    std::int32_t partitions, Milliseconds timeout) {
  std::vector<kafka::PartitionOffset> ends;
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    auto end = consumer.end({topic, partition}, timeout);
    if (!end) return fail(std::move(end.error()));
    ends.push_back({{topic, partition}, *end, {}});
  }
  return ends;
}

Result<> read_to(kafka::Consumer& consumer, std::span<const kafka::PartitionOffset> ends, Milliseconds patience,
                 FunctionRef<bool(const kafka::Record&)> take) {
  Open open(ends);
  std::vector<kafka::TopicPartition> partitions;
  for (const auto& end : ends) partitions.push_back(end.at);
  kafka::EndWatcher watcher(consumer, std::move(partitions));
  auto last_news = Clock::now();
  for (;;) {
    for (const auto& [at, offset, metadata] : consumer.at_end()) open.reached(at, offset);
    if (open.empty()) return {};
    auto record = consumer.poll(poll_time);
    if (!record) return fail(std::move(record.error()));
    if (*record) {
      last_news = Clock::now();
      watcher.took(1, size_of(**record), true);
      if (!take(**record)) return {};
      open.reached({std::string((*record)->topic()), (*record)->partition()}, (*record)->offset() + 1);
    } else if (Clock::now() - last_news > patience) {
      return fail(ErrorClass::wait, fmt::format("nothing came for {} while reading {}", format_duration(patience),
                                                open.text()),
                  "an open transaction of another producer may hold the topic back, or the broker is slow (--timeout)");
    }
  }
}

}  // namespace orders::dlq
