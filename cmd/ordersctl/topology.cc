#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <map>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/topology_render.h"
#include "preflight/topic_states.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string format;  ///< empty: as --output says
  bool offline = false;
  Milliseconds timeout{5'000};
};

/// Without an answer the graph is as good, but for the counts.
std::map<std::string, std::int32_t> live_counts(Context& context, const config::Config& config,
                                                const Options& options) {
  auto counts = context.connection().and_then([&](const kafka::Connection& connection) {
    return preflight::partition_counts(connection, config, options.timeout);
  });
  if (counts) return *std::move(counts);
  if (!context.quiet()) note("without partition counts: " + counts.error().text());
  return {};
}

std::string rendered(const graph::Graph& graph, const std::string& format) {
  if (format == "dot") return topology_dot(graph);
  if (format == "mermaid") return topology_mermaid(graph);
  return format == "json" ? graph::graph_json(graph) + "\n" : topology_text(graph);
}

Result<ExitCode> topology(Context& context, const Options& options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  std::map<std::string, std::int32_t> counts;
  if (!options.offline) counts = live_counts(context, **config, options);
  const auto format = !options.format.empty() ? options.format : context.format() == Format::table ? "text" : "json";
  write_out(rendered(graph::graph_of(**config, counts), format));
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
