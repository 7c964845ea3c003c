// I5 as an identity: every record read has one counted fate.
#pragma once

#include <cstdint>

#include "topology/status.h"
#include "view/view.h"

namespace orders::api {

/// Records that wait, of the tasks that run: a task under rebuild counts what waits as `carried` once it is done.
[[nodiscard]] std::uint64_t waiting(const topology::Status& join);

/// Records read (and carried) less those whose fate is counted: 0 where the identity holds, above it where records have
/// no fate, below it where some have two. Of one snapshot.
[[nodiscard]] std::int64_t unaccounted(const topology::Status& join);
[[nodiscard]] std::int64_t unaccounted(const view::ViewStatus& view);

}  // namespace orders::api
