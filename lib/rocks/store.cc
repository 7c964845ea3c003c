#include "rocks/store.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "rocks/status.h"
#include "rocks/tuning.h"

namespace orders::rocks {

namespace fs = std::filesystem;

// --- Batch

struct Batch::Impl {
  rocksdb::WriteBatch batch;
};

Batch::Batch() : impl_(std::make_unique<Impl>()) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

// Put and Delete of a batch without limits and without timestamps cannot fail.
void Batch::put(std::string_view key, std::string_view value) {
  (void)impl_->batch.Put(rocksdb::Slice(key.data(), key.size()), rocksdb::Slice(value.data(), value.size()));
}
void Batch::remove(std::string_view key) { (void)impl_->batch.Delete(rocksdb::Slice(key.data(), key.size())); }
void Batch::clear() { impl_->batch.Clear(); }
std::size_t Batch::bytes() const { return impl_->batch.GetDataSize(); }
bool Batch::empty() const { return impl_->batch.Count() == 0; }

// --- Cursor

struct Cursor::Impl {
  std::string upper;           ///< the first key after the prefix; empty: none
  rocksdb::Slice upper_slice;  ///< RocksDB keeps a pointer to it
  std::unique_ptr<rocksdb::Iterator> iterator;
  fs::path path;
};

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::valid() const { return impl_->iterator->Valid(); }
void Cursor::next() { impl_->iterator->Next(); }
std::string_view Cursor::key() const { return impl_->iterator->key().ToStringView(); }
std::string_view Cursor::value() const { return impl_->iterator->value().ToStringView(); }
Result<> Cursor::status() const {
  auto status = impl_->iterator->status();
  if (!status.ok()) return fail(to_error(status, "reading", impl_->path));
  return {};
}

// --- Store

struct Store::Impl {
  StoreOptions options;
  std::shared_ptr<rocksdb::Cache> cache;
  std::unique_ptr<rocksdb::DB> db;
  bool failed = false;  ///< the last write or flush failed: the background error must be cleared first

  Result<> settle(const rocksdb::Status& status, std::string_view what) {
    failed = !status.ok();
    if (failed) return fail(to_error(status, what, options.path));
    return {};
  }
  /// After a failure RocksDB refuses all writes until it is told that the cause may be gone.
  Result<> resume() {
    if (!failed) return {};
    return settle(db->Resume(), "resuming");
  }
};

namespace {

/// The first string after all those that begin with `prefix`; empty when there is none.
std::string after_prefix(std::string_view prefix) {
  std::string bound(prefix);
  while (!bound.empty() && static_cast<unsigned char>(bound.back()) == 0xff) bound.pop_back();
  if (!bound.empty()) bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return bound;
}

/// Creates the folder and what is missing above it, each for the owner and the group only.
Result<> create_folders(const fs::path& path) {
  fs::path partial;
  for (const auto& part : path) {
    partial /= part;
    if (::mkdir(partial.c_str(), 0750) == 0 || errno == EEXIST || errno == EISDIR) continue;
    int error = errno;
    struct ::stat info {};  // a read-only file system may answer EROFS for a folder that is there
    if (::stat(partial.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) continue;
    return fail(to_error(error, "creating the folder", partial));
  }
  return {};
}

bool is_left_of_a_first_start(const std::string& name) {
  for (std::string_view prefix : {"LOG", "LOCK", "IDENTITY", "MANIFEST-", "OPTIONS-"}) {
    if (name.starts_with(prefix)) return true;
  }
  return name.ends_with(".dbtmp");
}

/// RocksDB would make a new store among the ruins of one that has lost its CURRENT, or among anything else.
Result<> check_folder(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path / "CURRENT", error)) return {};
  fs::directory_iterator entries(path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    auto name = entries->path().filename().string();
    if (!is_left_of_a_first_start(name)) {
      return fail(ErrorClass::gap, fmt::format("{} is not a store: it has no CURRENT but a {}", path.string(), name));
    }
  }
  if (error) return fail(to_error(error.value(), "opening", path));
  return {};
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const StoreOptions& options) {
  std::error_code ignored;
  if (options.read_only && !fs::exists(options.path / "CURRENT", ignored)) {
    return fail(ErrorClass::not_found, fmt::format("there is no store in {}", options.path.string()));
  }
  if (!options.read_only) {
    auto ready = create_folders(options.path).and_then([&] { return check_folder(options.path); });
    if (!ready) return fail(ready.error());
  }
  auto tuning = tune(options);
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->cache = tuning.cache;
  rocksdb::DB* db = nullptr;
  auto status = options.read_only ? rocksdb::DB::OpenForReadOnly(tuning.options, options.path.string(), &db)
                                  : rocksdb::DB::Open(tuning.options, options.path.string(), &db);
  impl->db.reset(db);
  if (!status.ok()) return fail(to_error(status, "opening", options.path));
  return Store(std::move(impl));
}

Result<> Store::write(Batch& batch, bool sync) {
  if (auto ready = impl_->resume(); !ready) return ready;
  rocksdb::WriteOptions options;
  options.disableWAL = !impl_->options.write_ahead_log;
  options.sync = sync && impl_->options.write_ahead_log;
  auto written = impl_->settle(impl_->db->Write(options, &batch.impl_->batch), "writing to");
  if (!written || !sync || impl_->options.write_ahead_log) return written;
  return flush();
}

Result<std::optional<std::string>> Store::get(std::string_view key) const {
  std::string value;
  auto status = impl_->db->Get(rocksdb::ReadOptions(), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fail(to_error(status, "reading", impl_->options.path));
  return std::optional<std::string>(std::move(value));
}

Cursor Store::scan(std::string_view prefix, std::string_view from) const {
  auto cursor = std::make_unique<Cursor::Impl>();
  cursor->path = impl_->options.path;
  cursor->upper = after_prefix(prefix);
  cursor->upper_slice = cursor->upper;
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // one walk over everything must not throw out what single reads need
  if (!cursor->upper.empty()) options.iterate_upper_bound = &cursor->upper_slice;
  cursor->iterator.reset(impl_->db->NewIterator(options));
  auto start = std::max(prefix, from);
  cursor->iterator->Seek(rocksdb::Slice(start.data(), start.size()));
  return Cursor(std::move(cursor));
}

Result<> Store::flush() {
  if (auto ready = impl_->resume(); !ready) return ready;
  return impl_->settle(impl_->db->Flush(rocksdb::FlushOptions()), "flushing");
}

std::uint64_t Store::memory_bytes() const {
  std::uint64_t readers = 0;
  impl_->db->GetIntProperty(rocksdb::DB::Properties::kEstimateTableReadersMem, &readers);
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

}  // namespace orders::rocks
