// Inside this module only: what the disk buffer stores beside its rows, and the filter that it feeds.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "join/disk_buffer.h"

namespace orders::join {

constexpr std::string_view state_key = "zstate";

void set_row_key(std::string& key, OrderId id);

struct DiskState {
  std::array<std::uint64_t, 2> waiting{};
  std::array<DiskBounds, 2> bounds;
  OrderId highest = 0;   ///< of all ids that have a row
  std::string position;  ///< the owner's
};
[[nodiscard]] std::string encode(const DiskState& state);
[[nodiscard]] std::optional<DiskState> decode_state(std::string_view bytes);

/// Rows of which the join sees nothing any more, by the bounds that are in the files: a later crash does not bring back
/// a time when they were seen. Rows may be newer than those bounds.
class DiskBuffer::Filter final : public rocks::RowFilter {
 public:
  void set(const std::array<DiskBounds, 2>& bounds);
  [[nodiscard]] bool unneeded(std::string_view key, std::string_view row) const override;

 private:
  mutable std::mutex mutex_;
  std::array<DiskBounds, 2> bounds_;
};

}  // namespace orders::join
