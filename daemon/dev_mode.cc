#include "dev_mode.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/file.h"
#include "config/dev.h"

namespace orders::daemon {
namespace {

namespace fs = std::filesystem;
constexpr std::int32_t partitions = 4;
constexpr std::string_view owned[] = {"kafka.bootstrap_servers", "database.backend", "database.url", "state.directory"};

constexpr std::string_view threads = "stream.threads";

bool is_default(const config::Loaded& loaded, std::string_view option) {
  return std::ranges::find(loaded.origins, std::pair(std::string(option), config::Origin::default_value)) !=
         loaded.origins.end();
}

/// An option that means a real installation, set by somebody.
std::optional<std::string> contradiction(const config::Loaded& loaded) {
  for (const auto& [name, origin] : loaded.origins) {
    if (origin != config::Origin::default_value && std::ranges::find(owned, name) != std::end(owned)) return name;
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<DevMode>> DevMode::start(config::Sources& sources) {
  const auto wanted = config::load(sources);
  if (!wanted.problems.empty()) return fail(ErrorClass::invalid, wanted.problems.front().text());
  if (const auto option = contradiction(wanted)) {
    return fail(ErrorClass::invalid,
                fmt::format("--dev brings its own broker, database and state folder, but {} is set", *option),
                "leave the option out, or leave out --dev");
  }
  std::unique_ptr<DevMode> dev(new DevMode);
  auto name = (fs::temp_directory_path() / "ordersd-dev-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    return fail(ErrorClass::invalid, fmt::format("can't make {}: {}", name, std::strerror(errno)));
  dev->folder_ = name;

  const auto& topics = wanted.config.topics;
  std::vector<kafka::NewTopic> created;
  for (const auto& topic : {topics.orders, topics.payments, topics.stock, topics.dead_letter, topics.drained}) {
    created.push_back({.name = topic, .partitions = partitions, .config = {}});
  }
  auto cluster = kafka::EmbeddedCluster::start(created);
  if (!cluster) return fail(cluster.error());
  dev->cluster_.emplace(*std::move(cluster));

  sources.set.insert(sources.set.begin(),
                     {"kafka.bootstrap_servers=" + dev->cluster_->bootstrap_servers(), "database.backend=embedded",
                      "state.directory=" + name, "api.socket=" + name + "/api.sock"});
  // That broker takes a group for complete when its leader has answered: a member that answers after it begins anew nine
  // seconds later, and meets the same race. One member has nobody to lose it to.
  if (is_default(wanted, threads)) sources.set.insert(sources.set.begin(), fmt::format("{}=1", threads));
  return dev;
}

Result<> DevMode::announce(const config::Loaded& loaded) {
  const auto path = config::dev_config_path();
  const auto previous = umask(0077);
  auto written = write_file_atomically(path, config::show_yaml(loaded));
  umask(previous);
  if (written) announced_ = path;
  return written;
}

DevMode::~DevMode() {
  std::error_code ignored;
  if (!announced_.empty()) fs::remove(announced_, ignored);
  cluster_.reset();
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace orders::daemon
