#include "ordersctl/topic_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "kafka/end_watcher.h"
#include "ordersctl/output.h"
#include "ordersctl/progress.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds turn{100};
constexpr std::uint64_t often = 1'000;  ///< records between two looks at what is not a record

/// What is left of the ranges.
class Remaining {
 public:
  explicit Remaining(const std::vector<ScanRange>& ranges) {
    for (const auto& range : ranges) {
      if (range.begin < range.end) ends_[range.at] = range.end;
    }
  }
  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::vector<kafka::TopicPartition> partitions() const {
    std::vector<kafka::TopicPartition> left;
    for (const auto& [at, end] : ends_) left.push_back(at);
    return left;
  }
  /// Whether the record is one of those to be read.
  [[nodiscard]] bool take(const kafka::Record& record) {
    const auto found = ends_.find({std::string(record.topic()), record.partition()});
    if (found == ends_.end() || record.offset() >= found->second) {
      if (found != ends_.end()) ends_.erase(found);
      return false;
    }
    if (record.offset() + 1 >= found->second) ends_.erase(found);
    return true;
  }
  /// The last offsets may be markers of transactions: then only the end itself tells.
  void met_ends(const std::vector<kafka::PartitionOffset>& ends) {
    for (const auto& [at, offset, metadata] : ends) {
      const auto found = ends_.find(at);
      if (found != ends_.end() && offset >= found->second) ends_.erase(found);
    }
  }

 private:
  std::map<kafka::TopicPartition, std::int64_t> ends_;
};

std::size_t size_of(const kafka::Record& record) {
  return record.key().value_or("").size() + record.value().value_or("").size();
}

Error stopped(std::uint64_t read, std::uint64_t all) {
  return {ErrorClass::bug, fmt::format("stopped after {} of {} offsets", grouped(read), grouped(all)),
          "a shorter --since reads less"};
}

Error too_slow(const ScanOptions& options, const Remaining& remaining, std::uint64_t read, std::uint64_t all) {
  return {ErrorClass::wait,
          fmt::format("reading took too long: {} of {} {}, and not to the end of {}", grouped(read), grouped(all),
                      options.what, remaining.partitions().front().text()),
          "a longer --timeout, or a shorter --since"};
}

}  // namespace

std::uint64_t offsets_in(const std::vector<ScanRange>& ranges) {
  std::uint64_t sum = 0;
  for (const auto& range : ranges) {
    sum += static_cast<std::uint64_t>(std::max<std::int64_t>(range.end - range.begin, 0));
  }
  return sum;
}

Result<std::vector<ScanRange>> ranges_since(const kafka::Consumer& consumer,
                                            const std::vector<kafka::TopicPartition>& partitions, Timestamp since,
                                            Milliseconds timeout) {
  auto begins = consumer.offsets_for_time(partitions, since, timeout);
  if (!begins) return fail(std::move(begins.error()));
  auto ends = consumer.offsets_for_time(partitions, from_millis(kafka::offset_end), timeout);
  if (!ends) return fail(std::move(ends.error()));
  std::vector<ScanRange> ranges;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    // Without a record that is new enough the broker answers with the end, whatever that is by now.
    const auto begin = (*begins)[i] < 0 ? (*ends)[i] : std::min((*begins)[i], (*ends)[i]);
    ranges.push_back({partitions[i], begin, (*ends)[i]});
  }
  return ranges;
}

Result<> scan(kafka::Consumer& consumer, const std::vector<ScanRange>& ranges, const ScanOptions& options,
              const std::function<void(const kafka::Record&)>& visit) {
  Remaining remaining(ranges);
  if (remaining.empty()) return {};
  std::vector<kafka::PartitionOffset> starts;
  for (const auto& range : ranges) {
    if (range.begin < range.end) starts.push_back({range.at, range.begin, {}});
  }
  if (auto assigned = consumer.assign(starts); !assigned) return assigned;
  const auto all = offsets_in(ranges);
  const auto until = Clock::now() + options.timeout;
  kafka::EndWatcher watcher(consumer, remaining.partitions());  // keeps the fetcher awake
  Progress progress(options.what, all, options.quiet);
  std::uint64_t read = 0;
  std::size_t bytes = 0;
  while (!remaining.empty()) {
    auto record = consumer.poll(turn);
    if (!record) return fail(std::move(record.error()));
    if (*record) {
      if (remaining.take(**record)) visit(**record);
      bytes += size_of(**record);
      if (++read % often != 0) continue;
    }
    remaining.met_ends(consumer.at_end());
    watcher.took(often, std::exchange(bytes, 0), record->has_value());
    progress.update(std::min(read, all));
    if (stop_requested()) return fail(stopped(read, all));
    if (!remaining.empty() && Clock::now() > until) return fail(too_slow(options, remaining, read, all));
  }
  consumer.unassign();
  return {};
}

}  // namespace orders::ctl
