// A RocksDB store whose data and position are one atomic write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "base/time.h"

namespace orders::rocks {

/// One budget of RocksDB's memory for several stores: write buffers, block cache, index and filter blocks together, of
/// which `cache` at least serves reads. Any thread.
class Memory;
[[nodiscard]] std::shared_ptr<Memory> share_memory(std::uint64_t memory, std::uint64_t cache);

/// Which rows nobody needs any more, asked when RocksDB rewrites a file. Called by RocksDB's own threads.
class RowFilter {
 public:
  virtual ~RowFilter() = default;
  [[nodiscard]] virtual bool unneeded(std::string_view key, std::string_view value) const = 0;
};

struct StoreOptions {
  std::filesystem::path path;
  std::uint64_t memory = 128ull << 20;  ///< write buffers, block cache, index and filter blocks together
  std::uint64_t cache = 10ull << 20;    ///< of that, the block cache
  bool write_ahead_log = false;         ///< off for views (the topic is their log), on for the embedded database
  bool read_only = false;               ///< beside a running daemon; sees what was flushed
  std::shared_ptr<Memory> shared = {};  ///< instead of `memory` and `cache`
  bool point_reads = false;             ///< most reads ask for rows that are not there: filters for write buffers, too
  std::shared_ptr<const RowFilter> filter = {};
  /// Keys that begin with this are kept in files of their own (0: none are), which batches must be told, too. Where
  /// those keys mostly rise, their files do not overlap and move down the levels without being rewritten.
  char apart = 0;
  Milliseconds rewrite_after{0};  ///< files older than this meet the filter at last; zero: RocksDB's default, a month
  std::string when_damaged = {};  ///< what to do then: the hint of errors of class `gap`
};

/// What a store takes, on disk and in memory.
struct StoreStats {
  struct Level {
    int level = 0;
    std::uint64_t files = 0, bytes = 0;
  };
  std::vector<Level> levels;          ///< those that hold files, by number
  std::uint64_t keys = 0;             ///< RocksDB's estimate: one that was written again counts until it is rewritten
  std::uint64_t disk_bytes = 0;       ///< of everything in the folder
  std::uint64_t memory_bytes = 0;     ///< with shared memory: of all its stores
  std::uint64_t unflushed_bytes = 0;  ///< in write buffers: what a process that dies loses without a write-ahead log
};

/// Changes that become visible and durable together.
class Batch {
 public:
  explicit Batch(char apart = 0);  ///< as StoreOptions::apart
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();
  void put(std::string_view key, std::string_view value);
  void remove(std::string_view key);
  void clear();
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] bool empty() const;

 private:
  friend class Store;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Takes changes in rising order of their keys, each key once.
class SortedRows {
 public:
  virtual ~SortedRows() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void remove(std::string_view key) = 0;
};

/// An ordered walk over a prefix, on a snapshot of the moment it was made. One thread; must not outlive its store.
class Cursor {
 public:
  struct Impl;
  explicit Cursor(std::unique_ptr<Impl> impl);
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();
  [[nodiscard]] bool valid() const;
  void next();
  [[nodiscard]] std::string_view key() const;  ///< with the prefix; until next()
  [[nodiscard]] std::string_view value() const;
  /// An error met on the way (corruption) makes the cursor invalid and stands here.
  [[nodiscard]] Result<> status() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// One column family, or two that are flushed together, so that a batch is flushed as a whole even without a
/// write-ahead log. Any thread may read; writes come from one thread at a time. Error classes: `wait` (disk full, I/O
/// error), `gap` (corrupt, or files missing: quarantine and rebuild), `refused` (another process, or another Store of
/// this one, holds the lock).
///
/// After a write, a flush or work in the background has failed, reads go on, but every write fails with the same error
/// until the store is opened anew: with a write-ahead log the next write tries that by itself (not after a `gap`, which
/// would still be there), without one it takes reopen(), because what was not flushed is lost by it.
class Store {
 public:
  /// Creates what is missing of the folder and those above it (0750). Read-only and nothing there: `not_found`; it is
  /// safe beside a writer, who may replace files meanwhile, and stays as it was when it was opened.
  [[nodiscard]] static Result<Store> open(const StoreOptions& options);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// All of the batch or nothing; the batch stays as it is. `sync`: on the disk when this returns (without a
  /// write-ahead log that is a flush). An error of `flush` or of a synced write may leave the batch visible.
  [[nodiscard]] Result<> write(Batch& batch, bool sync = false);
  /// What `fill` gives becomes a file of the store as it is: all of it or nothing, on the disk when this returns. For
  /// many rows that costs half of what write() does, which puts them into a write buffer first; few make small files,
  /// which must be rewritten often. Not with StoreOptions::apart. Keys that do not rise: `bug`.
  [[nodiscard]] Result<> load(FunctionRef<void(SortedRows&)> fill);
  /// False while many files wait to be rewritten: write() then waits for that, load() would only add to them.
  [[nodiscard]] bool may_load() const;
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const;
  /// The same without an allocation a call; false: nothing there, and `value` is empty.
  [[nodiscard]] Result<bool> get(std::string_view key, std::string& value) const;
  /// What get() would say, where memory alone tells it: reads no file and waits for nobody. Nothing: ask get().
  [[nodiscard]] std::optional<std::optional<std::string>> peek(std::string_view key) const;
  /// As it stands in the files: what a process that dies now leaves behind (without a write-ahead log).
  [[nodiscard]] Result<std::optional<std::string>> get_flushed(std::string_view key) const;
  /// Keys that begin with `prefix`, from `from` on (which has the prefix too; empty: from the prefix's first). An
  /// empty prefix: all but what is kept apart.
  [[nodiscard]] Cursor scan(std::string_view prefix, std::string_view from = {}) const;
  /// Closes and opens again; pointers to this Store stay good. Without a write-ahead log it is then as it was at some
  /// flush: ask for the position again. `wait` while nothing can be written (reads go on) or a Cursor is alive.
  [[nodiscard]] Result<> reopen();
  /// With a write-ahead log: opens it anew after an error, as the next write would. `wait` while that can't be.
  [[nodiscard]] Result<> recover();
  /// Everything written so far to the files. Any thread.
  [[nodiscard]] Result<> flush() const;
  /// The same in the background; an error is met by a later write.
  [[nodiscard]] Result<> flush_soon();
  /// Flushes, and rewrites all files now: StoreOptions::filter sees every row.
  [[nodiscard]] Result<> compact();
  /// Closes it as a process that dies does: without a write-ahead log, what was not flushed is lost.
  void abandon();
  /// Memory in use now: write buffers, caches.
  [[nodiscard]] std::uint64_t memory_bytes() const;
  [[nodiscard]] std::uint64_t disk_bytes() const;
  [[nodiscard]] StoreStats stats() const;
  /// The files that hold its rows now.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Moves a store that is proven wrong beside itself ("<path>.corrupt-<UTC time>") and returns where it is now; nothing
/// there: `not_found`. No Store may have it open.
[[nodiscard]] Result<std::filesystem::path> quarantine(const std::filesystem::path& path, std::string_view why);

}  // namespace orders::rocks
