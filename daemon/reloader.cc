#include "reloader.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "config/difference.h"
#include "config/options.h"

namespace orders::daemon {

void Reloader::reload(Daemon& daemon) {
  spdlog::info("SIGHUP: reading the configuration anew");
  const auto loaded = config::load(sources_);
  if (!loaded.problems.empty()) return refuse(loaded.problems);
  for (const auto& warning : loaded.warnings) spdlog::warn("configuration: {}", warning.text());
  auto changed = config::difference(config_, loaded.config);
  const auto waiting = std::ranges::stable_partition(changed, config::is_reloadable);
  for (const auto& name : waiting) spdlog::warn("configuration: {} changed: takes effect at the next start", name);
  const auto before = config_;
  auto error = take(daemon, loaded.config);
  for (const auto& name : config::difference(before, config_)) {
    spdlog::info("configuration: {} is {} now", name, config::find_option(name)->get(config_));
  }
  const bool all = waiting.empty() && !error;
  spdlog::info("configuration: {}", all ? "all of it is in effect" : "in effect, as far as it can be");
  const std::lock_guard lock(mutex_);
  status_ = {
      .reloaded = wall_clock_now(), .error = std::move(error), .restart_needed = {waiting.begin(), waiting.end()}};
}

void Reloader::refuse(const std::vector<config::Problem>& problems) {
  for (const auto& problem : problems) spdlog::error("configuration: {}", problem.text());
  spdlog::error("the configuration has {}, and is not taken: the one before stays in effect",
                problems.size() == 1 ? "a mistake" : fmt::format("{} mistakes", problems.size()));
  const std::lock_guard lock(mutex_);
  status_.error = problems.front().text();
}

/// What could not be taken, and why. Files are read again, though their names may be the same.
std::optional<std::string> Reloader::take(Daemon& daemon, const config::Config& wanted) {
  std::optional<std::string> error;
  auto taken = wanted;
  if (auto renewed = daemon.renew_api(wanted.api); !renewed) {
    error = renewed.error().text();
    spdlog::error("configuration: {}; the daemon keeps the token, the certificate and the hosts that it has", *error);
    taken.api = config_.api;
  }
  if (config_.log.format != wanted.log.format) set_log_format(wanted.log.format);
  config::take_reloadable(config_, taken);
  levels_.configure(wanted.log.level);
  return error;
}

api::ConfigurationStatus Reloader::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace orders::daemon
