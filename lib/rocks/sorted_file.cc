#include "rocks/sorted_file.h"

#include <system_error>

namespace orders::rocks {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

/// As what is flushed: compressed by the first rewriting only.
rocksdb::Options uncompressed(rocksdb::Options options) {
  options.compression_per_level.clear();
  options.compression = rocksdb::kNoCompression;
  return options;
}

}  // namespace

SortedFile::SortedFile(const rocksdb::Options& options, std::filesystem::path path)
    : path_(path.string()),
      // The last one: it stays in the page cache, for the first rewriting reads it again.
      writer_(rocksdb::EnvOptions(options), uncompressed(options), nullptr, false),
      status_(writer_.Open(path_)) {}

SortedFile::~SortedFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void SortedFile::note(const rocksdb::Status& status) {
  ++rows_;
  if (status_.ok()) status_ = status;
}

void SortedFile::put(std::string_view key, std::string_view value) {
  if (status_.ok()) note(writer_.Put(slice(key), slice(value)));
}

void SortedFile::remove(std::string_view key) {
  if (status_.ok()) note(writer_.Delete(slice(key)));
}

rocksdb::Status SortedFile::finish() {
  if (status_.ok() && !empty()) status_ = writer_.Finish();
  return status_;
}

}  // namespace orders::rocks
