#include "view/presence.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace orders::view {
namespace {

Result<> pass(const TableView& view, std::span<const std::int64_t> ends, Milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + patience;
  for (std::size_t partition = 0; partition < ends.size(); ++partition) {
    const auto end = ends[partition];
    const auto left = std::max(std::chrono::ceil<Milliseconds>(deadline - Clock::now()), Milliseconds{0});
    if (end > 0 && !view.wait_for(static_cast<std::int32_t>(partition), end - 1, left)) {
      return fail(ErrorClass::wait, fmt::format("the table has not yet passed {} in partition {}", end, partition));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<bool>> present(const TableView& view, std::span<const std::int64_t> ends,
                                  std::span<const order::OrderId> ids, Milliseconds patience) {
  const auto epoch = view.epoch();
  if (auto passed = pass(view, ends, patience); !passed) return fail(passed.error());
  const auto table = view.table();
  if (table == nullptr) return fail(ErrorClass::wait, "the table is being opened");
  std::vector<bool> held;
  for (const auto id : ids) {
    auto row = table->get(id);
    if (!row) return fail(row.error());
    held.push_back(row->has_value());
  }
  // Asked last. A table that was opened anew is the same object as before, so comparing pointers would not do.
  if (view.epoch() != epoch) return fail(ErrorClass::wait, "the table was opened anew meanwhile");
  return held;
}

}  // namespace orders::view
