#include "rocks/store.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>

#include "base/heartbeat.h"
#include "rocks/folder.h"
#include "rocks/sorted_file.h"
#include "rocks/status.h"
#include "rocks/tuning.h"

namespace orders::rocks {

namespace fs = std::filesystem;

// --- Batch

namespace {

/// The second column family, of which a batch needs only the number: a batch is made before any store is open.
class Apart final : public rocksdb::ColumnFamilyHandle {
 public:
  static constexpr std::uint32_t id = 1;
  const std::string& GetName() const override { return name_; }
  std::uint32_t GetID() const override { return id; }
  rocksdb::Status GetDescriptor(rocksdb::ColumnFamilyDescriptor*) override { return rocksdb::Status::NotSupported(); }
  const rocksdb::Comparator* GetComparator() const override { return rocksdb::BytewiseComparator(); }

 private:
  const std::string name_ = "apart";
};

}  // namespace

struct Batch::Impl {
  rocksdb::WriteBatch batch;
  char apart = 0;
  Apart family;

  /// Null: the first one.
  rocksdb::ColumnFamilyHandle* family_of(std::string_view key) {
    return apart != 0 && key.starts_with(apart) ? &family : nullptr;
  }
};

Batch::Batch(char apart) : impl_(std::make_unique<Impl>()) { impl_->apart = apart; }
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

// Put and Delete of a batch without limits and without timestamps cannot fail.
void Batch::put(std::string_view key, std::string_view value) {
  (void)impl_->batch.Put(impl_->family_of(key), rocksdb::Slice(key.data(), key.size()),
                         rocksdb::Slice(value.data(), value.size()));
}
void Batch::remove(std::string_view key) {
  (void)impl_->batch.Delete(impl_->family_of(key), rocksdb::Slice(key.data(), key.size()));
}
void Batch::clear() { impl_->batch.Clear(); }
std::size_t Batch::bytes() const { return impl_->batch.GetDataSize(); }
bool Batch::empty() const { return impl_->batch.Count() == 0; }

// --- errors

namespace {

/// A store as its errors name it.
struct Named {
  fs::path path;
  std::string when_damaged;

  [[nodiscard]] Error error(const rocksdb::Status& status, std::string_view what) const {
    return hinted(to_error(status, what, path));
  }
  [[nodiscard]] Error hinted(Error error) const {
    if (error.error_class == ErrorClass::gap && error.hint.empty()) error.hint = when_damaged;
    return error;
  }
};

}  // namespace

// --- Cursor

struct Cursor::Impl {
  std::string upper;                ///< the first key after the prefix; empty: none
  rocksdb::Slice upper_slice;       ///< RocksDB keeps a pointer to it
  std::shared_ptr<rocksdb::DB> db;  ///< before the iterator, which goes first
  std::unique_ptr<rocksdb::Iterator> iterator;
  Named named;
  std::optional<Error> away;  ///< there was no open store; then there is no iterator either
};

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::valid() const { return impl_->iterator && impl_->iterator->Valid(); }
void Cursor::next() {
  heartbeat::beat("walking through RocksDB");
  impl_->iterator->Next();
}
std::string_view Cursor::key() const { return impl_->iterator->key().ToStringView(); }
std::string_view Cursor::value() const { return impl_->iterator->value().ToStringView(); }
Result<> Cursor::status() const {
  if (impl_->away) return fail(*impl_->away);
  auto status = impl_->iterator->status();
  if (!status.ok()) return fail(impl_->named.error(status, "reading"));
  return {};
}

// --- Store

/// Whether a store still takes writes; told by RocksDB's own threads too, long before a write would notice.
class Health : public rocksdb::EventListener {
 public:
  explicit Health(Named named) : named_(std::move(named)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    (void)check(*error, "writing in the background to");
  }
  /// No recovery by RocksDB itself: with 7.8 a flush after one may say ok and not be in the manifest (about every
  /// second time in a test that fills the disk), and rows written since are gone after the next start.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* by_itself) override {
    *by_itself = false;
  }

  /// An error that is not ok closes the store to writes, and is the answer to them all until it is opened anew.
  Result<> check(const rocksdb::Status& status, std::string_view what) {
    std::lock_guard lock(mutex_);
    if (!error_ && !status.ok()) error_ = named_.error(status, what);
    if (error_) return fail(*error_);
    return {};
  }
  Result<> check() { return check(rocksdb::Status::OK(), {}); }
  /// There is an error, and opening the store anew may be the end of it.
  [[nodiscard]] bool may_mend() {
    std::lock_guard lock(mutex_);
    return error_ && error_->error_class != ErrorClass::gap;
  }

 private:
  const Named named_;
  std::mutex mutex_;
  std::optional<Error> error_;
};

struct Store::Impl {
  StoreOptions options;
  /// Shared by all calls, exclusive while `db` is replaced.
  mutable std::shared_mutex replacing;
  rocksdb::Options tuned;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<Health> health;
  std::shared_ptr<rocksdb::DB> db;                     ///< shared with cursors only; null after a reopen() that failed
  std::vector<rocksdb::ColumnFamilyHandle*> families;  ///< `db` owns them

  ~Impl() { close(); }
  Result<> open();
  void close();
  Result<> reopen();
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family_of(std::string_view key) const {
    return options.apart != 0 && key.starts_with(options.apart) ? families.back() : families.front();
  }
  [[nodiscard]] Named named() const { return {options.path, options.when_damaged}; }
  [[nodiscard]] Error away() const {
    return {ErrorClass::wait, fmt::format("{} could not be opened again yet", options.path.string()), {}};
  }
};

namespace {

constexpr int most_attempts = 3;
constexpr Milliseconds attempt_pause{100};

/// The first string after all those that begin with `prefix`; empty when there is none.
std::string after_prefix(std::string_view prefix) {
  std::string bound(prefix);
  while (!bound.empty() && static_cast<unsigned char>(bound.back()) == 0xff) bound.pop_back();
  if (!bound.empty()) bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return bound;
}

}  // namespace

// After a crash, or with many files, that takes as long as it takes.
Result<> Store::Impl::open() {
  const heartbeat::Wait wait("opening RocksDB", heartbeat::no_limit);
  std::error_code ignored;
  if (options.read_only && !fs::exists(options.path / "CURRENT", ignored)) {
    return fail(ErrorClass::not_found, fmt::format("there is no store in {}", options.path.string()));
  }
  if (!options.read_only) {
    auto ready = create_folders(options.path).and_then([&] { return check_content(options.path); });
    if (!ready) return ready;
  }
  auto tuning = tune(options);
  auto listener = std::make_shared<Health>(named());
  tuning.options.listeners.push_back(listener);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, tuning.options}};
  if (options.apart != 0) descriptors.emplace_back("apart", tuning.apart);
  rocksdb::DB* opened = nullptr;
  families.clear();
  auto status =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(tuning.options, options.path.string(), descriptors, &families, &opened)
          : rocksdb::DB::Open(tuning.options, options.path.string(), descriptors, &families, &opened);
  if (!status.ok()) return fail(to_error(status, "opening", options.path));
  db.reset(opened, [handles = families](rocksdb::DB* closing) {
    for (auto* handle : handles) (void)closing->DestroyColumnFamilyHandle(handle);
    delete closing;
  });
  tuned = std::move(tuning.options);
  cache = std::move(tuning.cache);
  health = std::move(listener);
  if (families.back()->GetID() == (options.apart != 0 ? Apart::id : 0)) return {};
  db.reset();
  return fail(ErrorClass::gap, fmt::format("{} is not laid out as it should be", options.path.string()));
}

/// What is in memory only is flushed here and not by RocksDB, which would try it for a store with an error too.
void Store::Impl::close() {
  const heartbeat::Wait wait("closing RocksDB", heartbeat::slow_disk);
  if (db && !options.read_only && !options.write_ahead_log && health->check()) {
    (void)db->Flush(rocksdb::FlushOptions(), families);
  }
  db.reset();
}

Result<> Store::Impl::reopen() {
  std::unique_lock lock(replacing);
  if (db && db.use_count() > 1) {
    return fail(ErrorClass::wait, fmt::format("{} is being read; it can't be opened anew yet", options.path.string()));
  }
  if (db) {
    // Before a store that still answers reads is given up for one that can't open.
    if (auto writable = check_writable(options.path); !writable) return writable;
    close();
  }
  return open();
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const StoreOptions& options) {
  for (int attempt = 1;; ++attempt) {
    auto impl = std::make_unique<Impl>();
    impl->options = options;
    auto opened = impl->open();
    if (opened) return Store(std::move(impl));
    // A writer beside us may have replaced files between our reading of its manifest and their opening.
    const bool again = options.read_only && opened.error().error_class == ErrorClass::gap && attempt < most_attempts;
    if (!again) return fail(impl->named().hinted(opened.error()));
    std::this_thread::sleep_for(attempt_pause);
  }
}

Result<> Store::reopen() { return impl_->reopen(); }

Result<> Store::recover() {
  if (impl_->db && !impl_->health->may_mend()) return impl_->health->check();
  return impl_->reopen();
}

Result<> Store::write(Batch& batch, bool sync) {
  const heartbeat::Wait wait("writing to RocksDB", heartbeat::slow_disk);
  const bool log = impl_->options.write_ahead_log;
  if (impl_->options.read_only) return fail(ErrorClass::bug, "a write to a store that was opened for reading");
  // With a log nothing that was written before is lost by it, so there is nothing to tell the caller.
  if (log) {
    if (auto recovered = recover(); !recovered) return recovered;
  }
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  if (auto healthy = impl_->health->check(); !healthy) return healthy;
  rocksdb::WriteOptions options;
  options.disableWAL = !log;
  options.sync = sync && log;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);  // of this thread: it would count every comparison of keys
  auto written = impl_->health->check(impl_->db->Write(options, &batch.impl_->batch), "writing to");
  if (!written || !sync || log) return written;
  return impl_->health->check(impl_->db->Flush(rocksdb::FlushOptions(), impl_->families), "flushing");
}

Result<> Store::load(FunctionRef<void(SortedRows&)> fill) {
  const heartbeat::Wait wait("adding a file to RocksDB", heartbeat::slow_disk);
  if (impl_->options.read_only || impl_->options.apart != 0) return fail(ErrorClass::bug, "a store that takes no files");
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  if (auto healthy = impl_->health->check(); !healthy) return healthy;
  SortedFile file(impl_->tuned, impl_->options.path / "load.dbtmp");  // a name that check_content() lets pass
  fill(file);
  const auto finished = file.finish();
  if (!finished.ok()) {  // nothing has happened to the store yet
    auto error = to_error(finished, "writing a file for", impl_->options.path);
    if (finished.IsInvalidArgument()) error.error_class = ErrorClass::bug;
    return fail(std::move(error));
  }
  if (file.empty()) return {};
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  return impl_->health->check(impl_->db->IngestExternalFile({file.path()}, options), "adding a file to");
}

bool Store::may_load() const {
  std::shared_lock lock(impl_->replacing);
  std::string files;
  if (!impl_->db) return false;
  impl_->db->GetProperty(rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files);
  return std::atoi(files.c_str()) < impl_->tuned.level0_slowdown_writes_trigger;
}

Result<std::optional<std::string>> Store::get(std::string_view key) const {
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  std::string value;
  auto status =
      impl_->db->Get(rocksdb::ReadOptions(), impl_->family_of(key), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fail(impl_->named().error(status, "reading"));
  return std::optional<std::string>(std::move(value));
}

Result<bool> Store::get(std::string_view key, std::string& value) const {
  std::shared_lock lock(impl_->replacing);
  value.clear();
  if (!impl_->db) return fail(impl_->away());
  auto status =
      impl_->db->Get(rocksdb::ReadOptions(), impl_->family_of(key), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return fail(impl_->named().error(status, "reading"));
  return true;
}

std::optional<std::optional<std::string>> Store::peek(std::string_view key) const {
  const std::shared_lock lock(impl_->replacing, std::try_to_lock);
  if (!lock || !impl_->db) return std::nullopt;
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kBlockCacheTier;
  std::string value;
  auto status = impl_->db->Get(options, impl_->family_of(key), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return std::nullopt;
  return std::optional(std::move(value));
}

Result<std::optional<std::string>> Store::get_flushed(std::string_view key) const {
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kPersistedTier;
  std::string value;
  auto status = impl_->db->Get(options, impl_->family_of(key), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fail(impl_->named().error(status, "reading"));
  return std::optional<std::string>(std::move(value));
}

Cursor Store::scan(std::string_view prefix, std::string_view from) const {
  std::shared_lock lock(impl_->replacing);
  auto cursor = std::make_unique<Cursor::Impl>();
  cursor->named = impl_->named();
  cursor->db = impl_->db;
  if (!cursor->db) {
    cursor->away = impl_->away();
    return Cursor(std::move(cursor));
  }
  cursor->upper = after_prefix(prefix);
  cursor->upper_slice = cursor->upper;
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // one walk over everything must not throw out what single reads need
  if (!cursor->upper.empty()) options.iterate_upper_bound = &cursor->upper_slice;
  cursor->iterator.reset(cursor->db->NewIterator(options, impl_->family_of(prefix)));
  auto start = std::max(prefix, from);
  cursor->iterator->Seek(rocksdb::Slice(start.data(), start.size()));
  return Cursor(std::move(cursor));
}

Result<> Store::flush() const {
  const heartbeat::Wait wait("flushing RocksDB", heartbeat::slow_disk);
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  if (auto healthy = impl_->health->check(); !healthy) return healthy;
  return impl_->health->check(impl_->db->Flush(rocksdb::FlushOptions(), impl_->families), "flushing");
}

Result<> Store::flush_soon() {
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  if (auto healthy = impl_->health->check(); !healthy) return healthy;
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;  // else the call itself waits for room
  return impl_->health->check(impl_->db->Flush(options, impl_->families), "flushing");
}

Result<> Store::compact() {
  const heartbeat::Wait wait("rewriting RocksDB's files", heartbeat::no_limit);
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return fail(impl_->away());
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (auto* family : impl_->families) {
    auto rewritten = impl_->health->check(impl_->db->CompactRange(options, family, nullptr, nullptr), "rewriting");
    if (!rewritten) return rewritten;
  }
  return {};
}

void Store::abandon() {
  const heartbeat::Wait wait("closing RocksDB", heartbeat::slow_disk);
  std::unique_lock lock(impl_->replacing);
  impl_->db.reset();
}

std::uint64_t Store::memory_bytes() const {
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return 0;
  std::uint64_t readers = 0;
  impl_->db->GetAggregatedIntProperty(rocksdb::DB::Properties::kEstimateTableReadersMem, &readers);
  return impl_->cache->GetUsage() + readers;
}

std::uint64_t Store::disk_bytes() const {
  std::uint64_t bytes = 0;
  std::error_code error;
  fs::directory_iterator entries(impl_->options.path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code gone;  // a file that a compaction just deleted
    auto size = entries->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

StoreStats Store::stats() const {
  StoreStats stats;
  stats.disk_bytes = disk_bytes();
  stats.memory_bytes = memory_bytes();
  std::shared_lock lock(impl_->replacing);
  if (!impl_->db) return stats;
  using Properties = rocksdb::DB::Properties;
  impl_->db->GetAggregatedIntProperty(Properties::kEstimateNumKeys, &stats.keys);
  impl_->db->GetAggregatedIntProperty(Properties::kCurSizeAllMemTables, &stats.unflushed_bytes);
  std::vector<rocksdb::LiveFileMetaData> live;
  impl_->db->GetLiveFilesMetaData(&live);
  std::map<int, StoreStats::Level> levels;
  for (const auto& file : live) {
    auto& level = levels[file.level];
    level.level = file.level;
    ++level.files;
    level.bytes += file.size;
  }
  for (const auto& [number, level] : levels) stats.levels.push_back(level);
  return stats;
}

std::vector<fs::path> Store::files() const {
  std::shared_lock lock(impl_->replacing);
  std::vector<rocksdb::LiveFileMetaData> live;
  if (impl_->db) impl_->db->GetLiveFilesMetaData(&live);
  std::vector<fs::path> files;
  for (const auto& file : live) files.push_back(impl_->options.path / file.relative_filename);
  return files;
}

}  // namespace orders::rocks
