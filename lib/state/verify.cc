#include "state/verify.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <map>
#include <system_error>

#include "base/bytes.h"
#include "database/verify.h"
#include "join/verify.h"
#include "table/verify.h"
#include "topology/disk_position.h"

namespace orders::state {
namespace {

namespace fs = std::filesystem;

/// The files alone, and the store for its rows if it could be opened.
Result<std::optional<rocks::Store>> check_files(StoreReport& report, char apart = 0) {
  auto verified = rocks::verify({.path = report.folder, .apart = apart});
  if (!verified) return fail(verified.error());
  report.damages = std::move(verified->damages);
  if (verified->store) report.bytes = verified->store->disk_bytes();
  return std::move(verified->store);
}

/// What was found in the rows, behind what was found in the files.
void append(rocks::Damages& damages, rocks::Damages found) {
  for (auto& damage : found.found) damages.add(std::move(damage.where), std::move(damage.what));
  damages.more += found.more;
}

Result<> check_table(StoreReport& report, const Expected& expected) {
  report.mend = fmt::format(
      "ordersd sets the table aside and builds it anew from {} once it meets this; or stop it, and delete {}",
      expected.orders, report.folder.string());
  auto store = check_files(report);
  if (!store) return fail(store.error());
  if (!*store) return {};
  auto contents = table::check(**store);
  report.rows = contents.rows;
  append(report.damages, std::move(contents.damages));
  for (const auto& position : contents.positions) {
    report.positions.push_back({{expected.orders, position.partition}, position.next_offset, {}});
  }
  if (!contents.identity) return {};
  report.cluster_id = contents.identity->cluster_id;
  if (contents.identity->topic == expected.orders) return {};
  report.damages.add("identity", fmt::format("it was built from topic {}, and this is {} (topics.orders)",
                                             printable(contents.identity->topic), expected.orders));
  return {};
}

void see_buffer_position(StoreReport& report, std::int32_t partition, const std::string& text,
                         const Expected& expected) {
  if (text.empty()) return;  // a take-over or a first flush that was not finished: nothing relies on it
  const auto position = topology::decode_disk_position(text);
  if (!position) return report.damages.add("position", "is not of this version's format");
  report.cluster_id = position->of.cluster_id;
  const std::array<std::string, 2> topics{expected.payments, expected.stock};
  if (position->of.application_id != expected.application_id || position->of.topics != topics ||
      position->of.partition != partition) {
    report.damages.add("position", "is of another application, topic or partition");
  }
  for (std::size_t side = 0; side < topics.size(); ++side) {
    const auto offset = position->sides[side].at.offset;
    report.positions.push_back({{position->of.topics[side], position->of.partition}, offset, {}});
    if (offset < 0) report.damages.add("position", fmt::format("in {} is {}", position->of.topics[side], offset));
  }
}

Result<> check_buffer(StoreReport& report, std::int32_t partition, const Expected& expected) {
  report.mend = fmt::format(
      "ordersd sets the buffer aside and builds it anew from the inputs once it meets this; or stop it, and delete {}",
      report.folder.string());
  auto store = check_files(report, join::row_prefix);
  if (!store) return fail(store.error());
  if (!*store) return {};
  auto contents = join::check(**store);
  report.rows = contents.rows;
  append(report.damages, std::move(contents.damages));
  see_buffer_position(report, partition, contents.position, expected);
  return {};
}

Result<> check_database(StoreReport& report) {
  report.mend = fmt::format("nothing makes {} anew: docs/recovery.md, 'The embedded database is damaged'",
                            report.folder.string());
  auto store = check_files(report);
  if (!store) return fail(store.error());
  if (!*store) return {};
  auto contents = database::check_embedded(**store);
  report.rows = contents.orders;
  append(report.damages, std::move(contents.damages));
  for (const auto& position : contents.positions) {
    report.positions.push_back({{position.topic, position.partition}, position.next_offset, {}});
  }
  return {};
}

/// Of the join's buffers: folders that are numbers, not those that were set aside.
Result<std::map<std::int32_t, fs::path>> buffers_in(const fs::path& folder) {
  std::map<std::int32_t, fs::path> buffers;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const auto partition = parse_int64(entries->path().filename().string());
    if (partition && *partition >= 0 && *partition <= std::numeric_limits<std::int32_t>::max()) {
      buffers[static_cast<std::int32_t>(*partition)] = entries->path();
    }
  }
  if (!error || error == std::errc::no_such_file_or_directory) return buffers;
  return fail(ErrorClass::wait, fmt::format("reading {}: {}", folder.string(), error.message()));
}

}  // namespace

Result<std::vector<StoreReport>> verify(const fs::path& folder, const Expected& expected) {
  std::vector<StoreReport> stores;
  const auto add = [&](std::string name, const auto& check) -> Result<> {
    StoreReport report;
    report.folder = folder / name;
    report.name = std::move(name);
    auto checked = check(report);
    if (checked) stores.push_back(std::move(report));
    if (checked || checked.error().error_class == ErrorClass::not_found) return {};
    return checked;
  };
  auto buffers = buffers_in(folder / "join");
  if (!buffers) return fail(buffers.error());
  if (auto done = add("table", [&](StoreReport& report) { return check_table(report, expected); }); !done) {
    return fail(done.error());
  }
  for (const auto& [partition, path] : *buffers) {
    auto done = add(fmt::format("join/{}", partition), [&, number = partition](StoreReport& report) {
      return check_buffer(report, number, expected);
    });
    if (!done) return fail(done.error());
  }
  if (auto done = add("database", check_database); !done) return fail(done.error());
  if (stores.empty()) return fail(ErrorClass::not_found, fmt::format("there is no state in {}", folder.string()));
  return stores;
}

}  // namespace orders::state
