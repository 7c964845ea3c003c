#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/topics.h"

namespace orders::ctl {
namespace {

constexpr std::int32_t default_partitions = 4;
constexpr auto timestamp_limit = "message.timestamp.after.max.ms";

struct Options {
  std::int64_t partitions = 0;           ///< 0: those of a topic that is there, else the default
  std::int64_t replication_factor = -1;  ///< -1: the broker's default
};

/// The count that the joined topics have to share.
Result<std::int32_t> partition_count(const Options& options, const std::vector<TopicPlan>& plan,
                                     const std::vector<TopicState>& states) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (!preflight::joined(plan[i].role) || states[i].partitions == 0) continue;
    if (options.partitions > 0 && options.partitions != states[i].partitions) {
      return fail(ErrorClass::bug,
                  fmt::format("{} is there with {} partitions: others with {} would not fit it", plan[i].name,
                              states[i].partitions, options.partitions),
                  fmt::format("--partitions {}, or delete the topic first; nothing was created", states[i].partitions));
    }
    return states[i].partitions;
  }
  return options.partitions > 0 ? static_cast<std::int32_t>(options.partitions) : default_partitions;
}

/// Brokers before 3.6 do not know the limit on timestamps and refuse the whole topic for it.
Result<> create_topic(const kafka::Admin& admin, kafka::NewTopic topic) {
  auto created = admin.create_topic(topic, broker_timeout);
  if (created || created.error().message.find(timestamp_limit) == std::string::npos) return created;
  note(fmt::format("{}: the broker does not know {}; created without it", topic.name, timestamp_limit));
  topic.config.erase(timestamp_limit);
  return admin.create_topic(topic, broker_timeout);
}

/// A broker shows new topics a moment after the controller has made them; who comes next should find them.
Result<> await_topics(const kafka::Admin& admin, const std::vector<TopicPlan>& plan) {
  std::vector<std::string> names;
  for (const auto& topic : plan) names.push_back(topic.name);
  const auto until = std::chrono::steady_clock::now() + broker_timeout;
  while (true) {
    auto topics = admin.topics(names, broker_timeout);
    if (!topics) return fail(std::move(topics.error()));
    const auto hidden = std::find_if(topics->begin(), topics->end(), [](const auto& t) { return t.partitions == 0; });
    if (hidden == topics->end()) return {};
    if (std::chrono::steady_clock::now() > until) {
      return fail(ErrorClass::wait, fmt::format("topic {} was created, but the broker does not show it", hidden->name));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string created_json(const std::vector<TopicPlan>& plan, const std::vector<bool>& created,
                         const std::vector<TopicState>& states, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (i > 0) text += separator;
    text += fmt::format(R"({{"role":"{}","topic":{},"partitions":{},"created":{}}})", to_string(plan[i].role),
                        raw_json::quote(plan[i].name), states[i].partitions, created[i] ? "true" : "false");
  }
  return text;
}

void print(const Context& context, const std::vector<TopicPlan>& plan, const std::vector<bool>& created,
           const std::vector<TopicState>& states, const std::vector<Finding>& findings) {
  if (context.format() == Format::ndjson) return write_out(created_json(plan, created, states, "\n") + "\n");
  if (context.format() == Format::json) {
    return write_out(fmt::format("{{\"topics\":[{}],\"findings\":{}}}\n", created_json(plan, created, states, ","),
                                 findings_json(findings, false)));
  }
  Table table({"TOPIC", ">PARTITIONS", "RESULT"});
  for (std::size_t i = 0; i < plan.size(); ++i) {
    table.add({plan[i].name, std::to_string(states[i].partitions), created[i] ? "created" : "was there"});
  }
  write_out(table.text(context.colour()));
  std::vector<Finding> bad;
  for (const auto& finding : findings) {
    if (finding.level != Level::ok) bad.push_back(finding);
  }
  if (!bad.empty()) write_out("\n" + findings_text(bad, context.colour()));
}

Result<ExitCode> create(Context& context, const Options& options) {
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto admin = kafka::Admin::create(*connection);
  if (!admin) return fail(std::move(admin.error()));
  const auto plan = preflight::topic_plan(**config);
  auto states = preflight::read_topics(*admin, plan, broker_timeout);
  if (!states) return fail(std::move(states.error()));
  auto count = partition_count(options, plan, *states);
  if (!count) return fail(std::move(count.error()));
  const auto partitions = *count;
  std::vector<bool> created(plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if ((*states)[i].partitions > 0) continue;
    auto done = create_topic(
        *admin, {plan[i].name, partitions, static_cast<std::int32_t>(options.replication_factor), plan[i].config});
    // Somebody else may have made it meanwhile: then it is there, and what was asked for is done.
    if (!done && done.error().error_class != ErrorClass::refused) return fail(std::move(done.error()));
    created[i] = done.has_value();
    (*states)[i].partitions = partitions;
    (*states)[i].config = plan[i].config;
  }
  if (auto shown = await_topics(*admin, plan); !shown) return fail(std::move(shown.error()));
  const auto findings = preflight::check_topics(plan, *states, **config);
  print(context, plan, created, *states, findings);
  return verdict(findings);
}

}  // namespace

void add_topics_create(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand(
      "create", "Create the topics that are missing; those that are there are checked, never changed");
  add_integer(*command, "--partitions", options->partitions,
              "Partitions of each. Default: those of a topic that is there, else 4", 1, 100'000);
  add_integer(*command, "--replication-factor", options->replication_factor, "Copies of each. Default: the broker's", 1,
              1'000);
  on_run(*command, invocation, options, create);
}

}  // namespace orders::ctl
