#include <CLI/CLI.hpp>

#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <set>

#include "base/bytes.h"
#include "config/options.h"
#include "failure/dead_letter.h"
#include "kafka/admin.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

// Who presses Tab does not wait: one answer takes at most this, and all of it a little more.
constexpr Milliseconds answer_timeout{250};
constexpr suseconds_t all_microseconds = 300'000;

struct Options {
  std::string kind, prefix;
};

/// What was written until then is offered, wherever the rest hangs: in a name that is looked up, on a slow disk.
void end_in_time() {
  struct sigaction action {};
  action.sa_handler = [](int) { ::_exit(0); };
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval timer{{0, 0}, {0, all_microseconds}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

/// Writes each value that begins with the prefix, once.
class Offer {
 public:
  explicit Offer(const std::string& prefix) : prefix_(prefix) {}
  void operator()(const std::string& value) {
    if (value.starts_with(prefix_) && offered_.insert(value).second) write_out(value + "\n");
  }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

 private:
  const std::string& prefix_;
  std::set<std::string> offered_;
};

/// Those of the configuration, then what else the broker has.
void offer_topics(Context& context, Offer& offer) {
  const auto config = context.config();
  if (!config) return;
  const auto& ours = (*config)->topics;
  for (const auto& name : {ours.orders, ours.payments, ours.stock, ours.dead_letter, ours.drained}) offer(name);
  const auto connection = context.connection();
  if (!connection) return;
  const auto admin = kafka::Admin::create(*connection);
  if (!admin) return;
  const auto topics = admin->all_topics(answer_timeout);
  if (!topics) return;
  const bool internal = offer.prefix().starts_with("__");
  for (const auto& topic : *topics) {
    if (internal || !topic.name.starts_with("__")) offer(topic.name);
  }
}

/// The id just below the first that begins with these digits, of the length that our ids have.
std::optional<std::int64_t> below_first(std::string_view digits) {
  constexpr std::size_t length = 18;
  const auto number = parse_int64(digits);
  if (!number || *number <= 0 || digits.size() > length) return std::nullopt;
  auto first = *number;
  for (auto i = digits.size(); i < length; ++i) first *= 10;
  return first - 1;
}

void offer_page(Daemon& daemon, std::optional<std::int64_t> after, Offer& offer) {
  Pairs query{{"limit", "100"}};
  if (after) query.emplace_back("after", std::to_string(*after));
  const auto body = daemon.get("/api/orders/store", query, {}, answer_timeout);
  if (!body) return;
  for (const auto row : raw_json::elements(raw_json::member(*body, "rows").value_or("[]"))) {
    offer(raw_json::text(row, "key"));
  }
}

void offer_orders(Context& context, Offer& offer) {
  const auto daemon = context.daemon();
  if (!daemon) return;
  offer_page(**daemon, std::nullopt, offer);
  if (const auto after = below_first(offer.prefix())) offer_page(**daemon, after, offer);
}

void offer_reasons(Offer& offer) {
  for (const auto name : failure::reason_names()) offer(std::string(name));
}

/// "join.late=", and behind the '=' what may stand there.
void offer_options(Offer& offer) {
  const auto& prefix = offer.prefix();
  const auto equals = prefix.find('=');
  if (equals == std::string::npos) {
    for (const auto& name : config::option_names()) offer(name + "=");
    return;
  }
  const auto* option = config::find_option(prefix.substr(0, equals));
  if (option == nullptr) return;
  for (const auto& choice : option->choices) offer(option->name + "=" + choice);
}

Result<ExitCode> complete(Context& context, const Options& options) {
  end_in_time();
  Offer offer(options.prefix);
  if (options.kind == "topics") offer_topics(context, offer);
  if (options.kind == "orders") offer_orders(context, offer);
  if (options.kind == "reasons") offer_reasons(offer);
  if (options.kind == "options") offer_options(offer);
  return ExitCode::done;
}

}  // namespace

void add_complete(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("__complete", "Values for the completion scripts, a line each; silent on failure");
  command->group("");  // it is not for people
  command->add_option("KIND", options->kind, "topics, orders, reasons or options")->required()->type_name("");
  command->add_option("PREFIX", options->prefix, "What is typed already")->type_name("");
  on_run(*command, invocation, options, complete);
}

}  // namespace orders::ctl
