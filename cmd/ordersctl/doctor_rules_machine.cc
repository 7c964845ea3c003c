// Database, folder, limits, clock, daemon.
#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/doctor_rules.h"
#include "ordersctl/output.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1ull << 20;
constexpr std::uint64_t little_room = 1'024 * mebibyte;
constexpr std::uint64_t no_room = 128 * mebibyte;
/// A store of RocksDB keeps up to 256 files open (lib/rocks/tuning.cc), and each partition may have one, beside the
/// table's and the database's. The rest is for connections, logs and clients' requests.
constexpr std::uint64_t files_of_a_store = 256;
constexpr std::uint64_t other_files = 1'024;
constexpr Milliseconds clock_tolerance = 5s;

std::string size(std::uint64_t bytes) {
  return bytes >= 10 * 1'024 * mebibyte ? fmt::format("{} GiB", grouped(bytes / (1'024 * mebibyte)))
                                        : fmt::format("{} MiB", grouped(bytes / mebibyte));
}

}  // namespace

Diagnoses diagnose_database(const DatabaseFacts& facts, const std::string& topic) {
  if (facts.unreachable) {
    return {{Level::error, "database", facts.unreachable->message,
             facts.unreachable->hint.empty() ? "bring it back, or mend database.url; the join goes on meanwhile"
                                             : facts.unreachable->hint}};
  }
  if (facts.schema_found != facts.schema_needed) {
    return {{Level::error, "database",
             fmt::format("{}: its schema is version {}, and {} is needed", facts.where, facts.schema_found,
                         facts.schema_needed),
             facts.schema_found < facts.schema_needed ? "ordersctl db migrate"
                                                      : "install the ordersd that made it, or a newer one"}};
  }
  Diagnoses found;
  for (const auto& [partition, position, marks] : facts.positions) {
    const auto at = kafka::TopicPartition{topic, partition}.text();
    if (!marks) {
      found.push_back({Level::error, "database",
                       fmt::format("it has a position in {}, which is not there: the topic was made anew", at),
                       "docs/recovery.md, 'The database does not fit the topic'"});
    } else if (position > marks->high) {
      found.push_back({Level::error, "database",
                       fmt::format("its position in {} is {}, and the topic ends at {}: it is of another cluster, or "
                                   "the topic was made anew",
                                   at, position, marks->high),
                       "docs/recovery.md, 'The database does not fit the topic'"});
    }
  }
  if (found.empty()) {
    found.push_back({Level::ok, "database", fmt::format("{}, schema {}", facts.where, facts.schema_found), {}});
  }
  return found;
}

Diagnoses diagnose_state(const StateFacts& facts) {
  constexpr auto check = "state folder";
  if (!facts.there) {
    return {{Level::warn, check, fmt::format("{} is not there", facts.folder),
             "ordersd makes it at its first start; or mend state.directory"}};
  }
  Diagnoses found;
  if (!facts.writable) {
    found.push_back({Level::warn, check, fmt::format("{} can't be written by this user", facts.folder),
                     "nothing, if ordersd runs as another user; else chown it"});
  }
  if (facts.others_may_write) {
    found.push_back({Level::warn, check, fmt::format("every user of the machine may write {}", facts.folder),
                     fmt::format("chmod o-w {}", facts.folder)});
  }
  const auto room = fmt::format("{} of {} are free below {}", size(facts.bytes_free), size(facts.bytes_all),
                                facts.folder);
  if (facts.bytes_free < little_room) {
    found.push_back({facts.bytes_free < no_room ? Level::error : Level::warn, check, room,
                     "make room: table, buffers and the embedded database wait when the disk is full"});
  }
  if (found.empty()) found.push_back({Level::ok, check, room, {}});
  return found;
}

Diagnoses diagnose_limits(const LimitFacts& facts) {
  const auto partitions = static_cast<std::uint64_t>(std::max(facts.partitions, 0));
  const auto needed = other_files + (partitions + 2) * files_of_a_store;
  const auto whose = facts.of_daemon ? "the daemon" : "this user (the daemon does not run here, or belongs to another)";
  const auto what = fmt::format("{} may have {} files open", whose, grouped(facts.open_files));
  if (facts.open_files >= needed) return {{Level::ok, "limits", what, {}}};
  return {{Level::warn, "limits",
           fmt::format("{}; {} partitions with their buffers on disk may need {}", what, partitions, grouped(needed)),
           "LimitNOFILE=65536 in ordersd.service, or ulimit -n 65536 before ordersd"}};
}

Diagnoses diagnose_clock(const ClockFacts& facts) {
  Diagnoses found;
  if (facts.synchronized && !*facts.synchronized) {
    found.push_back({Level::warn, "clock", "the kernel says that this machine's clock is not synchronized",
                     "run chrony or systemd-timesyncd; new orders are dated by this clock"});
  }
  if (facts.newest && *facts.newest > facts.now + clock_tolerance) {
    found.push_back({Level::warn, "clock",
                     fmt::format("{} is dated {} in the future: the clock of its producer is ahead, or this one behind",
                                 facts.newest_at, format_duration(*facts.newest - facts.now)),
                     "synchronize both; a record from the future makes those that follow late"});
  }
  if (found.empty()) {
    found.push_back({Level::ok, "clock", facts.newest ? "no answer is from the future" : "no answers to compare with",
                     {}});
  }
  return found;
}

Diagnoses diagnose_daemon(const DaemonFacts& facts, const config::Config& config, std::string_view our_version) {
  constexpr auto check = "daemon";
  if (facts.unreachable) {
    return {{Level::warn, check, facts.unreachable->message,
             facts.unreachable->hint.empty() ? "start it: systemctl start ordersd" : facts.unreachable->hint}};
  }
  Diagnoses found;
  const auto differs = [&](const char* option, const std::string& runs, const std::string& configured) {
    if (runs == configured || runs.empty()) return;
    found.push_back({Level::error, check, fmt::format("it runs with {} {}, and the configuration says {}", option,
                                                      runs, configured),
                     "restart it, or name its configuration with --config"});
  };
  differs("application_id", facts.application_id, config.application_id);
  // Over TCP it is another machine's.
  if (config.api.url.empty()) differs("instance_id", facts.instance_id, config.instance_id);
  if (!facts.version.empty() && facts.version != our_version) {
    found.push_back({Level::warn, check, fmt::format("it is version {}, and ordersctl is {}", facts.version,
                                                     our_version),
                     "install one version of both, and restart it"});
  }
  if (facts.state == "degraded") {
    std::string why;
    for (const auto& reason : facts.reasons) why += (why.empty() ? "" : "; ") + reason;
    found.push_back({Level::error, check, "degraded: " + why, "docs/failures.md has what to do about each reason"});
  }
  if (found.empty()) {
    found.push_back({Level::ok, check, fmt::format("{}, version {}", facts.state, facts.version), {}});
  }
  return found;
}

}  // namespace orders::ctl
