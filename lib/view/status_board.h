// A view's status as its thread writes it and others read it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "view/fold.h"
#include "view/view.h"

namespace orders::view {

/// Any thread. Each change of state is one line in the log; a reason that changes while the state stays, one a minute.
class StatusBoard {
 public:
  explicit StatusBoard(std::string name) { status_.name = std::move(name); }

  [[nodiscard]] ViewStatus snapshot() const;
  void set_state(ViewStatus::State state, std::string reason = {}, std::optional<ErrorClass> stopped_by = {});
  void add(const Fates& fates);
  void add_rebuild();
  void add_retry(ErrorClass error_class);
  /// A batch of the database view: beside its records' fates.
  void add_batch(std::uint64_t records, std::chrono::microseconds took, const failure::LetterCounts& letters);
  /// Replaces what is known of the partitions; keeps the ends that are known when a new one is -1.
  void set_partitions(std::vector<ViewStatus::Partition> partitions);
  /// What was written may be gone again: no position holds until the next set_partitions(), and a new epoch begins. To
  /// be called before queries can notice.
  void forget_positions();
  [[nodiscard]] std::uint64_t epoch() const;
  /// False after `timeout`.
  [[nodiscard]] bool wait_for(std::int32_t partition, std::int64_t offset, Milliseconds timeout) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  ViewStatus status_;
  std::uint64_t epoch_ = 0;
  std::chrono::steady_clock::time_point logged_{};
};

}  // namespace orders::view
