// What all fleets stand on: a broker behind proxies, and PostgreSQL; and how they are made to fail.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "schedule.h"
#include "support/kafka_broker.h"
#include "support/kafka_proxy.h"
#include "support/postgres.h"

namespace orders::test {

class Fleet;

/// One for all tests of the executable; started by the first that asks.
class Surroundings {
 public:
  static constexpr std::size_t most_members = 3;

  Surroundings();
  [[nodiscard]] KafkaBroker& broker() { return *broker_; }
  /// The broker's address as tests have it, whatever happens to the members' networks.
  [[nodiscard]] const std::string& bootstrap() const { return broker_->bootstrap(); }
  /// The broker's address for one member, by way of its proxy.
  [[nodiscard]] std::string bootstrap_of(std::size_t member) const;
  [[nodiscard]] KafkaProxy& network(std::size_t member) { return *ways_.at(member).proxy; }

 private:
  struct Way {
    int port = 0;
    std::unique_ptr<KafkaProxy> proxy;
  };
  std::unique_ptr<KafkaBroker> broker_;
  std::array<Way, most_members> ways_;
};
[[nodiscard]] Surroundings& surroundings();

/// From the test's main thread, one fault at a time. `member` is whose network or disk it is.
void inflict(Fault fault, Fleet& fleet, std::size_t member);
/// Returns when the cause has gone.
void relieve(Fault fault, Fleet& fleet, std::size_t member);

}  // namespace orders::test
