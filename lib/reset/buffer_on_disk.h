// Inside this module only: whether the join's buffer on disk bridges what the log has lost.
#pragma once

#include <filesystem>

#include "reset/join_plan.h"
#include "topology/disk_position.h"

namespace orders::reset {

/// Reads where the buffer in `folder` stands, if the log does not suffice without it. False, too, where it can't be
/// read: the daemon would set it aside.
[[nodiscard]] bool bridges(const std::filesystem::path& folder, const topology::BufferIdentity& identity,
                           const Task& task);

}  // namespace orders::reset
