// A saga that is under way, whatever happens to its daemon; and what must be true of it once all is quiet.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/traffic.h"

namespace orders::test {

class UnderWay {
 public:
  /// Topics, database, a daemon that is not started yet. `bootstrap` is for the daemon, if it shall reach the broker by
  /// another way than the test.
  UnderWay(const std::string& name, unsigned seed, const Settings& more = {}, KafkaBroker& broker = shared_broker(),
           const std::string& bootstrap = {});

  Daemon& daemon() { return daemon_; }
  /// Starts it with failpoints armed. `watchdog_limit`, where given: how long a thread may be silent ("3s").
  void start(const std::string& failpoints, const std::string& watchdog_limit = {});
  /// Some more orders and answers.
  void write(int orders = 40) { traffic_->write(orders); }
  /// The same; waits until the join has committed them, or has died. Throws when neither happens.
  void flow(int orders = 40);
  /// Lets orders flow until `reached`; throws when that takes too long.
  void flow_until(const std::function<bool()>& reached);
  /// Without any more orders.
  void await(const std::function<bool()>& reached) const;
  /// The daemon is dead, by this failpoint.
  void expect_death_at(const std::string& failpoint);
  /// `count` orders through the daemon; goes on in the background, over the daemon's deaths.
  void create_orders(int count);
  /// Some of them are still to be created.
  [[nodiscard]] bool is_creating();
  /// Orders in the outbox that this instance or a dead one saved, some of them published: the daemon must be down.
  void leave_orders_behind();
  /// Its log says so by now, since the last start().
  [[nodiscard]] bool said(const std::string& text) const;

  /// Waits until everything is done, and checks it all: the join's results and dead letters against the definition;
  /// database = topic = table; every saved order announced once; every record has one fate. Stops the daemon. With
  /// others of its application running: theirs too.
  void expect_whole(const std::vector<Daemon*>& others = {});

 private:
  [[nodiscard]] bool quiet(const std::vector<Daemon*>& all);
  void expect_fates_of_the_definition();
  void expect_views_equal_the_topic();
  void expect_letters_of_the_view();
  void expect_announced_once();

  const JoinWindow window_;
  KafkaBroker& broker_;
  PostgresDatabase database_;
  Daemon daemon_;
  std::optional<Traffic> traffic_;
  std::vector<Process> creators_;
  std::size_t created_ = 0;
  std::int64_t left_behind_ = 0;
  std::size_t said_before_ = 0;  ///< the log's size at the last start
};

}  // namespace orders::test
