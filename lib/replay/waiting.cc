#include "replay/waiting.h"

#include <deque>

#include "order/key.h"
#include "replay/driver.h"

namespace orders::replay {
namespace {

constexpr std::array sides{Side::payment, Side::stock};

/// Feeds a task whose rebuild takes its sides in its own order.
class Rebuild {
 public:
  Rebuild(topology::Task& task, const std::array<topology::Committed, 2>& committed)
      : task_(task), committed_(committed) {}

  Result<> run(FunctionRef<Result<std::optional<Record>>()> next) {
    while (task_.rebuilding()) {
      for (const Side side : sides) take(side);
      if (task_.held(Side::payment) && task_.held(Side::stock)) {
        if (auto finished = task_.finish_phase(); !finished) return finished;
        continue;
      }
      auto record = next();
      if (!record) return fail(std::move(record.error()));
      ended_ = !*record;
      if (*record) pending(side_of(**record)).push_back(**std::move(record));
    }
    return {};
  }

 private:
  [[nodiscard]] Side side_of(const Record& record) const {
    return record.topic == task_.topic(Side::payment) ? Side::payment : Side::stock;
  }
  std::deque<Record>& pending(Side side) { return pending_[static_cast<std::size_t>(side)]; }

  /// As much as it wants now.
  void take(Side side) {
    auto& records = pending(side);
    while (!records.empty()) {
      task_.skip_to(side, records.front().offset);
      if (task_.held(side)) return;
      task_.process(side, as_source(records.front()), outputs_);
      records.pop_front();
    }
    if (ended_) task_.skip_to(side, committed_[static_cast<std::size_t>(side)].offset);
  }

  topology::Task& task_;
  const std::array<topology::Committed, 2>& committed_;
  std::array<std::deque<Record>, 2> pending_;
  topology::Outputs outputs_;  ///< stays empty
  bool ended_ = false;
};

}  // namespace

Result<WaitingRecords> waiting_records(const topology::TaskOptions& options, std::int32_t partition,
                                       const std::array<topology::Committed, 2>& committed,
                                       FunctionRef<Result<std::optional<Record>>()> next) {
  topology::Task task(partition, options);
  if (auto restored = task.restore(committed); !restored) return fail(std::move(restored.error()));
  if (auto rebuilt = Rebuild(task, committed).run(next); !rebuilt) return fail(std::move(rebuilt.error()));
  WaitingRecords waiting;
  for (const Side side : sides) {
    const auto time = task.stream_time(side);
    task.each_waiting(side, [&](const join::Entry& entry) {
      waiting.records.push_back({.topic = task.topic(side),
                                 .partition = partition,
                                 .offset = entry.offset,
                                 .timestamp = entry.timestamp,
                                 .key = order::encode_key(entry.key, options.settings.key_format),
                                 .value = std::string(entry.value),
                                 .headers = topology::unpack(entry.headers)});
      if (time && *time - entry.timestamp > options.settings.join.retention()) ++waiting.behind;
      return true;
    });
  }
  return waiting;
}

}  // namespace orders::replay
