#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "kafka/admin.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/topology_graph.h"
#include "preflight/topic_plan.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string format;  ///< empty: as --output says
  bool offline = false;
  Milliseconds timeout{5'000};
};

/// By topic. Without an answer the graph is as good, but for the counts.
std::map<std::string, std::int32_t> live_counts(Context& context, const config::Config& config,
                                                const Options& options) {
  std::vector<std::string> names;
  for (const auto& topic : preflight::topic_plan(config)) names.push_back(topic.name);
  auto found = context.connection()
                   .and_then([](const kafka::Connection& connection) { return kafka::Admin::create(connection); })
                   .and_then([&](const kafka::Admin& admin) { return admin.topics(names, options.timeout); });
  std::map<std::string, std::int32_t> counts;
  if (!found) {
    if (!context.quiet()) note("without partition counts: " + found.error().text());
    return counts;
  }
  for (const auto& topic : *found) counts[topic.name] = topic.partitions;
  return counts;
}

std::string rendered(const TopologyGraph& graph, const std::string& format) {
  if (format == "dot") return topology_dot(graph);
  if (format == "mermaid") return topology_mermaid(graph);
  return format == "json" ? topology_json(graph) : topology_text(graph);
}

Result<ExitCode> topology(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  std::map<std::string, std::int32_t> counts;
  if (!options.offline) counts = live_counts(context, **config, options);
  const auto format = !options.format.empty() ? options.format : context.format() == Format::table ? "text" : "json";
  write_out(rendered(topology_graph(**config, counts), format));
  return ExitCode::done;
}

}  // namespace

void add_topology(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("topology", "The graph of topics, parts and stores that the configuration makes");
  command->add_option("--format", options->format, "text, dot, mermaid or json. Default: as --output says")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "dot", "mermaid", "json"}));
  command->add_flag("--offline", options->offline, "From the configuration alone, without partition counts");
  add_duration(*command, "--timeout", options->timeout, "How long the broker is waited for. Default: PT5S");
  command->footer("Without an answer of the broker the graph has no partition counts. See ordersctl-status(1).");
  on_run(*command, invocation, options, topology);
}

}  // namespace orders::ctl
