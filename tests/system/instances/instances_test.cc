// Two and three daemons share one application while orders flow: they come and go, die and sleep, and nobody can tell.
// The schedules that mix it all are in chaos_test.cc.
#include <gtest/gtest.h>

#include <algorithm>

#include "fleet.h"
#include "load.h"
#include "outcome.h"
#include "play.h"
#include "support/saga.h"
#include "support/wait_until.h"
#include "surroundings.h"

namespace orders::test {
namespace {

/// The judge of all the others is no rubber stamp.
TEST(Instances, AnExaminationFindsWhatIsLostDoubledOrStale) {
  Fleet fleet(2, Load::window.settings());
  fleet.perform(Action::join, 0);
  Load load(fleet, 5);
  ASSERT_TRUE(wait_until(patience, [&] { return join_figure(fleet.daemon(0), "/fates/joined") > 200; }));
  rest(fleet, load);
  ASSERT_TRUE(examine(fleet, load).all_right());

  const auto& bootstrap = surroundings().bootstrap();
  const auto& orders = fleet.names().orders();
  const auto again = [&](const LoggedRecord& record) {
    return LogWriter::Record{record.topic, record.partition, record.key,
                             record.value, record.timestamp, record.headers};
  };
  auto records = read_topic(bootstrap, orders);
  const auto first_result = std::ranges::find_if(records, is_result);
  const auto first_new = std::ranges::find_if_not(records, is_result);
  const auto letters = read_topic(bootstrap, fleet.names().dead_letters());
  ASSERT_TRUE(first_result != records.end() && first_new != records.end() && !letters.empty());
  LogWriter writer(bootstrap);
  for (const auto& record : {*first_result, *first_new, letters.front()}) writer.write(again(record));
  writer.write(answer(fleet.names().payments(), 0, 1, "no JSON", 0));  // never answered: its dead letter is missing
  writer.flush();
  fleet.perform(Action::leave, 0);  // the rows stay as they are: the table with nobody, PostgreSQL's behind the topic
  fleet.database().query("UPDATE orders SET status = 'NEW' WHERE id = (SELECT max(id) FROM orders)");
  fleet.database().query("UPDATE orders SET idempotency_key = 'another' WHERE idempotency_key = 'client-0-1/1'");
  const auto figures = examine(fleet, load);
  EXPECT_EQ(figures.duplicates, 2U) << "a result and a NEW";
  EXPECT_GE(figures.missing, 1U) << "an answer more than were written";
  EXPECT_GE(figures.stale_rows, 1U);
  EXPECT_GE(figures.dead_letters, 1U);
  EXPECT_EQ(figures.requests, 2U) << "one key is gone, another was told to nobody";
  EXPECT_FALSE(figures.all_right());
}

TEST(Instances, ThePausedOneIsReplacedAndGoesOnWorkingWhenItWakesUp) {
  Fleet fleet(2, Load::window.settings());
  fleet.perform(Action::join, 0);
  fleet.perform(Action::join, 1);
  Load load(fleet, 1);
  ASSERT_TRUE(wait_until(patience, [&] { return fleet.shared_out(); })) << fleet.story();
  ASSERT_TRUE(wait_until(patience, [&] { return join_figure(fleet.daemon(0), "/fates/joined") > 100; }));

  fleet.perform(Action::pause, 0);
  ASSERT_TRUE(wait_until(patience, [&] { return fleet.shared_out(); })) << "the other takes all" << fleet.story();
  const auto taken = join_figure(fleet.daemon(1), "/fates/joined");
  ASSERT_TRUE(wait_until(patience, [&] { return join_figure(fleet.daemon(1), "/fates/joined") > taken + 100; }));

  fleet.perform(Action::wake, 0);
  ASSERT_TRUE(wait_until(patience, [&] {
    fleet.watch();
    return fleet.running().size() == 2 && fleet.shared_out();
  })) << fleet.story();
  const auto woken = join_figure(fleet.daemon(0), "/fates/joined");
  ASSERT_TRUE(wait_until(patience, [&] { return join_figure(fleet.daemon(0), "/fates/joined") > woken + 100; }))
      << "it has its partitions and does nothing" << fleet.story();
  rest_and_examine(fleet, load);
  fleet.perform(Action::leave, 0);
  fleet.perform(Action::leave, 1);
}

TEST(Instances, EachAnswersAnyQueryFromAWholeTableOfItsOwnWithItsLag) {
  Fleet fleet(3, Load::window.settings());
  for (std::size_t member = 0; member < 3; ++member) fleet.perform(Action::join, member);
  Load load(fleet, 3);
  ASSERT_TRUE(wait_until(patience, [&] { return fleet.shared_out(); })) << fleet.story();
  rest_and_examine(fleet, load);  // every table holds all
  const auto created = load.created();
  ASSERT_FALSE(created.empty());
  const auto id = std::to_string(created.begin()->second.front());
  const auto row = fleet.daemon(0).ctl_json({"state", "get", id});
  EXPECT_EQ(row.at("lag"), 0);
  const auto count = fleet.daemon(0).ctl_json({"state", "count"});
  for (std::size_t member = 0; member < 3; ++member) {
    const auto& daemon = fleet.daemon(member);
    EXPECT_LT(fleet.tasks()[member].size(), 3U) << "none of them works on all partitions";
    EXPECT_EQ(daemon.ctl_json({"state", "get", id}), row);
    EXPECT_EQ(daemon.ctl_json({"state", "count"}), count);
    EXPECT_EQ(daemon.ctl_json({"state", "list", "--limit", "5"}).at("lag"), 0);
  }
  // With two of them gone the third still answers, and knows how far it is behind.
  fleet.perform(Action::leave, 0);
  fleet.perform(Action::leave, 1);
  EXPECT_EQ(fleet.daemon(2).ctl_json({"state", "get", id}), row);
  fleet.perform(Action::leave, 2);
}

}  // namespace
}  // namespace orders::test
