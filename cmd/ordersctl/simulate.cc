#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <sstream>

#include "base/file.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/progress.h"
#include "ordersctl/simulate_engine.h"
#include "ordersctl/simulate_make.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

struct Options {
  std::int64_t seed = 1, count = 0, make = 0, rate = 0;
  double payment_reject = 0, stock_reject = 0;
  Milliseconds delay_min{0}, delay_max{0}, idle{0}, verify_timeout{30'000};
  bool verify = false;
  std::string instance;
};

/// "20ms..500ms", or one duration for both.
void parse_delay(const std::string& text, Options& options) {
  const auto dots = text.find("..");
  auto low = parse_duration(text.substr(0, dots));
  auto high = dots == std::string::npos ? low : parse_duration(text.substr(dots + 2));
  if (!low || !high) throw CLI::ValidationError("--delay", (low ? high : low).error().message);
  if (*high < *low) throw CLI::ValidationError("--delay", fmt::format("{} ends before it begins", text));
  options.delay_min = *low;
  options.delay_max = *high;
}

/// The codes of a catalog file, so that what is made can be ordered; empty where there is no such file.
std::vector<std::string> products(const config::Catalog& catalog) {
  std::vector<std::string> codes;
  if (catalog.backend != config::CatalogBackend::file) return codes;
  const auto text = read_file(catalog.location);
  std::istringstream lines(text ? *text : std::string{});
  for (std::string line; std::getline(lines, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin != std::string::npos) codes.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
  }
  return codes;
}

/// What was answered, counted and printed as it comes.
class Answered {
 public:
  void add(const AnsweredOrder& order, bool print) {
    const auto expected = order::resolve(order.payment, order.stock);
    switch (expected.status) {
      case order::Status::confirmed:
        ++confirmed;
        break;
      case order::Status::rollback:
        ++rollback;
        break;
      default:
        ++rejected;
    }
    if (!print) return;
    // INVENTORY is the source of the stock answer, which a double reject keeps.
    const char* source = expected.source == order::SourceChange::null      ? "null"
                         : expected.source == order::SourceChange::payment ? "\"PAYMENT\""
                                                                           : "\"INVENTORY\"";
    lines_ +=
        fmt::format(R"({{"orderId":{},"payment":"{}","stock":"{}","expectedStatus":"{}","expectedSource":{}}})",
                    order.id, to_string(order.payment), to_string(order.stock), to_string(expected.status), source) +
        "\n";
  }
  void flush() {
    write_out(lines_);
    lines_.clear();
  }

  std::uint64_t confirmed = 0, rollback = 0, rejected = 0;

 private:
  std::string lines_;
};

class Simulation {
 public:
  Simulation(Context& context, const Options& options, const config::Config& config, kafka::Connection connection)
      : context_(context),
        options_(options),
        config_(config),
        engine_(engine_options(std::move(connection))),
        progress_("orders answered", options.count > 0 ? std::optional(number(options.count)) : std::nullopt,
                  context.quiet()) {}

  Result<ExitCode> run() {
    catch_stop_signals();
    auto daemon = target_of(config_.api);
    if (!daemon) return fail(std::move(daemon.error()));
    if (auto started = engine_.start(); !started) return fail(std::move(started.error()));
    if (options_.make > 0) {
      maker_.emplace(MakeOptions{*std::move(daemon), number(options_.make), number(options_.rate),
                                 number(options_.seed), products(config_.catalog)});
    }
    auto broken = loop();
    const auto made = maker_ ? maker_->made() : 0;
    maker_.reset();
    engine_.stop();
    if (options_.verify && !broken && !stop_requested()) engine_.verifier().give_up();
    progress_.clear();
    answered_.flush();
    print(made);
    if (broken) return fail(std::move(*broken));
    return verdict();
  }

 private:
  static std::uint64_t number(std::int64_t value) { return static_cast<std::uint64_t>(value); }

  EngineOptions engine_options(kafka::Connection connection) {
    EngineOptions engine;
    engine.connection = std::move(connection);
    engine.topics = config_.topics;
    engine.group = config_.application_id + "-simulate";
    engine.instance = options_.instance.empty() ? config_.instance_id : options_.instance;
    engine.rules = {number(options_.seed), options_.payment_reject, options_.stock_reject, options_.delay_min,
                    options_.delay_max};
    engine.count = number(options_.count);
    engine.verify = options_.verify;
    engine.answered = [this](const AnsweredOrder& order) { answered_.add(order, context_.format() == Format::ndjson); };
    return engine;
  }

  /// What ended it early, if something did.
  std::optional<Error> loop() {
    while (!stop_requested() && !finished()) {
      if (auto done = engine_.step(50ms); !done) return std::move(done.error());
      if (maker_ && maker_->finished()) {
        if (auto error = maker_->error()) return error;
      }
      answered_.flush();
      progress_.update(engine_.answered());
    }
    return std::nullopt;
  }

  bool finished() {
    if (engine_.pending() > 0 || (maker_ && !maker_->finished())) return false;
    const auto quiet_for = std::chrono::steady_clock::now() - engine_.last_news();
    const bool counted = options_.count > 0 && engine_.answered() >= number(options_.count);
    const bool idle = options_.idle > 0ms && quiet_for >= options_.idle;
    if (!counted && !idle) return false;
    return !options_.verify || engine_.verifier().waiting() == 0 || quiet_for >= options_.verify_timeout;
  }

  void print(std::uint64_t made) {
    const auto verified = engine_.verifier().verified();
    const auto different = engine_.verifier().differences().size();
    if (context_.format() == Format::json) {
      write_out(
          fmt::format(
              R"({{"made":{},"answered":{},"expected":{{"CONFIRMED":{},"ROLLBACK":{},"REJECTED":{}}},"verified":{},"differences":{}}})",
              made, engine_.answered(), answered_.confirmed, answered_.rollback, answered_.rejected,
              options_.verify ? std::to_string(verified) : "null",
              options_.verify ? std::to_string(different) : "null") +
          "\n");
    } else if (context_.format() == Format::table) {
      Table table({">MADE", ">ANSWERED", ">TO BE CONFIRMED", ">ROLLED BACK", ">REJECTED", ">VERIFIED", ">DIFFERENT"});
      table.add({grouped(made), grouped(engine_.answered()), grouped(answered_.confirmed), grouped(answered_.rollback),
                 grouped(answered_.rejected), options_.verify ? grouped(verified) : "-",
                 options_.verify ? grouped(different) : "-"});
      write_out(table.text(context_.colour()));
    }
  }

  Result<ExitCode> verdict() {
    const auto& verifier = engine_.verifier();
    if (verifier.waiting() > 0 && !context_.quiet()) {
      note(fmt::format("stopped before the results of {} were there", counted(verifier.waiting(), "order")));
    }
    if (verifier.differences().empty()) return ExitCode::done;
    constexpr std::size_t shown = 20;
    const auto& differences = verifier.differences();
    Error error{ErrorClass::bug, "the results differ from what the answers demand", {}};
    for (std::size_t i = 0; i < std::min(shown, differences.size()); ++i) {
      error.hint += (i == 0 ? "" : "\n") + differences[i].text();
    }
    if (differences.size() > shown) error.hint += fmt::format("\nand {} more", differences.size() - shown);
    report(error, colour_wanted(2, context_.globals().no_color));
    return ExitCode::differs;
  }

  Context& context_;
  const Options& options_;
  const config::Config& config_;
  Answered answered_;
  SimulateEngine engine_;
  Progress progress_;
  std::optional<OrderMaker> maker_;
};

Result<ExitCode> simulate(Context& context, const Options& options) {
  if (options.rate > 0 && options.make == 0)
    return fail(ErrorClass::invalid, "--rate is of the orders that --make makes");
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  return Simulation(context, options, **config, std::move(*connection)).run();
}

constexpr auto footer =
    "Every answer is the order's own JSON with status ACCEPT or REJECT and source PAYMENT or INVENTORY, written in "
    "one\n"
    "Kafka transaction with the offsets of what it answers: a restart answers nothing twice. The broker of\n"
    "ordersd --dev does not keep such offsets: there, a restart answers all orders again.\n"
    "ndjson: a line an order, {orderId, payment, stock, expectedStatus, expectedSource}, once it is answered.";

}  // namespace

void add_simulate(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("simulate", "Stand in for payment and inventory: answer new orders, until Ctrl-C");
  add_percent(*command, "--payment-reject", options->payment_reject, "How many orders payment rejects (0)");
  add_percent(*command, "--stock-reject", options->stock_reject, "How many orders inventory rejects (0)");
  add_integer(*command, "--seed", options->seed, "Which orders are rejected follows from seed and order id (1)", 0);
  command
      ->add_option_function<std::string>(
          "--delay", [options](const std::string& text) { parse_delay(text, *options); },
          "How long each answer takes, such as 20ms..2s (none)")
      ->type_name("MIN..MAX");
  add_integer(*command, "--count", options->count, "Stop after so many orders", 1);
  add_duration(*command, "--idle", options->idle, "Stop when nothing came for so long");
  add_integer(*command, "--make", options->make, "Make so many orders too, through the daemon", 1);
  add_integer(*command, "--rate", options->rate, "Make so many a second, instead of as many as are taken", 1);
  command->add_flag("--verify", options->verify,
                    "Compare the results on orders with what the answers demand; 6 if they differ");
  add_duration(*command, "--verify-timeout", options->verify_timeout, "How long to wait for results (PT30S)");
  command
      ->add_option("--instance", options->instance,
                   "Tells simulations that run at the same time apart. Default: instance_id")
      ->type_name("NAME");
  command->footer(footer);
  on_run(*command, invocation, options, simulate);
}

}  // namespace orders::ctl
