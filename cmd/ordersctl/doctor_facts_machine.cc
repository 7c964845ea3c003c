#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "ordersctl/doctor_facts.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

/// Who listens at the daemon's socket, if anybody does.
std::optional<pid_t> process_behind(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return std::nullopt;
  socket.copy(address.sun_path, socket.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::nullopt;
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
  ::close(descriptor);
  return known ? std::optional(peer.pid) : std::nullopt;
}

/// "Max open files            1024                 524288               files"
std::optional<std::uint64_t> open_files_of(pid_t process) {
  std::ifstream limits(fmt::format("/proc/{}/limits", process));
  constexpr std::string_view name = "Max open files";
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(name)) continue;
    std::string soft;
    std::istringstream(line.substr(name.size())) >> soft;
    if (soft == "unlimited") return RLIM_INFINITY;
    const auto number = parse_int64(soft);
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

DatabaseFacts database_facts(
    database::Database& database,
    const std::function<Result<std::optional<kafka::Watermarks>>(std::int32_t partition)>& marks) {
  DatabaseFacts facts;
  facts.where = database.describe();
  auto schema = database.schema();
  if (!schema) {
    facts.unreachable = std::move(schema.error());
    return facts;
  }
  facts.schema_found = schema->found;
  facts.schema_needed = schema->needed;
  facts.where = database.describe();  // with the server's version, now that it has answered
  if (!schema->matches() || !marks) return facts;
  auto positions = database.session()->positions();
  if (!positions) {
    facts.unreachable = std::move(positions.error());
    return facts;
  }
  for (const auto& [partition, next_offset] : *positions) {
    auto found = marks(partition);
    if (found) facts.positions.push_back({partition, next_offset, *found});
  }
  return facts;
}

StateFacts state_facts(const config::Config& config) {
  StateFacts facts;
  const std::filesystem::path directory = config.state.directory;
  std::error_code ignored;
  const auto own = directory / config.application_id;
  facts.folder = (std::filesystem::exists(own, ignored) ? own : directory).string();
  struct stat status {};
  if (::stat(facts.folder.c_str(), &status) != 0) return facts;
  facts.there = true;
  facts.writable = ::access(facts.folder.c_str(), W_OK | X_OK) == 0;
  facts.others_may_write = (status.st_mode & S_IWOTH) != 0;
  struct statvfs disk {};
  if (::statvfs(facts.folder.c_str(), &disk) != 0) return facts;
  facts.bytes_free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  facts.bytes_all = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
  return facts;
}

LimitFacts limit_facts(const config::Config& config) {
  LimitFacts facts;
  if (config.api.url.empty()) {
    if (const auto daemon = process_behind(config.api.socket)) {
      if (const auto files = open_files_of(*daemon)) {
        facts.of_daemon = true;
        facts.open_files = *files;
        return facts;
      }
    }
  }
  rlimit own{};
  if (::getrlimit(RLIMIT_NOFILE, &own) == 0) facts.open_files = own.rlim_cur;
  return facts;
}

ClockFacts clock_facts() {
  ClockFacts facts;
  timex state{};
  if (::adjtimex(&state) >= 0) facts.synchronized = (state.status & STA_UNSYNC) == 0;
  facts.now = wall_clock_now();
  return facts;
}

DaemonFacts daemon_facts(Context& context, Milliseconds timeout) {
  DaemonFacts facts;
  auto daemon = context.daemon();
  if (!daemon) {
    facts.unreachable = std::move(daemon.error());
    return facts;
  }
  auto status = (*daemon)->get("/api/status", {}, {}, timeout);
  if (!status) {
    facts.unreachable = std::move(status.error());
    return facts;
  }
  facts.version = raw_json::text(*status, "version");
  facts.application_id = raw_json::text(*status, "application_id");
  facts.instance_id = raw_json::text(*status, "instance_id");
  facts.state = raw_json::text(*status, "state");
  for (const auto reason : raw_json::elements(raw_json::member(*status, "reasons").value_or("[]"))) {
    facts.reasons.push_back(raw_json::text(reason));
  }
  return facts;
}

}  // namespace orders::ctl
