// Which orders the table holds, asked once it has passed given offsets: for what a crash left in intake's outbox.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "order/key.h"
#include "view/view.h"

namespace orders::view {

/// For each of `ids` whether the table has a row, once it has passed `ends`: those of the partitions 0, 1, 2… `wait`
/// when it does not within `patience`, which is for all of them together, or when what it had passed may have been lost
/// before the last row was read: no row then means nothing. Any thread.
[[nodiscard]] Result<std::vector<bool>> present(const TableView& view, std::span<const std::int64_t> ends,
                                                std::span<const order::OrderId> ids, Milliseconds patience);

}  // namespace orders::view
