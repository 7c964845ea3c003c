#include "reset/buffer_on_disk.h"

#include <utility>

#include "join/disk_state.h"
#include "rocks/store.h"
#include "topology/task.h"

namespace orders::reset {
namespace {

std::optional<topology::DiskPosition> position_in(const std::filesystem::path& folder) {
  auto store = rocks::Store::open(
      {.path = folder, .memory = 8ull << 20, .cache = 2ull << 20, .read_only = true, .apart = join::row_prefix});
  if (!store) return std::nullopt;
  const auto bytes = store->get(join::state_key);
  if (!bytes || !*bytes) return std::nullopt;
  const auto state = join::decode_state(**bytes);
  return state ? topology::decode_disk_position(state->position) : std::nullopt;
}

}  // namespace

bool bridges(const std::filesystem::path& folder, const topology::BufferIdentity& identity, const Task& task) {
  std::array<topology::Committed, 2> committed;
  bool log_suffices = true;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& input = task.inputs[i];
    auto metadata = topology::decode(input.metadata);
    if (!metadata || !*metadata) return false;
    log_suffices = log_suffices && (*metadata)->start.from.offset >= input.marks.low;
    committed[i] = {.offset = input.committed,
                    .metadata = *std::move(metadata),
                    .cold_from = {},
                    .log_start = input.marks.low};
  }
  if (log_suffices) return false;
  const auto position = position_in(folder);
  return position && !topology::unfit(*position, identity, committed);
}

}  // namespace orders::reset
