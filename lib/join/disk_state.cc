#include "join/disk_state.h"

#include "base/bytes.h"

namespace orders::join {
namespace {

constexpr char format = '2';  // 1 had its rows in the default column family

}  // namespace

void set_row_key(std::string& key, OrderId id) {
  key.assign(1, row_prefix);
  append_be64(key, static_cast<std::uint64_t>(id) ^ (1ull << 63));
}

std::string encode(const DiskState& state) {
  std::string bytes(1, format);
  for (std::size_t side = 0; side < 2; ++side) {
    append_be64(bytes, state.waiting[side]);
    state.bounds[side].append_to(bytes);
  }
  append_be64(bytes, static_cast<std::uint64_t>(state.highest));
  return bytes.append(state.position);
}

std::optional<DiskState> decode_state(std::string_view bytes) {
  DiskState state;
  if (bytes.empty() || bytes.front() != format) return std::nullopt;
  bytes.remove_prefix(1);
  for (std::size_t side = 0; side < 2; ++side) {
    if (bytes.size() < 8) return std::nullopt;
    state.waiting[side] = load_be64(bytes.data());
    bytes.remove_prefix(8);
    if (!state.bounds[side].take_from(bytes)) return std::nullopt;
  }
  if (bytes.size() < 8) return std::nullopt;
  state.highest = static_cast<OrderId>(load_be64(bytes.data()));
  state.position = bytes.substr(8);
  return state;
}

void DiskBuffer::Filter::set(const std::array<DiskBounds, 2>& bounds) {
  const std::lock_guard lock(mutex_);
  bounds_ = bounds;
}

bool DiskBuffer::Filter::unneeded(std::string_view key, std::string_view row) const {
  if (key.empty() || key.front() != row_prefix || !is_row(row)) return false;
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < row.size();) {
    const auto cell = read_cell(row, at);
    const auto& bounds = bounds_[static_cast<std::size_t>(cell.side)];
    const bool gone = cell.mark ? bounds.is_forgotten(cell.epoch, cell.timestamp)
                                : bounds.has_left(cell.epoch, cell.timestamp);
    if (!gone) return false;
    at = cell.end;
  }
  return true;
}

}  // namespace orders::join
