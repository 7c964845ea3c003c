// The conditions of alerts, on a daemon that really is in them: what its /metrics says then makes the rules fire.
// tests/prometheus has all the alerts, with series that were made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "history.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

constexpr int partitions = 2;
constexpr int answered = 20;

/// In milliseconds, so many hours ago.
std::int64_t hours_ago(int hours) {
  const auto then = std::chrono::system_clock::now() - std::chrono::hours{hours};
  return std::chrono::duration_cast<std::chrono::milliseconds>(then.time_since_epoch()).count();
}

class Alerts : public testing::Test {
 protected:
  Alerts() {
    daemon_.ctl_ok({"db", "migrate"});
    create_topics(bootstrap_, daemon_, partitions);
  }

  /// Both answers of orders `first` and on, two hours old: whoever waits afterwards has waited for less.
  void answer_orders(int first) {
    LogWriter writer(bootstrap_);
    for (int id = first; id < first + answered; ++id) {
      for (const auto& topic : {daemon_.payments(), daemon_.stock()})
        writer.write(answer(topic, id % partitions, id, "ACCEPT", two_hours_ago_));
    }
    writer.flush();
  }

  /// -1 for a series that is not there.
  [[nodiscard]] static double at(const Samples& now, const std::string& series) {
    return now.contains(series) ? now.at(series) : -1;
  }
  [[nodiscard]] static double join_lag(const Samples& now) {
    double lag = 0;
    for (const auto& [series, records] : now) lag += series.starts_with("ordersd_join_lag_records{") ? records : 0;
    return lag;
  }
  [[nodiscard]] static bool all_is_well(const Samples& now) {
    return at(now, "ordersd_state{state=\"running\"}") == 1 && join_lag(now) == 0 &&
           at(now, "ordersd_outbox_orders") == 0 && at(now, "ordersd_join_waiting_records{side=\"payment\"}") == 0 &&
           at(now, "ordersd_join_waiting_records{side=\"stock\"}") == 0 &&
           at(now, "ordersd_join_unaccounted_records") == 0 &&
           at(now, "ordersd_view_lag_records{view=\"table\"}") == 0 &&
           at(now, "ordersd_view_lag_records{view=\"database\"}") == 0 &&
           at(now, "ordersd_dead_letter_queue_records") == 0;
  }
  /// What the daemon says when `condition` holds for it; nothing when that takes too long.
  template <class Condition>
  [[nodiscard]] std::optional<Samples> await_scrape(Condition condition) const {
    std::optional<Samples> now;
    if (!wait_until(60s, [&] { return (now = scrape(daemon_)) && condition(*now); })) return std::nullopt;
    return now;
  }
  /// The scrape in which all is well.
  [[nodiscard]] Samples await_well() const {
    auto now = await_scrape(all_is_well);
    if (!now) throw std::runtime_error("not all is well:\n" + daemon_.log());
    return *std::move(now);
  }

  /// Twenty minutes with orders that were answered, in which nothing fires.
  void begin_well(const std::map<std::string, std::string>& environment = {}) {
    daemon_.start({}, environment);
    daemon_.await_ready();
    answer_orders(1);
    ResultFollower(bootstrap_, daemon_.orders()).await(answered, 60s);
    history_.add(await_well(), 20);
    ASSERT_THAT(history_.firing(), IsEmpty());
  }
  Output create_order() { return daemon_.ctl({"order", "create", "--customer", "1", "--item", "mug:1@2.50"}); }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  const std::int64_t two_hours_ago_ = hours_ago(2);
  PostgresDatabase database_;
  Daemon daemon_{"alerts",
                 {{"kafka.bootstrap_servers", bootstrap_},
                  {"database.backend", "postgresql"},
                  {"database.url", database_.url()},
                  {"stream.commit_interval", "100ms"}}};
  History history_;
};

TEST_F(Alerts, OfADatabaseThatIsAway) {
  begin_well();
  database_.server().stop();
  answer_orders(1'001);
  // The join has read all of it: its lag is as of now and then.
  const auto behind = [](const Samples& now) {
    return at(now, "ordersd_view_state{view=\"database\",state=\"degraded\"}") == 1 &&
           at(now, "ordersd_view_lag_records{view=\"database\"}") > 0 && join_lag(now) == 0;
  };
  EXPECT_TRUE(await_scrape(behind)) << daemon_.log();
  for (int tries = 0; tries < 5; ++tries) {
    EXPECT_EQ(create_order().exit_code, 4);
    history_.add(await_scrape(behind), 4);
  }
  database_.server().start();
  EXPECT_THAT(history_.firing(),
              IsSupersetOf({"OrdersdDegraded", "OrdersdViewBehind", "OrdersdOrdersNotSaved", "OrdersdHttpErrors"}));
  EXPECT_THAT(history_.firing(), Not(Contains("OrdersdJoinBehind"))) << "the join goes on";

  history_.add(await_well(), 40);
  EXPECT_THAT(history_.firing(), IsEmpty()) << "and they end with their cause";
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Alerts, OfABrokerThatIsAway) {
  begin_well();
  shared_broker().kill();
  const auto created = create_order();
  const auto degraded = await_scrape([](const Samples& now) {
    return at(now, "ordersd_state{state=\"degraded\"}") == 1 && at(now, "ordersd_outbox_orders") == 1 &&
           at(now, "ordersd_join_worker_state{worker=\"one-0\",state=\"degraded\"}") == 1;
  });
  history_.add(degraded, 30);
  shared_broker().start();
  EXPECT_EQ(created.exit_code, 4) << created.text();
  EXPECT_TRUE(degraded) << daemon_.log();
  EXPECT_THAT(history_.firing(), IsSupersetOf({"OrdersdDegraded", "OrdersdNoCommits", "OrdersdOutboxNotDraining"}));

  history_.add(await_well(), 40);
  EXPECT_THAT(history_.firing(), IsEmpty()) << "and they end with their cause";
  EXPECT_EQ(daemon_.stop(), 0);
}

/// More of them than OrdersdDeadLettersPileUp has for its limit; and an answer that is an hour newer than all others,
/// so that it waits. Nobody foresaw what the intake meets.
TEST_F(Alerts, OfMalformedRecordsOfAnAnswerThatWaitsAndOfAThreadThatThrows) {
  begin_well({{"ORDERSD_FAILPOINT", "intake.save.after=throw@1"}});
  constexpr int malformed = 1'001;
  LogWriter writer(bootstrap_);
  for (int i = 0; i < malformed; ++i)
    writer.write({daemon_.payments(), 0, int64_key(5'000 + i), "no answer", two_hours_ago_, {}});
  writer.write(answer(daemon_.payments(), 0, 9'000, "ACCEPT", hours_ago(1)));
  writer.flush();
  (void)create_order();
  const auto dead = await_scrape([](const Samples& now) {
    return at(now, "ordersd_dead_letters_total{origin=\"join\",reason=\"invalid_value\"}") == malformed &&
           at(now, "ordersd_dead_letter_queue_records") == malformed &&
           at(now, "ordersd_thread_restarts_total") == 1 &&
           at(now, "ordersd_join_waiting_records{side=\"payment\"}") == 1;
  });
  ASSERT_TRUE(dead) << daemon_.log();
  history_.add(dead, 20);
  EXPECT_THAT(history_.firing(31), IsSupersetOf({"OrdersdDeadLetters", "OrdersdOldestWaiting", "OrdersdThreadFailed"}));
  EXPECT_THAT(history_.firing(), Contains("OrdersdDeadLettersPileUp"));
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Alerts, OfPartitionsWhoseOffsetsAreGone) {
  begin_well();
  EXPECT_EQ(daemon_.stop(), 0);
  delete_committed_offsets(bootstrap_, daemon_.setting("application_id"), daemon_.stock());
  daemon_.start();
  const auto stopped = await_scrape([](const Samples& now) {
    return at(now, "ordersd_join_task_state{partition=\"0\",state=\"stopped\"}") == 1 &&
           at(now, "ordersd_state{state=\"degraded\"}") == 1;
  });
  ASSERT_TRUE(stopped) << daemon_.log();
  history_.add(stopped, 20);
  EXPECT_THAT(history_.firing(24), ElementsAre("OrdersdPartitionStopped"));
  EXPECT_THAT(history_.firing(), IsSupersetOf({"OrdersdPartitionStopped", "OrdersdDegraded"}));
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Alerts, OfADaemonThatIsKilledAgainAndAgain) {
  begin_well();
  for (int kills = 0; kills < 3; ++kills) {
    daemon_.kill();
    history_.add(scrape(daemon_), kills == 0 ? 5 : 1);
    const auto firing = history_.firing();
    EXPECT_TRUE(kills > 0 || firing == std::set<std::string>{"OrdersdDown"}) << testing::PrintToString(firing);
    daemon_.start();
    history_.add(await_scrape([](const Samples& now) { return at(now, "ordersd_state{state=\"running\"}") == 1; }), 3);
  }
  EXPECT_THAT(history_.firing(), ElementsAre("OrdersdRestarts"));
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
