#include "ordersctl/app.h"

#include <CLI/CLI.hpp>
#include <csignal>

#include <unistd.h>

#include "base/log.h"
#include "ordersctl/commands.h"
#include "ordersctl/output.h"
#include "ordersctl/usage.h"

namespace orders::ctl {
namespace {

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--config", globals.config,
                 "The configuration file. Default: $ORDERS_CONFIG, ./ordersd.yaml, /etc/orders/ordersd.yaml, then that "
                 "of a running ordersd --dev")
      ->type_name("FILE");
  app.add_option("--set", globals.set, "Override an option: join.window=PT30S. May be repeated")
      ->type_name("OPTION=VALUE")
      ->allow_extra_args(false);
  app.add_option("--output", globals.output, "table (default), json or ndjson")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json", "ndjson"}));
  app.add_flag("--no-color", globals.no_color, "No colour, as with NO_COLOR in the environment");
  app.add_flag("-q,--quiet", globals.quiet, "Nothing but results and errors");
  app.add_flag("-v,--verbose", globals.verbose, "Tell more of what is done, on standard error");
}

CLI::App& add_group(CLI::App& app, const char* name, const char* description) {
  auto* group = app.add_subcommand(name, description);
  group->require_subcommand(0, 1);
  return *group;
}

/// CLI11 lists only a command's own options; those of the program may stand behind the verb too. And the manual's page.
void tell_of_globals(CLI::App& command) {
  for (auto* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
    const auto text = "--config, --set, --output, --no-color, -q and -v may stand here too: see ordersctl --help\n"
                      "More: " + manual_page(*verb);
    verb->footer(verb->get_footer().empty() ? text : verb->get_footer() + "\n\n" + text);
    tell_of_globals(*verb);
  }
}

void set_up_log(const Globals& globals) {
  const auto level = globals.verbose ? LogLevel::debug : globals.quiet ? LogLevel::error : LogLevel::warn;
  set_up_logging(level, LogFormat::text, {"ordersctl"});
}

int run_action(Invocation& invocation) {
  set_up_log(invocation.globals);
  Context context(invocation.globals);
  auto outcome = invocation.action(context);
  if (outcome) return static_cast<int>(*outcome);
  report(outcome.error(), colour_wanted(STDERR_FILENO, invocation.globals.no_color));
  return static_cast<int>(exit_code(outcome.error().error_class));
}

int wrong_use(CLI::App& app, const CLI::ParseError* error, const Globals& globals) {
  report(usage_error(app, error), colour_wanted(STDERR_FILENO, globals.no_color));
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

void build_tree(CLI::App& app, Invocation& invocation) {
  app.name("ordersctl");
  app.description("The operators' tool of ordersd: orders, their state, topics, schema and configuration.");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", "ordersctl " ORDERS_VERSION, "Print the version and exit");
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(32);
  add_globals(app, invocation.globals);
  auto& order = add_group(app, "order", "Create orders and look at them");
  add_order_create(order, invocation);
  add_order_get(order, invocation);
  add_order_list(order, invocation);
  add_order_count(order, invocation);
  add_order_trace(order, invocation);
  auto& state = add_group(app, "state", "The table: the newest record of every order");
  add_state_get(state, invocation);
  add_state_list(state, invocation);
  add_state_count(state, invocation);
  add_state_stats(state, invocation);
  add_state_export(state, invocation);
  add_state_verify(state, invocation);
  auto& join = add_group(app, "join", "What waits for its other answer");
  add_join_list(join, invocation);
  add_join_export(join, invocation);
  auto& replay = add_group(app, "replay", "Captures of the topics, and the join run on them");
  add_replay_local(replay, invocation);
  add_replay_reset(replay, invocation);
  add_replay_capture(replay, invocation);
  add_replay_topics(replay, invocation);
  add_replay_compare(replay, invocation);
  auto& dlq = add_group(app, "dlq", "Dead letters: looking at them, and draining them");
  add_dlq_list(dlq, invocation);
  add_dlq_show(dlq, invocation);
  add_dlq_drain(dlq, invocation);
  auto& topics = add_group(app, "topics", "The topics, their partition counts and policies");
  add_topics_create(topics, invocation);
  add_topics_check(topics, invocation);
  auto& db = add_group(app, "db", "The database's schema");
  add_db_migrate(db, invocation);
  add_db_status(db, invocation);
  auto& config = add_group(app, "config", "The configuration, checked and shown");
  add_config_check(config, invocation);
  add_config_show(config, invocation);
  add_config_schema(config, invocation);
  add_config_example(config, invocation);
  add_status(app, invocation);
  add_lag(app, invocation);
  add_log_level(app, invocation);
  add_topology(app, invocation);
  add_doctor(app, invocation);
  add_simulate(app, invocation);
  add_completion(app, invocation);
  add_complete(app, invocation);
  tell_of_globals(app);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 nothing found, 4 something is unreachable,\n"
      "5 refused, 6 the results differ. More: ordersctl(1)");
}

int run(int argc, char** argv) {
  // write_out() ends the process as SIGPIPE would; what a socket does must not.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app;
  Invocation invocation;
  build_tree(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion&) {
    write_out("ordersctl " ORDERS_VERSION "\n");
    return 0;
  } catch (const CLI::CallForHelp&) {
    write_out(app.help());
    return 0;
  } catch (const CLI::ParseError& error) {
    return wrong_use(app, &error, invocation.globals);
  }
  if (!invocation.action) return wrong_use(app, nullptr, invocation.globals);
  return run_action(invocation);
}

}  // namespace orders::ctl
