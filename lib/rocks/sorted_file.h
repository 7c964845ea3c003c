// Inside this module only: a file of rows that becomes part of a store as a whole.
#pragma once

#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include <filesystem>

#include "rocks/store.h"

namespace orders::rocks {

/// SortedRows into a new file beside the store's own. Whatever is left of it goes with this object.
class SortedFile final : public SortedRows {
 public:
  SortedFile(const rocksdb::Options& options, std::filesystem::path path);
  ~SortedFile() override;
  SortedFile(const SortedFile&) = delete;
  SortedFile& operator=(const SortedFile&) = delete;

  void put(std::string_view key, std::string_view value) override;
  void remove(std::string_view key) override;
  /// On the disk, all of it; an earlier failure comes back here. Nothing in it: ok, and `empty`.
  [[nodiscard]] rocksdb::Status finish();
  [[nodiscard]] bool empty() const { return rows_ == 0; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void note(const rocksdb::Status& status);

  const std::string path_;
  rocksdb::SstFileWriter writer_;
  rocksdb::Status status_;
  std::uint64_t rows_ = 0;
};

}  // namespace orders::rocks
