#include "topology/task_options.h"

namespace orders::topology {

TaskOptions task_options(const config::Config& config) {
  TaskOptions task;
  task.topics = config.topics;
  task.settings.join = {.before = config.join.before,
                        .after = config.join.after,
                        .grace = config.join.grace,
                        .suppress_duplicates = config.join.duplicates == config::Duplicates::suppress,
                        .pass_unknown = config.join.unknown_status == config::UnknownStatus::pass};
  task.settings.key_format = config.topics.key_format;
  task.late = config.join.late;
  task.unmatched = config.join.unmatched;
  task.record_limit = config.limits.record;
  task.origin = {config.application_id, config.instance_id, "join"};
  return task;
}

}  // namespace orders::topology
