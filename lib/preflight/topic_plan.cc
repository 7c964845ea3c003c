#include "preflight/topic_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace orders::preflight {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds a_day = 24h;
constexpr std::string_view unlimited = "9223372036854775807";

std::string kafka_configs(const config::Config& config, std::string_view topic, std::string_view setting,
                          std::string_view value) {
  return fmt::format("kafka-configs.sh --bootstrap-server {} --alter --topic {} --add-config {}={}",
                     config.kafka.bootstrap_servers, topic, setting, value);
}

std::string value_of(const TopicState& state, const std::string& setting) {
  const auto found = state.config->find(setting);
  return found == state.config->end() ? std::string{} : found->second;
}

/// What is wrong with one topic that is there.
class Check {
 public:
  Check(const TopicPlan& plan, const TopicState& state, const config::Config& config)
      : plan_(plan), state_(state), config_(config) {}

  std::vector<Finding> run() {
    if (!state_.config) {
      findings_.push_back(
          {Level::warn, plan_.name, fmt::format("its configuration can't be read: {}", state_.config_error), {}});
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
  std::string value(const std::string& setting) const { return value_of(state_, setting); }
  bool has_policy(std::string_view policy) const { return value("cleanup.policy").find(policy) != std::string::npos; }
  /// In milliseconds; nothing: for ever, or not known.
  std::optional<Milliseconds> duration(const std::string& setting) const {
    const auto ms = parse_int64(value(setting));
    return ms && *ms >= 0 && value(setting) != unlimited ? std::optional(Milliseconds(*ms)) : std::nullopt;
  }
  /// Its age does not matter: the oldest go when it has so many bytes.
  bool is_cut_by_size() const {
    const auto bytes = value("retention.bytes");
    return has_policy("delete") && !bytes.empty() && bytes != "-1";
  }
  bool is_limited(const std::string& setting) const { return !value(setting).empty() && value(setting) != unlimited; }

  /// `wanted` is what the command sets, `needed` what would do.
  void add(Level level, const std::string& setting, std::string_view needed, std::string_view wanted,
           std::string_view why) {
    const auto found = value(setting);
    findings_.push_back({level, plan_.name,
                         fmt::format("{} is {}, {} be {}: {}", setting, found.empty() ? "not set" : found,
                                     level == Level::error ? "must" : "should", needed, why),
                         kafka_configs(config_, plan_.name, setting, wanted)});
  }
  void add(Level level, const std::string& setting, std::string_view wanted, std::string_view why) {
    add(level, setting, wanted, wanted, why);
  }

  void check_input() {
    if (has_policy("compact")) {
      add(Level::error, "cleanup.policy", "delete", "answers that a restart has to read again may be gone");
    }
    check_input_retention();
    check_future_timestamps();
  }

  void check_input_retention() {
    const auto least = least_retention(config_.join);
    const auto advised = advised_retention(config_.join);
    const auto wanted = std::to_string(advised.count());
    if (const auto kept = duration("retention.ms"); has_policy("delete") && kept && *kept < least) {
      add(Level::error, "retention.ms", fmt::format("at least {} ({})", least.count(), format_duration(least)), wanted,
          "the join's window and grace reach back further than answers are kept");
    } else if (has_policy("delete") && kept && *kept < advised) {
      add(Level::warn, "retention.ms", fmt::format("{} ({})", wanted, format_duration(advised)), wanted,
          fmt::format("after an outage of {} answers are gone", format_duration(*kept)));
    }
    if (is_cut_by_size()) add(Level::warn, "retention.bytes", "-1", "answers go by size then, whatever their age");
  }

  /// Brokers before 3.6 have one limit for both directions, later ones may have both settings.
  void check_future_timestamps() {
    const std::string after = "message.timestamp.after.max.ms";
    const std::string difference = "message.timestamp.difference.max.ms";
    if (value("message.timestamp.type") == "LogAppendTime" || is_limited(after) || is_limited(difference)) return;
    const auto& setting = value(after).empty() && !value(difference).empty() ? difference : after;
    add(Level::warn, setting, "3600000",
        "timestamps from the far future are let in, and one of them makes all others late");
  }

  /// Results and dead letters are a little larger than the records that they come from.
  void check_record_size() {
    const auto limit = parse_int64(value("max.message.bytes"));
    const auto needed = needed_record_size(config_.limits);
    if (!limit || *limit >= needed) return;
    add(Level::warn, "max.message.bytes", fmt::format("at least {}", needed), std::to_string(needed),
        fmt::format("batches of results and dead letters have up to {} bytes (limits.record: {}), and what the topic "
                    "refuses is found at a cost, and is no result",
                    needed, config_.limits.record));
  }

  void check_orders() {
    check_record_size();
    if (const auto kept = duration("retention.ms"); has_policy("delete") && kept) {
      add(Level::warn, "cleanup.policy", "compact, or retention.ms -1", "compact",
          fmt::format("orders are deleted after {}, and a view that is built anew would miss them",
                      format_duration(*kept)));
    }
    if (is_cut_by_size()) {
      add(Level::warn, "retention.bytes", "-1",
          "orders go by size then, and a view that is built anew would miss them");
    }
    if (const auto kept = duration("delete.retention.ms"); has_policy("compact") && kept && *kept < a_day) {
      add(Level::warn, "delete.retention.ms", std::to_string(a_day.count()),
          fmt::format("a table that is away for longer than {} is built anew", format_duration(*kept)));
    }
  }

  void check_dead_letter() {
    check_record_size();
    if (has_policy("compact"))
      add(Level::error, "cleanup.policy", "delete", "keys repeat here, and each letter counts");
    if (const auto kept = duration("retention.ms"); has_policy("delete") && kept) {
      add(Level::error, "retention.ms", "-1", fmt::format("dead letters are gone after {}", format_duration(*kept)));
    }
    if (is_cut_by_size()) add(Level::error, "retention.bytes", "-1", "dead letters go by size then");
  }

  void check_drained() {
    const auto kept = duration("retention.ms");
    if (has_policy("compact") && !(has_policy("delete") && kept)) return;
    if (!has_policy("compact") && !kept) return;
    add(Level::error, "cleanup.policy", "compact",
        "its marks are deleted some day, and letters could be drained twice");
  }

  const TopicPlan& plan_;
  const TopicState& state_;
  const config::Config& config_;
  std::vector<Finding> findings_;
};

/// The inputs' times are compared with one another: they must be of one kind.
std::optional<Finding> mixed_timestamps(const std::vector<TopicPlan>& plan, const std::vector<TopicState>& states,
                                        const config::Config& config) {
  const std::string setting = "message.timestamp.type";
  const TopicPlan* first = nullptr;
  std::string type;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const bool input = plan[i].role == Role::payments || plan[i].role == Role::stock;
    if (!input || states[i].partitions == 0 || !states[i].config) continue;
    const auto here = value_of(states[i], setting);
    if (here.empty()) continue;  // just made, by the broker's default
    if (first != nullptr && here != type) {
      const auto& odd = type == "CreateTime" ? plan[i].name : first->name;
      return Finding{Level::warn, fmt::format("{}, {}", first->name, plan[i].name),
                     fmt::format("{} is {} and {}, should be the same: the window would compare the time of an answer "
                                 "with that of a broker's clock",
                                 setting, type, here),
                     kafka_configs(config, odd, setting, "CreateTime")};
    }
    first = &plan[i];
    type = here;
  }
  return std::nullopt;
}

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

Milliseconds least_retention(const config::Join& join) {
  const auto retention = join.before + join.after + join.grace;
  const int times = join.duplicates == config::Duplicates::suppress ? 2 : 1;
  return retention * times + std::max(join.before, join.after);
}

Milliseconds advised_retention(const config::Join& join) {
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
      {"retention.ms", std::to_string(advised_retention(config.join).count())},
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
  if (auto mixed = mixed_timestamps(plan, states, config)) findings.push_back(*std::move(mixed));
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

}  // namespace orders::preflight
