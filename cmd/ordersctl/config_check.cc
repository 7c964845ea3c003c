#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

std::string problem_json(const config::Problem& problem) {
  return fmt::format(R"({{"where":{},"option":{},"message":{}}})", raw_json::quote(problem.where),
                     raw_json::quote(problem.option), raw_json::quote(problem.message));
}

std::string list_json(const std::vector<config::Problem>& problems) {
  std::string list;
  for (const auto& problem : problems) list += (list.empty() ? "" : ",") + problem_json(problem);
  return "[" + list + "]";
}

std::string check_json(const std::string& path, const config::Loaded& loaded) {
  return fmt::format(R"({{"file":{},"ok":{},"problems":{},"warnings":{}}})",
                     path.empty() ? "null" : raw_json::quote(path), loaded.problems.empty(),
                     list_json(loaded.problems), list_json(loaded.warnings));
}

Result<ExitCode> check(Context& context) {
  auto file = context.config_file();
  if (!file) return fail(std::move(file.error()));
  auto loaded = context.load();
  if (!loaded) return fail(std::move(loaded.error()));
  const std::string path = *file ? (*file)->string() : "";
  const auto& problems = (*loaded)->problems;
  if (context.format() != Format::table) {
    write_out(check_json(path, **loaded) + "\n");
  } else {
    for (const auto& warning : (*loaded)->warnings) note("warning: " + warning.text());
    if (problems.empty()) write_out(path.empty() ? "defaults (no configuration file): ok\n" : path + ": ok\n");
  }
  if (problems.empty()) return ExitCode::done;
  return fail(config_error(problems));
}

}  // namespace

void add_config_check(CLI::App& group, Invocation& invocation) {
  auto* command = group.add_subcommand("check", "Check file, environment and --set; every mistake is told at once");
  on_run(*command, invocation, check);
}

}  // namespace orders::ctl
