// From the configuration to a task's options: the same for the daemon and for `replay local`.
#pragma once

#include "config/config.h"
#include "topology/task.h"

namespace orders::topology {

[[nodiscard]] TaskOptions task_options(const config::Config& config);

}  // namespace orders::topology
