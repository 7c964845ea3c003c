// The join's topology driven by hand: no broker, no thread, and no clock but the records'.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "join/settings.h"
#include "replay/record.h"
#include "topology/status.h"
#include "topology/task.h"

namespace orders::replay {

using join::Side;

/// As the topology takes it; it lives as long as `record`.
[[nodiscard]] topology::SourceRecord as_source(const Record& record);

/// Both input logs of one partition, in the order of their offsets, which may have gaps (control records).
struct PartitionLog {
  std::array<std::vector<Record>, 2> records;
  std::array<std::int64_t, 2> ends{};  ///< the offsets behind everything

  [[nodiscard]] const std::vector<Record>& of(Side side) const { return records[static_cast<std::size_t>(side)]; }
  /// The first record at or behind `offset`; null: the end.
  [[nodiscard]] const Record* at(Side side, std::int64_t offset) const;
};

/// As many tasks as there are partitions in what it is fed. One thread. Dead letters are dated as their records.
///
///     Driver driver(options);
///     driver.feed(Side::payment, record);        // in any order of the sides and partitions
///     for (auto& produced : driver.take()) …
///
/// A restart: what positions() said when its outputs were published is given to restore() of another Driver.
class Driver {
 public:
  explicit Driver(topology::TaskOptions options);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// The record's topic is not looked at; its partition is at least 0, its offset given.
  void feed(Side side, const Record& record);
  /// What has come forth since the last call, in order; the partition of dead letters is `any_partition`, offsets are
  /// not given.
  [[nodiscard]] std::vector<Record> take();

  /// Of all partitions since they were begun or restored (I5).
  [[nodiscard]] topology::Fates fates() const;
  /// What waits for a partner now.
  [[nodiscard]] std::uint64_t waiting(Side side) const;

  // --- commits and restarts

  using Positions = std::map<std::int32_t, std::array<topology::Committed, 2>>;
  /// What a commit would store now; by way of its text, as a broker keeps it.
  [[nodiscard]] Positions positions();
  /// What positions() said last has been committed.
  void committed();
  /// For the totals, when this driver is given up: of its fates those that were committed.
  [[nodiscard]] topology::Fates given_up() const;

  /// Which side the rebuild reads next, where both can be read.
  using Pick = FunctionRef<Side()>;
  /// Restores a partition that has not been fed: reads `log` again as far as was committed. Fails as Task::restore()
  /// does; with `bug` when the rebuild brought something forth.
  [[nodiscard]] Result<> restore(std::int32_t partition, const std::array<topology::Committed, 2>& committed,
                                 const PartitionLog& log, Pick pick);
  /// The next record that this partition wants of a side; null when it has had all.
  [[nodiscard]] const Record* next(const PartitionLog& log, std::int32_t partition, Side side);

  // --- buffers on disk
  /// Of each buffer that is begun or restored from now on; beyond it `auto` turns to the disk.
  void set_memory(std::uint64_t bytes) { memory_ = bytes; }
  /// Ends as a process that is killed does: what is not on disk is lost. Nothing may be called after it.
  void abandon();
  /// Partitions that restore() has gone on with from where their buffer on disk stood.
  [[nodiscard]] std::size_t resumed() const { return resumed_; }
  /// Partitions whose buffer is on disk now.
  [[nodiscard]] std::size_t on_disk() const;
  /// The error of a disk, which makes void what came since the last commit.
  [[nodiscard]] const Error* trouble() const;

 private:
  [[nodiscard]] topology::Task& task(std::int32_t partition);

  [[nodiscard]] std::unique_ptr<topology::Task> make_task(std::int32_t partition) const;

  const topology::TaskOptions options_;
  std::optional<std::uint64_t> memory_;
  std::size_t resumed_ = 0;
  std::map<std::int32_t, std::unique_ptr<topology::Task>> tasks_;
  topology::Outputs outputs_;
};

}  // namespace orders::replay
