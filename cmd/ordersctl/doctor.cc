#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "catalog/catalog.h"
#include "config/secrets.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/database.h"
#include "ordersctl/doctor_acls.h"
#include "ordersctl/doctor_facts.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

struct Options {
  bool acls = false;
  std::string principal;
  DoctorOptions looks;
};

/// Asks one place after the other; what can't be asked is a finding, and the others are asked all the same.
class Examination {
 public:
  Examination(Context& context, const config::Loaded& loaded, kafka::Connection connection,
              const DoctorOptions& options)
      : context_(context), loaded_(loaded), connection_(std::move(connection)), options_(options) {}

  Diagnoses run() && {
    const auto& config = loaded_.config;
    see_configuration();
    const auto daemon = daemon_facts(context_, options_.timeout);
    auto clock = clock_facts();
    auto limits = limit_facts(config);
    auto broker = BrokerFacts::open(connection_, config, options_);
    if (broker) {
      add({{Level::ok, "broker", fmt::format("cluster {} at {}", broker->cluster_id(), connection_.bootstrap_servers),
            {}}});
      see_broker(*broker, !daemon.unreachable, clock);
      limits.partitions = broker->partitions_of(config.topics.payments);
    } else {
      fault("broker", broker.error(), "bring it back, or mend kafka.bootstrap_servers");
    }
    see_database(broker ? &*broker : nullptr);
    see_catalog();
    add(diagnose_state(state_facts(config)));
    add(diagnose_limits(limits));
    add(diagnose_clock(clock));
    add(diagnose_daemon(daemon, config, ORDERS_VERSION));
    return std::move(found_);
  }

 private:
  void add(Diagnoses more) { std::ranges::move(more, std::back_inserter(found_)); }
  void fault(std::string check, const Error& error, std::string mend) {
    add({{Level::error, std::move(check), error.message, error.hint.empty() ? std::move(mend) : error.hint}});
  }

  void see_configuration() {
    for (const auto& warning : loaded_.warnings) {
      add({{Level::warn, "configuration", warning.text(), "chmod o= the file, or move the secret to one of its own"}});
    }
    if (loaded_.warnings.empty()) add({{Level::ok, "configuration", "nothing wrong in it", {}}});
  }

  void see_broker(BrokerFacts& broker, bool daemon_answers, ClockFacts& clock) {
    const auto& config = loaded_.config;
    const auto plan = preflight::topic_plan(config);
    auto topics = broker.topics();
    if (!topics) return fault("topics", topics.error(), "ordersctl topics check");
    for (auto& finding : preflight::check_topics(plan, *topics, config)) {
      const bool untold = connection_.embedded && finding.level == Level::warn;  // its configuration
      add({{untold ? Level::ok : finding.level, "topic " + finding.topic, std::move(finding.what),
            std::move(finding.mend)}});
    }
    see_groups(broker, daemon_answers);
    if (auto held = broker.held_back(); held) {
      add(diagnose_transactions(*held, config, clock.now));
    } else {
      fault("transactions", held.error(), "ordersctl topics check");
    }
    see_inputs(broker, clock);
  }

  void see_groups(const BrokerFacts& broker, bool daemon_answers) {
    const auto& config = loaded_.config;
    std::vector<std::string> groups = {config.application_id};
    if (config.database.backend != config::DatabaseBackend::none) groups.push_back(config.application_id + "-database");
    for (const auto& id : groups) {
      if (connection_.embedded) {
        add({{Level::ok, "group " + id, "not looked at: the embedded broker of ordersd --dev can't describe it", {}}});
        continue;
      }
      auto group = broker.group(id, daemon_answers);
      if (group) {
        add(diagnose_group(*group));
      } else {
        fault("group " + id, group.error(), "look again in a moment; if it stays, the broker's own log says why");
      }
    }
  }

  void see_inputs(BrokerFacts& broker, ClockFacts& clock) {
    const auto& topics = loaded_.config.topics;
    auto payments = broker.sample(topics.payments);
    auto stock = broker.sample(topics.stock);
    for (const auto* sample : {&payments, &stock}) {
      if (!*sample) return fault("keys", sample->error(), "look again in a moment; if it stays, the broker's own log says why");
      const auto& [keys, newest, newest_at] = **sample;
      if (!newest || (clock.newest && *clock.newest >= *newest)) continue;
      clock.newest = newest;
      clock.newest_at = newest_at;
    }
    add(diagnose_keys(payments->keys, stock->keys, topics));
  }

  void see_database(const BrokerFacts* broker) {
    const auto& config = loaded_.config;
    if (config.database.backend != config::DatabaseBackend::postgresql) {
      const bool none = config.database.backend == config::DatabaseBackend::none;
      return add({{Level::ok, "database", none ? "none is configured" : "embedded: the daemon has it", {}}});
    }
    auto database = open_database(context_);
    if (!database) return fault("database", database.error(), "mend database.url");
    std::function<Result<std::optional<kafka::Watermarks>>(std::int32_t)> marks;
    if (broker != nullptr) {
      marks = [&](std::int32_t partition) { return broker->marks({config.topics.orders, partition}); };
    }
    add(diagnose_database(database_facts(**database, marks), config.topics.orders));
  }

  void see_catalog() {
    const auto& catalog = loaded_.config.catalog;
    if (catalog.backend != config::CatalogBackend::http) return;
    if (const auto answers = catalog::try_service(catalog); !answers) {
      const bool refuses = catalog.unavailable == config::Unavailable::refuse;
      return fault("catalog", answers.error(),
                   fmt::format("bring it back: new orders are {} meanwhile", refuses ? "refused" : "not checked"));
    }
    add({{Level::ok, "catalog", "answers at " + config::masked_url(catalog.location), {}}});
  }

  Context& context_;
  const config::Loaded& loaded_;
  kafka::Connection connection_;
  DoctorOptions options_;
  Diagnoses found_;
};

std::size_t count(const Diagnoses& diagnoses, Level level) {
  return static_cast<std::size_t>(std::ranges::count(diagnoses, level, &Diagnosis::level));
}

std::string diagnosis_json(const Diagnosis& diagnosis) {
  return fmt::format(R"({{"level":"{}","check":{},"finding":{},"mend":{}}})", to_string(diagnosis.level),
                     raw_json::quote(diagnosis.check), raw_json::quote(diagnosis.what),
                     diagnosis.mend.empty() ? "null" : raw_json::quote(diagnosis.mend));
}

std::string diagnoses_text(const Diagnoses& diagnoses, bool colour) {
  Table table({"LEVEL", "CHECK", "FINDING"});
  std::string mend;
  for (const auto& diagnosis : diagnoses) {
    table.add({std::string(to_string(diagnosis.level)), diagnosis.check, diagnosis.what});
    if (diagnosis.mend.empty()) continue;
    mend += fmt::format("  {}:\n", diagnosis.check);
    std::string_view rest = diagnosis.mend;
    while (!rest.empty()) mend += fmt::format("    {}\n", take_until(rest, '\n'));
  }
  return table.text(colour) + (mend.empty() ? "" : "\nTo mend:\n" + mend);
}

void print(const Context& context, const Diagnoses& diagnoses) {
  if (context.format() == Format::table) return write_out(diagnoses_text(diagnoses, context.colour()));
  const bool lines = context.format() == Format::ndjson;
  std::string text;
  for (const auto& diagnosis : diagnoses) {
    text += (text.empty() || lines ? "" : ",") + diagnosis_json(diagnosis) + (lines ? "\n" : "");
  }
  if (lines) return write_out(text);
  write_out(fmt::format("{{\"findings\":[{}],\"errors\":{},\"warnings\":{}}}\n", text, count(diagnoses, Level::error),
                        count(diagnoses, Level::warn)));
}

Result<ExitCode> doctor(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  if (options.acls) {
    print_acls(context, **config, options.principal);
    return ExitCode::done;
  }
  catch_stop_signals();
  auto loaded = context.load();
  if (!loaded) return fail(std::move(loaded.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  const auto diagnoses = Examination(context, **loaded, *std::move(connection), options.looks).run();
  if (stop_requested()) return fail(ErrorClass::bug, "stopped before everything was looked at");
  print(context, diagnoses);
  const auto errors = count(diagnoses, Level::error);
  if (errors == 0) return ExitCode::done;
  return fail(ErrorClass::bug, fmt::format("this installation is not sound: {}", counted(errors, "error")));
}

constexpr auto footer =
    "Changes nothing. Says for each finding how to mend it; 1 if any is an error. With --acls it prints what the\n"
    "broker has to permit the daemon, as commands or as JSON, and looks at nothing. See ordersctl-status(1).";

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("doctor", "What is wrong with this installation, and how to mend it");
  auto* acls =
      command->add_flag("--acls", options->acls, "Print the ACLs that this configuration needs, and nothing else");
  command->add_option("--principal", options->principal, "Whom they are for. Default: User: and sasl.username")
      ->type_name("PRINCIPAL")
      ->needs(acls);
  add_integer(*command, "--sample", options->looks.sample,
              "How many of the newest records of each input are compared. Default: 2000", 1, 1'000'000);
  add_duration(*command, "--timeout", options->looks.timeout, "How long each answer is waited for. Default: PT10S");
  add_duration(*command, "--wait", options->looks.wait,
               "How long a transaction may hold back a topic before it is told. Default: PT3S");
  command->footer(footer);
  on_run(*command, invocation, options, doctor);
}

}  // namespace orders::ctl
