// RocksDB's many options, set for our few stores.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>

#include "rocks/store.h"

namespace orders::rocks {

class Memory {
 public:
  Memory(std::uint64_t memory, std::uint64_t cache);
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;
};

struct Tuning {
  rocksdb::Options options;
  rocksdb::ColumnFamilyOptions apart;     ///< for StoreOptions::apart
  std::shared_ptr<rocksdb::Cache> cache;  ///< its usage is all of the store's memory: see tuning.cc
};

[[nodiscard]] Tuning tune(const StoreOptions& options);

}  // namespace orders::rocks
