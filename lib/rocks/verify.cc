#include "rocks/verify.h"

#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>

#include <system_error>

#include "rocks/status.h"
#include "rocks/tuning.h"

namespace orders::rocks {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t read_ahead = 2u << 20;

/// False: rows, and no CURRENT that says how they belong together.
Result<bool> has_current(const fs::path& folder) {
  std::error_code error;
  bool rows = false;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const auto name = entries->path().filename();
    if (name == "CURRENT") return true;
    rows = rows || name.extension() == ".sst";
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    auto failed = to_error(error.value(), "reading", folder);
    if (error == std::errc::permission_denied) failed.hint = "it takes the user that ordersd runs as";
    return fail(std::move(failed));
  }
  if (rows) return false;
  return fail(ErrorClass::not_found, fmt::format("there is no store in {}", folder.string()));
}

rocksdb::Status check_file(const rocksdb::Options& options, const fs::path& file) {
  rocksdb::SstFileReader reader(options);
  if (auto opened = reader.Open(file.string()); !opened.ok()) return opened;
  rocksdb::ReadOptions reading;
  reading.readahead_size = read_ahead;
  return reader.VerifyChecksum(reading);
}

}  // namespace

void Damages::add(std::string where, std::string what) {
  if (found.size() == most) {
    ++more;
  } else {
    found.push_back({std::move(where), std::move(what)});
  }
}

Result<Verified> verify(StoreOptions options) {
  options.read_only = true;
  auto current = has_current(options.path);
  if (!current) return fail(current.error());
  Verified verified;
  if (!*current) {
    verified.damages.add("CURRENT", "is not there, though there are files of rows");
    return verified;
  }
  auto store = Store::open(options);
  if (!store) {
    if (store.error().error_class != ErrorClass::gap) return fail(store.error());
    verified.damages.add(options.path.filename().string(), store.error().message);
    return verified;
  }
  const auto tuned = tune(options).options;
  for (const auto& file : store->files()) {
    const auto status = check_file(tuned, file);
    // One that a writer has replaced since is held open by `store` and read with its rows.
    if (!status.ok() && !status.IsPathNotFound()) verified.damages.add(file.filename().string(), status.ToString());
  }
  verified.store = *std::move(store);
  return verified;
}

}  // namespace orders::rocks
