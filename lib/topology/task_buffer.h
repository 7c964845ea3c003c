// Where a task's records wait: in memory or on disk, and what stands with the latter.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "join/disk_buffer.h"
#include "join/memory_buffer.h"
#include "rocks/store.h"
#include "topology/disk_position.h"

namespace orders::topology {

struct BufferOptions {
  config::BufferStore store = config::BufferStore::memory;
  std::filesystem::path folder;           ///< of all partitions; unused while everything is in memory
  std::shared_ptr<rocks::Memory> memory;  ///< RocksDB's, for all of them
  std::atomic<std::uint64_t>* rebuilds = nullptr;  ///< counts those that were damaged and set aside
  std::string application_id;
  std::string cluster_id;
  /// How much may be written at once, in bytes; then a commit is asked for.
  std::uint64_t most_unwritten = 16ull << 20;
  /// Not after every commit: what has found its partner until then costs one write.
  Milliseconds write_interval{1'000};
  Milliseconds flush_interval{5'000};  ///< what a kill -9 costs: so much is read again
};

/// With `auto` a window from which on a restart would read too much of the log for a buffer in memory.
constexpr Milliseconds long_retention = std::chrono::hours{1};

/// One thread.
class TaskBuffer {
 public:
  TaskBuffer(const BufferOptions& options, std::int32_t partition);

  /// Opens the buffer on disk, if this is where records wait, and discards what can't be gone on with. Returns where
  /// it stands; nothing: it is empty. `wait` while the disk can't be used.
  [[nodiscard]] Result<std::optional<DiskPosition>> open(const BufferIdentity& identity, Milliseconds retention,
                                                         const std::array<Committed, 2>& committed);
  [[nodiscard]] join::Buffer& get();
  [[nodiscard]] bool on_disk() const { return disk_ != nullptr; }
  /// Null while it is on disk.
  [[nodiscard]] join::MemoryBuffer* in_memory() { return disk_ ? nullptr : memory_.get(); }
  /// An error of the disk: nothing of this buffer may be used any more.
  [[nodiscard]] const Error* trouble() const { return disk_ && disk_->failed() ? &*disk_->failed() : nullptr; }

  /// Why it could not be moved to the disk, where it should be; null: it could, or need not. reached() tries again.
  [[nodiscard]] const Error* take_over_error() const {
    return take_over_error_ && memory_->bytes() > share_ ? &*take_over_error_ : nullptr;
  }

  /// How much memory it may use; beyond it `auto` turns to the disk.
  void set_memory(std::uint64_t bytes);
  /// It is better written soon.
  [[nodiscard]] bool is_heavy() const { return disk_ && disk_->unwritten() > most_unwritten(); }
  /// The same, or better moved to the disk: reached() gives memory back.
  [[nodiscard]] bool wants_room() const { return disk_ ? is_heavy() : wants_disk(); }
  /// `position` belongs to the buffer as it is now and is committed (or the rebuild has come so far). Writes it if it
  /// is time, or if `now`; moves to the disk if it must: then get() is another one. An error of the disk is trouble().
  /// Closes without another write.
  void abandon();
  using Position = FunctionRef<std::string()>;
  void reached(Position position, bool now = false);

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::filesystem::path path() const;
  [[nodiscard]] Result<std::unique_ptr<join::DiskBuffer>> open_store() const;
  [[nodiscard]] bool wants_disk() const;
  void take_over(Position position);
  [[nodiscard]] std::uint64_t most_unwritten() const;

  const BufferOptions& options_;
  const std::int32_t partition_;
  std::unique_ptr<join::MemoryBuffer> memory_;
  std::unique_ptr<join::DiskBuffer> disk_;
  Milliseconds retention_{0};
  std::uint64_t share_ = 64ull << 20;
  Clock::time_point written_ = Clock::now();
  Clock::time_point flushed_ = Clock::now();
  std::optional<Error> take_over_error_;
  Clock::time_point retry_;  ///< of a take-over that failed
  bool flushed_last_ = true;
};

}  // namespace orders::topology
