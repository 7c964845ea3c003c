// One function a command: it adds itself to the tree. Each stands in the file of its name.
#pragma once

#include "ordersctl/app.h"

namespace orders::ctl {

void add_order_create(CLI::App& group, Invocation& invocation);
void add_order_get(CLI::App& group, Invocation& invocation);
void add_order_list(CLI::App& group, Invocation& invocation);
void add_order_count(CLI::App& group, Invocation& invocation);
void add_order_trace(CLI::App& group, Invocation& invocation);
void add_state_get(CLI::App& group, Invocation& invocation);
void add_state_list(CLI::App& group, Invocation& invocation);
void add_state_count(CLI::App& group, Invocation& invocation);
void add_state_stats(CLI::App& group, Invocation& invocation);
void add_state_export(CLI::App& group, Invocation& invocation);
void add_state_verify(CLI::App& group, Invocation& invocation);
void add_join_list(CLI::App& group, Invocation& invocation);
void add_join_export(CLI::App& group, Invocation& invocation);
void add_topics_create(CLI::App& group, Invocation& invocation);
void add_topics_check(CLI::App& group, Invocation& invocation);
void add_db_migrate(CLI::App& group, Invocation& invocation);
void add_db_status(CLI::App& group, Invocation& invocation);
void add_config_check(CLI::App& group, Invocation& invocation);
void add_config_show(CLI::App& group, Invocation& invocation);
void add_config_schema(CLI::App& group, Invocation& invocation);
void add_config_example(CLI::App& group, Invocation& invocation);
void add_replay_local(CLI::App& group, Invocation& invocation);
void add_replay_reset(CLI::App& group, Invocation& invocation);
void add_replay_capture(CLI::App& group, Invocation& invocation);
void add_replay_topics(CLI::App& group, Invocation& invocation);
void add_replay_compare(CLI::App& group, Invocation& invocation);
void add_dlq_list(CLI::App& group, Invocation& invocation);
void add_dlq_show(CLI::App& group, Invocation& invocation);
void add_dlq_drain(CLI::App& group, Invocation& invocation);
void add_status(CLI::App& app, Invocation& invocation);
void add_lag(CLI::App& app, Invocation& invocation);
void add_log_level(CLI::App& app, Invocation& invocation);
void add_topology(CLI::App& app, Invocation& invocation);
void add_doctor(CLI::App& app, Invocation& invocation);
void add_simulate(CLI::App& app, Invocation& invocation);
/// Prints the script for the tree as it stands, `app` itself included.
void add_completion(CLI::App& app, Invocation& invocation);
/// Hidden: what those scripts ask for values of the live system.
void add_complete(CLI::App& app, Invocation& invocation);

}  // namespace orders::ctl
