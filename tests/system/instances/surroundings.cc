#include "surroundings.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <vector>

#include "fleet.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

constexpr auto slow_message = 150ms;

// --- by a session elsewhere: some of them keep the database's own sessions from writing, too

void alter(const std::string& what) { shared_postgres().psql("postgres", "ALTER " + what); }

void end_sessions(const PostgresDatabase& database) {
  shared_postgres().psql(
      "postgres",
      fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", database.name()));
}

}  // namespace

Surroundings::Surroundings() {
  std::vector<KafkaBroker::Listener> listeners;
  for (auto& way : ways_) {
    way.port = free_port();
    listeners.push_back({.name = fmt::format("MEMBER{}", listeners.size() + 1),
                         .protocol = "PLAINTEXT",
                         .port = free_port(),
                         .advertised_port = way.port});
  }
  broker_ = std::make_unique<KafkaBroker>(listeners, std::map<std::string, std::string>{});
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    ways_[i].proxy = std::make_unique<KafkaProxy>(ways_[i].port, listeners[i].port);
  }
}

std::string Surroundings::bootstrap_of(std::size_t member) const {
  return fmt::format("127.0.0.1:{}", ways_.at(member).port);
}

Surroundings& surroundings() {
  static Surroundings surroundings;
  return surroundings;
}

void inflict(Fault fault, Fleet& fleet, std::size_t member) {
  auto& broker = surroundings().broker();
  auto& network = surroundings().network(member);
  auto& server = shared_postgres();
  const auto& database = fleet.database();
  switch (fault) {
    case Fault::broker_restart:
      return broker.stop();
    case Fault::broker_kill:
      return broker.kill();
    case Fault::broker_pause:
      return broker.suspend();
    case Fault::database_restart:
      return server.stop();
    case Fault::database_crash:
      return server.stop_at_once();
    case Fault::database_kill:
      return server.kill();
    case Fault::database_pause:
      return server.suspend();
    case Fault::database_sessions:
      return end_sessions(database);
    case Fault::database_full:
      alter("ROLE " + database.name() + " CONNECTION LIMIT 0");
      return end_sessions(database);
    case Fault::database_read_only:
      alter("DATABASE " + database.name() + " SET default_transaction_read_only = on");
      return end_sessions(database);
    case Fault::network_cut:
      return network.cut();
    case Fault::network_silence:
      return network.hush();
    case Fault::network_delay:
      return network.slow_down(slow_message);
    case Fault::disk_full:
      return fleet.fill_disk(member);
  }
}

void relieve(Fault fault, Fleet& fleet, std::size_t member) {
  const auto& database = fleet.database();
  switch (fault) {
    case Fault::broker_restart:
    case Fault::broker_kill:
      return surroundings().broker().start();
    case Fault::broker_pause:
      return surroundings().broker().resume();
    case Fault::database_restart:
    case Fault::database_crash:
    case Fault::database_kill:
      return shared_postgres().start();
    case Fault::database_pause:
      return shared_postgres().resume();
    case Fault::database_sessions:
      return end_sessions(database);
    case Fault::database_full:
      return alter("ROLE " + database.name() + " CONNECTION LIMIT -1");
    case Fault::database_read_only:
      return alter("DATABASE " + database.name() + " RESET default_transaction_read_only");
    case Fault::network_cut:
    case Fault::network_silence:
    case Fault::network_delay:
      return surroundings().network(member).mend();
    case Fault::disk_full:
      return fleet.empty_disk(member);
  }
}

}  // namespace orders::test
