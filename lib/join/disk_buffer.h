// The buffer on disk, for long windows and for more than fits into memory.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "join/buffer.h"
#include "join/disk_bounds.h"
#include "join/disk_row.h"
#include "join/disk_waiting.h"
#include "join/key_index.h"
#include "join/memory_buffer.h"
#include "rocks/store.h"

namespace orders::join {

constexpr char row_prefix = 'o';  ///< of the keys of rows, see disk_buffer.cc

struct DiskOptions {
  std::filesystem::path path;             ///< of this partition alone
  std::shared_ptr<rocks::Memory> memory;  ///< RocksDB's; none: a small one of its own
  Milliseconds retention{0};              ///< rows that have left are gone from the disk after about twice this
  std::uint64_t cache = 8ull << 20;       ///< rows in memory beside those that are not written yet
  std::atomic<std::uint64_t>* set_aside = nullptr;  ///< counts the damaged stores; must outlive the buffer
};

/// Changes stay in memory until apply() writes them with the position that they belong to, all in one batch: the disk
/// is never ahead of what its owner says. Most pairs meet in memory before that and cost one write. There is no
/// write-ahead log: after a crash the store is as it was at some apply() (the last flush), position included.
///
/// An error of the disk can't be told by Buffer's calls: it stands in failed(), and from then on nothing of this buffer
/// may be used; what it answered since the last check is void. Class `gap`: the store is damaged; it is set aside when
/// the buffer goes. Everything else is `wait`.
class DiskBuffer final : public Buffer {
 public:
  [[nodiscard]] static bool exists(const std::filesystem::path& path);
  /// Opens or creates. A damaged store is set aside, and an empty one takes its place.
  [[nodiscard]] static Result<std::unique_ptr<DiskBuffer>> open(const DiskOptions& options);
  /// Deletes what is there, if anything. No DiskBuffer may have it open.
  [[nodiscard]] static Result<> remove(const std::filesystem::path& path);
  ~DiskBuffer() override;

  // --- what is written
  /// What stood with the last apply() that reached the disk; empty: nothing has, or a take-over was not finished.
  [[nodiscard]] const std::string& position() const { return position_; }
  /// Writes every change so far together with `position`.
  [[nodiscard]] Result<> apply(std::string_view position);
  /// Changes that are not written yet.
  [[nodiscard]] std::uint64_t unwritten() const { return unwritten_; }
  /// Sees to it that what has been applied is in the files before long.
  [[nodiscard]] Result<> flush_soon();
  /// And now.
  [[nodiscard]] Result<> flush();
  /// Everything that another buffer holds, into this one, which is empty; the position is the next apply()'s.
  [[nodiscard]] Result<> take_over(const MemoryBuffer& from);
  /// Closes the store without another write: it is to be deleted, or a test plays dead. Nothing may be called after it.
  void abandon();
  [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }
  void set_cache(std::uint64_t bytes) { options_.cache = bytes; }
  /// Rewrites the files now, without the rows that have left; RocksDB does it by itself, in time.
  [[nodiscard]] Result<> compact() { return store_->compact(); }
  /// By walking over them.
  [[nodiscard]] std::uint64_t rows_on_disk() const;
  [[nodiscard]] std::uint64_t disk_bytes() const { return store_->disk_bytes(); }

  // --- Buffer
  void insert(Side side, const Entry& entry) override;
  void join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) override;
  void expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) override;
  bool repeats(Side side, OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound) override;
  void forget(Side side) override { half(side).bounds.forget_marks(); }
  [[nodiscard]] std::uint64_t waiting(Side side) const override { return half(side).waiting; }
  [[nodiscard]] std::optional<Timestamp> oldest_waiting(Side side) override;
  void each_waiting(Side side, const Place& from, FunctionRef<bool(const Entry&)> visit) override;
  [[nodiscard]] std::uint64_t bytes() const override;

 private:
  class Filter;
  /// A row in memory. An empty one is known not to be on disk, or to be deleted there.
  struct Row {
    OrderId key = 0;
    std::string bytes;
    bool stored = false;   ///< there is one on disk
    bool dirty = false;    ///< and it is another one
    bool touched = false;  ///< stands in touched_
    bool cached = false;   ///< stands in cached_
  };
  struct Half {
    Half(Side side, bool empty) : due(side, empty) {}
    DiskBounds bounds;
    DiskWaiting due;
    std::uint64_t waiting = 0;
  };

  DiskBuffer(const DiskOptions& options, rocks::Store store, std::shared_ptr<Filter> filter, bool empty);
  [[nodiscard]] Result<> read_state();

  [[nodiscard]] Half& half(Side side) { return halves_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Half& half(Side side) const { return halves_[static_cast<std::size_t>(side)]; }
  /// The order's row, read from the disk where it must be. The reference holds until the next call.
  Row& row(OrderId key);
  void change(Row& row);
  [[nodiscard]] bool waits(Side side, const Due& due);
  [[nodiscard]] std::optional<Cell> find(const Row& row, Side side, std::int64_t offset) const;
  void let_go(Side side, const Due& due, FunctionRef<void(const Entry&)> unmatched);
  /// Notes the first error.
  template <class T>
  bool good(const Result<T>& result) {
    if (!result && !failed_) failed_ = result.error();
    return result.has_value();
  }

  [[nodiscard]] Result<> write_batch(std::string_view position);
  void write_row(Row& row);
  void prune(Row& row);
  void release(std::uint32_t at);
  void settle_rows();
  void shrink_cache();
  void learn_durable_bounds();

  DiskOptions options_;
  std::shared_ptr<Filter> filter_;
  std::optional<rocks::Store> store_;
  std::optional<Error> failed_;
  std::string position_;

  KeyIndex index_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> touched_;  ///< read or changed since the last apply()
  std::deque<OrderId> cached_;          ///< written and waiting, the oldest first
  std::array<Half, 2> halves_;
  OrderId highest_ = std::numeric_limits<OrderId>::min();  ///< of the ids on disk: most new ones lie above, see row()
  std::uint64_t row_bytes_ = 0;
  std::uint64_t unwritten_ = 0;

  rocks::Batch batch_{row_prefix};
  std::string scratch_;
  std::vector<Cell> matches_;
};

}  // namespace orders::join
