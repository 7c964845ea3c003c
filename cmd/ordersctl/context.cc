#include "ordersctl/context.h"

#include <unistd.h>

#include <algorithm>

#include "config/dev.h"

namespace orders::ctl {
namespace {

Format format_of(const std::string& name) {
  if (name == "json") return Format::json;
  return name == "ndjson" ? Format::ndjson : Format::table;
}

}  // namespace

Error config_error(const std::vector<config::Problem>& problems) {
  std::string message;
  for (const auto& problem : problems) message += (message.empty() ? "" : "\n") + problem.text();
  return {ErrorClass::invalid, std::move(message), "all options: ordersctl config schema, or ordersd.yaml(5)"};
}

Context::Context(Globals globals)
    : globals_(std::move(globals)),
      format_(format_of(globals_.output)),
      colour_(colour_wanted(STDOUT_FILENO, globals_.no_color)) {}

Result<std::optional<std::filesystem::path>> Context::config_file() const {
  auto found = config::find_file(globals_.config);
  if (!found || *found) return found;
  return config::find_dev_config();
}

Result<const config::Loaded*> Context::load() {
  if (!loaded_) {
    auto file = config_file();
    if (!file) return fail(std::move(file.error()));
    config::Sources sources;
    sources.file = *file;
    sources.set = globals_.set;
    sources.environment = config::process_environment();
    loaded_ = config::load(sources);
  }
  return &*loaded_;
}

Result<const config::Config*> Context::config() {
  auto loaded = load();
  if (!loaded) return fail(std::move(loaded.error()));
  if (!(*loaded)->problems.empty()) return fail(config_error((*loaded)->problems));
  return &(*loaded)->config;
}

Result<Daemon*> Context::daemon() {
  if (!daemon_) {
    auto config = this->config();
    if (!config) return fail(std::move(config.error()));
    auto target = target_of((*config)->api);
    if (!target) return fail(std::move(target.error()));
    daemon_ = std::make_unique<Daemon>(*std::move(target));
  }
  return daemon_.get();
}

Result<kafka::Connection> Context::connection() {
  auto config = this->config();
  if (!config) return fail(std::move(config.error()));
  return kafka::Connection{(*config)->kafka.bootstrap_servers, (*config)->kafka.properties, "ordersctl",
                           names_embedded_broker()};
}

bool Context::names_embedded_broker() const {
  const auto file = config_file();
  if (!file || *file != config::dev_config_path()) return false;
  const std::pair<std::string, config::Origin> by_file{"kafka.bootstrap_servers", config::Origin::file};
  return std::ranges::find(loaded_->origins, by_file) != loaded_->origins.end();
}

}  // namespace orders::ctl
