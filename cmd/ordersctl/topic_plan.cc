#include "ordersctl/topic_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds a_day = 24h;
constexpr std::string_view unlimited = "9223372036854775807";

/// What is wrong with one topic that is there.
class Check {
 public:
  Check(const TopicPlan& plan, const TopicState& state, const config::Config& config)
      : plan_(plan), state_(state), config_(config) {}

  std::vector<Finding> run() {
    if (!state_.config) {
      add(Level::warn, fmt::format("its configuration can't be read: {}", state_.config_error), {});
      return std::move(findings_);
    }
    switch (plan_.role) {
      case Role::payments:
      case Role::stock:
        check_input();
        break;
      case Role::orders:
        check_orders();
        break;
      case Role::dead_letter:
        check_dead_letter();
        break;
      case Role::drained:
        check_drained();
        break;
    }
    return std::move(findings_);
  }

 private:
  std::string value(const std::string& name) const {
    const auto found = state_.config->find(name);
    return found == state_.config->end() ? std::string{} : found->second;
  }
  bool has_policy(std::string_view policy) const { return value("cleanup.policy").find(policy) != std::string::npos; }
  /// In milliseconds; nothing: for ever, or not known.
  std::optional<Milliseconds> duration(const std::string& name) const {
    const auto ms = parse_int64(value(name));
    return ms && *ms >= 0 && value(name) != unlimited ? std::optional(Milliseconds(*ms)) : std::nullopt;
  }

  void add(Level level, std::string what, std::string mend) {
    findings_.push_back({level, plan_.name, std::move(what), std::move(mend)});
  }
  void add_setting(Level level, std::string what, const std::string& setting, const std::string& wanted) {
    add(level, std::move(what),
        fmt::format("kafka-configs.sh --bootstrap-server {} --alter --topic {} --add-config {}={}",
                    config_.kafka.bootstrap_servers, plan_.name, setting, wanted));
  }

  void check_input() {
    if (has_policy("compact")) {
      add_setting(Level::error, "it is compacted: answers that a restart has to read again may be gone",
                  "cleanup.policy", "delete");
    }
    const auto needed = needed_retention(config_.join);
    if (const auto kept = duration("retention.ms"); has_policy("delete") && kept && *kept < needed) {
      const auto rebuild = 2 * (config_.join.before + config_.join.after + config_.join.grace);
      add_setting(
          *kept < 4 * rebuild ? Level::error : Level::warn,
          fmt::format("answers are kept for {} only: after a longer outage they are gone", format_duration(*kept)),
          "retention.ms", std::to_string(needed.count()));
    }
    if (const auto bytes = value("retention.bytes"); !bytes.empty() && bytes != "-1") {
      add_setting(Level::warn, fmt::format("it is cut at {} bytes, whatever their age", bytes), "retention.bytes",
                  "-1");
    }
    if (const auto limit = value("message.timestamp.after.max.ms"); limit.empty() || limit == unlimited) {
      add_setting(Level::warn, "timestamps from the far future are let in: one of them makes all others late",
                  "message.timestamp.after.max.ms", "3600000");
    }
  }

  /// Results and dead letters are a little larger than the records that they come from, and go in batches.
  void check_record_size() {
    const auto limit = parse_int64(value("max.message.bytes"));
    const auto needed = needed_record_size(config_.limits);
    if (!limit || *limit >= needed) return;
    add_setting(Level::warn,
                fmt::format("it takes batches of {} bytes, and those of results and dead letters have up to {} "
                            "(limits.record: {}): what it refuses is found at a cost, and is no result",
                            *limit, needed, config_.limits.record),
                "max.message.bytes", std::to_string(needed));
  }

  void check_orders() {
    check_record_size();
    if (const auto kept = duration("retention.ms"); has_policy("delete") && kept) {
      add_setting(
          Level::warn,
          fmt::format("orders are deleted after {}: a view that is built anew would miss them", format_duration(*kept)),
          "cleanup.policy", "compact");
    }
    if (const auto kept = duration("delete.retention.ms"); has_policy("compact") && kept && *kept < a_day) {
      add_setting(Level::warn,
                  fmt::format("tombstones are kept for {}: a table that is away for longer is built anew",
                              format_duration(*kept)),
                  "delete.retention.ms", std::to_string(a_day.count()));
    }
  }

  void check_dead_letter() {
    check_record_size();
    if (has_policy("compact")) {
      add_setting(Level::error, "it is compacted, but keys repeat here and each letter counts", "cleanup.policy",
                  "delete");
    }
    if (const auto kept = duration("retention.ms"); has_policy("delete") && kept) {
      add_setting(Level::warn, fmt::format("dead letters are gone after {}", format_duration(*kept)), "retention.ms",
                  "-1");
    }
  }

  void check_drained() {
    const auto kept = duration("retention.ms");
    if (has_policy("compact") && !(has_policy("delete") && kept)) return;
    if (!has_policy("compact") && !kept) return;
    add_setting(Level::error, "its marks are deleted some day: letters could be drained twice", "cleanup.policy",
                "compact");
  }

  const TopicPlan& plan_;
  const TopicState& state_;
  const config::Config& config_;
  std::vector<Finding> findings_;
};

/// "orders 4, payment-orders 6, stock-orders 4", if they differ.
std::string differing_counts(const std::vector<TopicPlan>& plan, const std::vector<TopicState>& states) {
  std::string text;
  std::int32_t first = 0;
  bool differ = false;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (!joined(plan[i].role) || states[i].partitions == 0) continue;
    if (first == 0) first = states[i].partitions;
    differ = differ || states[i].partitions != first;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", plan[i].name, states[i].partitions);
  }
  return differ ? text : std::string{};
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::orders:
      return "orders";
    case Role::payments:
      return "payments";
    case Role::stock:
      return "stock";
    case Role::dead_letter:
      return "dead_letter";
    case Role::drained:
      return "drained";
  }
  return "?";
}

bool joined(Role role) { return role == Role::orders || role == Role::payments || role == Role::stock; }

std::string_view to_string(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "?";
}

Milliseconds needed_retention(const config::Join& join) {
  return std::max<Milliseconds>(7 * a_day, 4 * 2 * (join.before + join.after + join.grace));
}

std::int64_t needed_record_size(const config::Limits& limits) {
  constexpr std::int64_t headers = 64 * 1'024;
  constexpr std::int64_t a_batch = 1'048'588;  // Kafka's default; librdkafka's batches (batch.size) are below it
  return std::max(static_cast<std::int64_t>(limits.record) + headers, a_batch);
}

std::vector<TopicPlan> topic_plan(const config::Config& config) {
  const auto& topics = config.topics;
  const std::map<std::string, std::string> input = {
      {"cleanup.policy", "delete"},
      {"retention.ms", std::to_string(needed_retention(config.join).count())},
      {"message.timestamp.after.max.ms", "3600000"},
  };
  const auto size = std::to_string(needed_record_size(config.limits));
  return {
      {Role::orders,
       topics.orders,
       {{"cleanup.policy", "compact"},
        {"delete.retention.ms", std::to_string(a_day.count())},
        {"max.message.bytes", size}}},
      {Role::payments, topics.payments, input},
      {Role::stock, topics.stock, input},
      {Role::dead_letter,
       topics.dead_letter,
       {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"max.message.bytes", size}}},
      {Role::drained, topics.drained, {{"cleanup.policy", "compact"}}},
  };
}

std::vector<Finding> check_topics(const std::vector<TopicPlan>& plan, const std::vector<TopicState>& states,
                                  const config::Config& config) {
  std::vector<Finding> findings;
  if (const auto counts = differing_counts(plan, states); !counts.empty()) {
    findings.push_back({Level::error, counts, "their partition counts differ: answers would not meet",
                        "make the topics anew with one count: partitions that are added move keys"});
  }
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (states[i].partitions == 0) {
      findings.push_back({Level::error, plan[i].name, "it is not there", "ordersctl topics create"});
      continue;
    }
    auto found = Check(plan[i], states[i], config).run();
    if (found.empty()) {
      found.push_back({Level::ok,
                       plan[i].name,
                       fmt::format("{} partition{}", states[i].partitions, states[i].partitions == 1 ? "" : "s"),
                       {}});
    }
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  return findings;
}

bool any_error(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.level == Level::error; });
}

}  // namespace orders::ctl
