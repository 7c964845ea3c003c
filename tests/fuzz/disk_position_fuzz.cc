// The position that stands with the join's buffer on disk.
#include "check.h"
#include "topology/disk_position.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

/// A buffer is fit for nothing, or says why not; never for another join's partition.
void check_fitness(const DiskPosition& position) {
  std::array<Committed, 2> committed;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto& at = position.sides[side].at;
    committed[side] = {.offset = at.offset,
                       .metadata = CommitMetadata{.stream_time = at.stream_time,
                                                  .start = {position.sides[side].checkpoints.front(), {}},
                                                  .settings = position.settings,
                                                  .change = {}},
                       .cold_from = {}};
  }
  (void)unfit(position, position.of, committed);
  (void)behind_change(position, committed);
  auto another = position.of;
  another.partition ^= 1;
  FUZZ_CHECK(unfit(position, another, committed));
}

}  // namespace
}  // namespace orders::topology

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::topology;
  const auto position = decode_disk_position(orders::fuzz::text_of(data, size));
  if (!position) return 0;
  const auto again = decode_disk_position(encode(*position));
  FUZZ_CHECK(again && *again == *position);
  check_fitness(*position);
  return 0;
}
