#include "rocks/tuning.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

namespace orders::rocks {
namespace {

/// RocksDB's own log goes to ours. Its log file is not used at all: when the disk is full, Debian's build (which has
/// its assertions on) ends the process at the second line that it can't write there.
class ForwardingLog : public rocksdb::Logger {
 public:
  ForwardingLog() : Logger(rocksdb::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override { Logv(rocksdb::WARN_LEVEL, format, arguments); }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::HEADER_LEVEL) return;
    std::array<char, 1000> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    // Its warnings are about its insides; its errors come back as a status of the call as well.
    spdlog::log(level >= rocksdb::ERROR_LEVEL ? spdlog::level::warn : spdlog::level::debug, "rocksdb: {}", line.data());
  }
};

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache, bool point_reads) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // 1 % false positives
  table.whole_key_filtering = true;
  table.format_version = 5;
  // Larger than usual: many rows are written with a tenth less work, and take a tenth less disk.
  if (!point_reads) table.block_size = 16u << 10;
  // In the cache, so that they are bounded; in parts, so that a file's whole filter need not fit into a small cache.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 4096;
  return table;
}

void set_files(rocksdb::Options& options, bool read_only) {
  // What is flushed is soon rewritten by the first compaction: only what stays is worth compressing.
  options.compression = rocksdb::kLZ4Compression;
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  options.level_compaction_dynamic_level_bytes = true;
  // Small files, so that they take little memory before they are written; many at once are rewritten, for that costs
  // more than the writing itself. A read asks the filters of more files: of 37 instead of 18, it takes a
  // twentieth more time.
  options.level0_file_num_compaction_trigger = 40;
  options.level0_slowdown_writes_trigger = 80;
  options.level0_stop_writes_trigger = 112;
  options.max_bytes_for_level_base = 1ull << 30;  // else their size is a reason sooner than their number
  options.target_file_size_base = 32ull << 20;
  options.bytes_per_sync = 1ull << 20;
  options.max_background_jobs = 2;
  // Rewriting files can wait while there is other work.
  options.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow);
  // A reader beside a running daemon opens every file at once: the daemon may delete them later.
  options.max_open_files = read_only ? -1 : 256;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.max_bgerror_resume_count = 0;        // see Health in store.cc
  options.avoid_flush_during_shutdown = true;  // see Store::Impl::close
  options.info_log = std::make_shared<ForwardingLog>();
}

/// RowFilter as RocksDB calls it.
class DroppingFilter : public rocksdb::CompactionFilter {
 public:
  explicit DroppingFilter(std::shared_ptr<const RowFilter> filter) : filter_(std::move(filter)) {}
  const char* Name() const override { return "orders.rows"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*, bool*) const override {
    return filter_->unneeded(key.ToStringView(), value.ToStringView());
  }

 private:
  std::shared_ptr<const RowFilter> filter_;
};

/// One for each rewriting of files, which owns it.
class DroppingFilters : public rocksdb::CompactionFilterFactory {
 public:
  explicit DroppingFilters(std::shared_ptr<const RowFilter> filter) : filter_(std::move(filter)) {}
  const char* Name() const override { return "orders.rows"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<DroppingFilter>(filter_);
  }

 private:
  std::shared_ptr<const RowFilter> filter_;
};

void set_filter(rocksdb::Options& options, const StoreOptions& store) {
  if (!store.filter) return;
  options.compaction_filter_factory = std::make_shared<DroppingFilters>(store.filter);
  if (store.rewrite_after > Milliseconds::zero()) {
    options.periodic_compaction_seconds =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(store.rewrite_after).count());
  }
}

/// The same at every level, so that a file can go down as it is, and as soon as there are a few.
void set_apart(Tuning& tuning, const StoreOptions& store) {
  if (store.apart == 0) return;
  tuning.options.atomic_flush = true;
  tuning.options.create_missing_column_families = !store.read_only;
  tuning.apart = tuning.options;
  tuning.options.memtable_prefix_bloom_size_ratio = 0;  // point reads ask for what is kept apart
  tuning.apart.compression_per_level.clear();
  tuning.apart.level0_file_num_compaction_trigger = 4;
}

}  // namespace

/// One budget: write buffers are charged to the cache (as pinned entries), so its capacity bounds all of it, and what
/// the write buffers do not use serves reads. At least `cache` of it always does. Few shards: a pinned entry is 256
/// KiB, and a small cache in many shards would overflow in single ones.
Memory::Memory(std::uint64_t memory, std::uint64_t reads) {
  memory = std::max<std::uint64_t>(memory, 4ull << 20);
  cache = rocksdb::NewLRUCache(memory, 2, false, 0.5);
  buffers = std::make_shared<rocksdb::WriteBufferManager>(memory - std::min(reads, memory / 2), cache);
}

std::shared_ptr<Memory> share_memory(std::uint64_t memory, std::uint64_t cache) {
  return std::make_shared<Memory>(memory, cache);
}

Tuning tune(const StoreOptions& store) {
  const auto memory = store.shared ? store.shared : share_memory(store.memory, store.cache);
  Tuning tuning;
  tuning.cache = memory->cache;
  rocksdb::Options& options = tuning.options;
  options.create_if_missing = !store.read_only;
  options.write_buffer_manager = memory->buffers;
  options.max_write_buffer_number = 3;
  options.allow_concurrent_memtable_write = false;  // one writer: then rising keys are inserted next to the last one
  options.write_buffer_size = std::min<std::uint64_t>(memory->buffers->buffer_size() / 6, 64ull << 20);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(tuning.cache, store.point_reads)));
  if (store.point_reads) {
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.02;
  }
  // Each family of each store has a block at least.
  if (store.apart != 0) options.arena_block_size = 128u << 10;
  set_files(options, store.read_only);
  set_filter(options, store);
  set_apart(tuning, store);
  return tuning;
}

}  // namespace orders::rocks
