// Ranges of many partitions, read as one sequence in constant memory.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "base/wakeup.h"
#include "kafka/consumer.h"
#include "kafka/ranges.h"

namespace orders::kafka {

/// Which partitions of which topics.
struct Selection {
  std::vector<std::string> topics;
  std::vector<std::int32_t> partitions;  ///< empty: all
};

/// Sorted by topic and number. `not_found` for a topic, or a partition of every topic, that is not there.
[[nodiscard]] Result<std::vector<TopicPartition>> select(const Connection& connection, const Selection& selection,
                                                         Milliseconds timeout);

/// Merges partitions by time: next comes the record with the lowest timestamp among the first ones left of each
/// partition; of equal ones that of the first topic by name, then of the lowest partition. A partition keeps its own
/// order, even where its timestamps fall. So the sequence is a property of the ranges, and one that is broken off goes
/// on the same from what is left(). What is kept of a partition is a megabyte that was fetched ahead.
///
/// One thread; owns one more, which keeps the fetching awake.
class TopicReader {
 public:
  struct Options {
    bool read_committed = true;
    Milliseconds timeout{30'000};  ///< of every question to the broker, and of reading without any news
  };
  /// `wakeup` is notified of what comes, and must outlive it; whoever wants next() to ask go_on() notifies it too.
  [[nodiscard]] static Result<TopicReader> create(const Connection& connection, Options options, Wakeup& wakeup);
  TopicReader(TopicReader&&) noexcept;
  TopicReader& operator=(TopicReader&&) = delete;
  ~TopicReader();

  [[nodiscard]] Result<std::vector<OffsetRange>> resolve(std::span<const TopicPartition> partitions,
                                                         const Range& range) const;
  /// Begins to read; once. `ranges` are of different partitions, sorted.
  [[nodiscard]] Result<> start(std::vector<OffsetRange> ranges);
  /// The next record; nothing at the end, and when `go_on` says no, which is asked while it waits. Fails with `gap` for
  /// records that retention took meanwhile, with `wait` when nothing comes for the timeout. The record must be gone
  /// before the reader is.
  [[nodiscard]] Result<std::optional<Record>> next(FunctionRef<bool()> go_on);
  /// What is left to read, in the order given to start().
  [[nodiscard]] const std::vector<OffsetRange>& left() const;
  /// How many offsets were passed since start().
  [[nodiscard]] std::uint64_t passed() const;

 private:
  struct Impl;
  explicit TopicReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace orders::kafka
