// The metadata of committed offsets, which anybody who may commit for the group can write.
#include "check.h"
#include "topology/checkpoints.h"
#include "topology/commit_metadata.h"

namespace orders::topology {
namespace {

/// What a task works out from it before it reads the first record.
void plan_with(const CommitMetadata& metadata) {
  const auto& [from, settled] = metadata.start;
  const auto allowed = check_change(metadata, from.offset, FateSettings{}, "payment-orders[0]");
  FUZZ_CHECK(allowed || fuzz::can_be_shown(allowed.error().text()));
  (void)settled.covers(from.offset, metadata.stream_time.value_or(Timestamp{}));
  Checkpoints checkpoints(from, metadata.settings.join.retention() / 32);
  checkpoints.note(from.offset, metadata.stream_time);
  for (const auto side : {join::Side::payment, join::Side::stock}) {
    const auto& join = metadata.settings.join;
    const auto needed = needed_from(side, join, metadata.stream_time, from.stream_time);
    const auto less = needed_from(side, join, metadata.stream_time, from.stream_time, settled.time);
    for (const auto& time : {less, needed}) {
      checkpoints.forget_before(time);
      const auto* begin = checkpoints.from(time);
      FUZZ_CHECK(begin == nullptr || begin->offset >= from.offset);
    }
  }
}

}  // namespace
}  // namespace orders::topology

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::topology;
  const auto decoded = decode(orders::fuzz::text_of(data, size));
  if (!decoded) {
    FUZZ_CHECK(decoded.error().error_class == orders::ErrorClass::gap);
    FUZZ_CHECK(orders::fuzz::can_be_shown(decoded.error().text()));
    return 0;
  }
  if (!*decoded) return 0;
  const auto again = decode(encode(**decoded));
  FUZZ_CHECK(again && *again && **again == **decoded);
  plan_with(**decoded);
  return 0;
}
