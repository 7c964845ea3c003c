// What RocksDB gives back to the join's buffer on disk: rows, and the state beside them.
#include "check.h"
#include "join/disk_row.h"
#include "join/disk_state.h"
#include "topology/source_record.h"

namespace orders::join {
namespace {

constexpr OrderId key = 7;

/// Written anew, it is the same cell.
void check_entry(std::string_view row, const Cell& cell) {
  const auto entry = entry_of(row, cell, key);
  (void)topology::unpack(entry.headers);
  std::string written;
  append_entry(written, cell.side, entry, cell.epoch);
  FUZZ_CHECK(is_row(written));
  const auto again = read_cell(written, 0);
  FUZZ_CHECK(again.end == written.size() && again.side == cell.side && again.epoch == cell.epoch);
  const auto same = entry_of(written, again, key);
  FUZZ_CHECK(same.timestamp == entry.timestamp && same.offset == entry.offset && same.status == entry.status &&
             same.joined == entry.joined);
  if (again.payload) FUZZ_CHECK(same.value == entry.value && same.headers == entry.headers);
}

/// Changed in place, the row stays one.
void check_changes(std::string_view row, const Cell& cell) {
  std::string changed(row);
  if (cell.mark) {
    renew_mark(changed, cell, cell.timestamp, static_cast<std::uint16_t>(cell.epoch + 1));
  } else {
    set_indexed(changed, cell);
    FUZZ_CHECK(is_row(changed));
    settle(changed, read_cell(changed, cell.begin));
    FUZZ_CHECK(!read_cell(changed, cell.begin).waits());
  }
  FUZZ_CHECK(is_row(changed));
}

void check_row(std::string_view row) {
  for (std::size_t at = 0; at < row.size();) {
    const auto cell = read_cell(row, at);
    FUZZ_CHECK(cell.begin == at && cell.end > at && cell.end <= row.size());
    if (!cell.mark) check_entry(row, cell);
    check_changes(row, cell);
    at = cell.end;
  }
}

void check_state(std::string_view bytes) {
  const auto state = decode_state(bytes);
  if (!state) return;
  const auto written = encode(*state);
  const auto again = decode_state(written);
  FUZZ_CHECK(again && encode(*again) == written);
  for (auto bounds : state->bounds) {
    const auto timestamp = bounds.current();
    bounds.raise(timestamp);
    bounds.admit(timestamp);
    FUZZ_CHECK(bounds.visible(bounds.epoch(), timestamp));
  }
}

}  // namespace
}  // namespace orders::join

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::join;
  const auto bytes = orders::fuzz::text_of(data, size);
  if (is_row(bytes)) check_row(bytes);
  check_state(bytes);
  return 0;
}
