#include "kafka/topic_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <utility>

#include "kafka/admin.h"
#include "kafka/end_watcher.h"

namespace orders::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds look_around{200};  ///< go_on is asked as often, whoever forgot to notify us

Result<> check_partitions(const std::vector<std::int32_t>& wanted, const std::vector<TopicPartition>& found) {
  for (const auto number : wanted) {
    if (std::ranges::find(found, number, &TopicPartition::partition) != found.end()) continue;
    return fail(ErrorClass::not_found, fmt::format("none of the topics has a partition {}", number));
  }
  return {};
}

}  // namespace

Result<std::vector<TopicPartition>> select(const Connection& connection, const Selection& selection,
                                           Milliseconds timeout) {
  auto admin = Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  auto topics = admin->topics(selection.topics, timeout);
  if (!topics) return fail(std::move(topics.error()));
  std::vector<TopicPartition> partitions;
  for (const auto& topic : *topics) {
    if (topic.partitions == 0) return fail(ErrorClass::not_found, fmt::format("topic {} is not there", topic.name));
    for (std::int32_t number = 0; number < topic.partitions; ++number) {
      const bool wanted =
          selection.partitions.empty() || std::ranges::find(selection.partitions, number) != selection.partitions.end();
      if (wanted) partitions.push_back({topic.name, number});
    }
  }
  if (auto there = check_partitions(selection.partitions, partitions); !there) return fail(std::move(there.error()));
  std::ranges::sort(partitions);
  // A topic that was named twice is one topic.
  const auto twice = std::ranges::unique(partitions);
  partitions.erase(twice.begin(), twice.end());
  return partitions;
}

struct TopicReader::Impl {
  struct Partition {
    PartitionQueue queue;
    Record first;  ///< of those that are left, once it is there
  };
  /// The first record left of a partition: its time, and the partition's place among all.
  using First = std::pair<Timestamp, std::size_t>;

  Impl(Consumer made, Options given, Wakeup& notified)
      : consumer(std::move(made)), options(given), wakeup(notified) {}

  Consumer consumer;
  const Options options;
  Wakeup& wakeup;
  std::optional<EndWatcher> watcher;
  std::vector<OffsetRange> left;
  std::uint64_t passed = 0;
  std::vector<std::optional<Partition>> partitions;  ///< as `left`; none: nothing is left of it
  std::vector<std::size_t> missing;                  ///< partitions whose first record is not there yet
  std::priority_queue<First, std::vector<First>, std::greater<>> firsts;
  std::optional<Error> trouble;  ///< the last error that may pass

  void pass(std::size_t index, std::int64_t next_offset) {
    auto& range = left[index];
    next_offset = std::min(next_offset, range.end);
    passed += static_cast<std::uint64_t>(std::max<std::int64_t>(next_offset - range.begin, 0));
    range.begin = std::max(range.begin, next_offset);
  }

  /// Whether the partition's first record is known by now, or that there is none.
  Result<bool> look(std::size_t index) {
    auto& partition = *partitions[index];
    auto next = partition.queue.next();
    if (!next && next.error().error_class != ErrorClass::wait) return fail(std::move(next.error()));
    if (!next) trouble = std::move(next.error());
    if (!next || next->kind == PartitionQueue::Kind::empty) return false;
    if (next->kind == PartitionQueue::Kind::record && next->record.offset() < left[index].end) {
      partition.first = std::move(next->record);
      firsts.emplace(partition.first.timestamp(), index);
      return true;
    }
    // Offsets that are no records end a partition, too: only what lies behind them tells.
    const auto at = next->kind == PartitionQueue::Kind::record ? next->record.offset() : next->offset;
    if (at < left[index].end) return false;
    pass(index, left[index].end);
    partitions[index].reset();
    return true;
  }

  /// Whether something was found.
  Result<bool> look_for_missing() {
    std::optional<Error> broken;
    const auto found = std::erase_if(missing, [&](std::size_t index) {
      if (broken) return false;
      auto known = look(index);
      if (!known) broken = std::move(known.error());
      return known && *known;
    });
    if (broken) return fail(*std::move(broken));
    return found > 0;
  }

  /// False: `go_on` said no.
  Result<bool> await_missing(FunctionRef<bool()> go_on) {
    for (auto since = Clock::now(); !missing.empty();) {
      auto found = look_for_missing();
      if (!found || missing.empty()) return found;
      if (*found) {
        since = Clock::now();
        continue;
      }
      if (!go_on()) return false;
      if (Clock::now() - since > options.timeout) return fail(silence());
      wakeup.wait(look_around);
    }
    return true;
  }

  [[nodiscard]] Error silence() const {
    auto why = watcher->error();
    if (!why) why = trouble;
    return {ErrorClass::wait,
            fmt::format("{}: nothing came for {}{}", left[missing.front()].at.text(), format_duration(options.timeout),
                        why ? ": " + why->message : ""),
            why ? why->hint : ""};
  }

  Record take_first() {
    const auto index = firsts.top().second;
    firsts.pop();
    auto record = std::move(partitions[index]->first);
    pass(index, record.offset() + 1);
    if (left[index].size() > 0) {
      missing.push_back(index);
    } else {
      partitions[index].reset();
    }
    return record;
  }
};

TopicReader::TopicReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TopicReader::TopicReader(TopicReader&&) noexcept = default;
TopicReader::~TopicReader() = default;

Result<TopicReader> TopicReader::create(const Connection& connection, Options options, Wakeup& wakeup) {
  ConsumerOptions consumer_options;
  consumer_options.read_committed = options.read_committed;
  auto consumer = Consumer::create(connection, consumer_options);
  if (!consumer) return fail(std::move(consumer.error()));
  auto impl = std::make_unique<Impl>(*std::move(consumer), options, wakeup);
  impl->consumer.notify(wakeup);
  return TopicReader(std::move(impl));
}

Result<std::vector<OffsetRange>> TopicReader::resolve(std::span<const TopicPartition> partitions,
                                                      const Range& range) const {
  return kafka::resolve(impl_->consumer, partitions, range, impl_->options.timeout);
}

Result<> TopicReader::start(std::vector<OffsetRange> ranges) {
  impl_->left = std::move(ranges);
  impl_->partitions.resize(impl_->left.size());
  std::vector<PartitionOffset> begins;
  std::vector<TopicPartition> read;
  for (std::size_t i = 0; i < impl_->left.size(); ++i) {
    const auto& range = impl_->left[i];
    if (range.size() <= 0) continue;
    begins.push_back({range.at, range.begin, {}});
    read.push_back(range.at);
    impl_->missing.push_back(i);
  }
  if (begins.empty()) return {};
  auto queues = impl_->consumer.assign_with_queues(begins);
  if (!queues) return fail(std::move(queues.error()));
  for (std::size_t i = 0; i < queues->size(); ++i)
    impl_->partitions[impl_->missing[i]].emplace(Impl::Partition{std::move((*queues)[i]), {}});
  impl_->watcher.emplace(impl_->consumer, std::move(read));
  impl_->watcher->took(0, 0, true);  // all that is read here is a backlog
  return {};
}

Result<std::optional<Record>> TopicReader::next(FunctionRef<bool()> go_on) {
  auto complete = impl_->await_missing(go_on);
  if (!complete) return fail(std::move(complete.error()));
  if (!*complete || impl_->firsts.empty()) return std::nullopt;
  return impl_->take_first();
}

const std::vector<OffsetRange>& TopicReader::left() const { return impl_->left; }

std::uint64_t TopicReader::passed() const { return impl_->passed; }

}  // namespace orders::kafka
