// Two and three daemons share one application while orders flow: they come and go, die and sleep, and nobody can tell.
//
//   ORDERS_SEED=n        the first schedule's seed
//   ORDERS_SCHEDULES=n   so many, with one seed after the other
//   ORDERS_STEPS=n       comings and goings in each
//   ORDERS_NAP=n         some of those who are paused sleep for so many seconds and more
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <thread>

#include "fleet.h"
#include "load.h"
#include "outcome.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// For whatever ends by itself once everybody is awake: takeovers, leftovers of the dead (30 s), an open transaction
/// of PostgreSQL whose owner sleeps.
constexpr auto patience = 120s;

/// Taken out of the environment: the programs would read it as an option of theirs that does not exist.
unsigned from_environment(const char* name, unsigned otherwise) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') otherwise = static_cast<unsigned>(std::stoul(value));
  ::unsetenv(name);
  return otherwise;
}

/// Watches them meanwhile.
void let_run(Fleet& fleet, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  do {
    fleet.watch();
    std::this_thread::sleep_for(std::min(time, 100ms));
  } while (std::chrono::steady_clock::now() < until);
}

/// Ends the load, and waits until all has come to rest.
void rest(Fleet& fleet, Load& load) {
  EXPECT_TRUE(load.stop_making(patience)) << "requests are not settled" << fleet.story();
  EXPECT_TRUE(wait_until(patience, [&] { return fleet.database().query("SELECT count(*) FROM outbox") == "0"; }))
      << "orders are left in the outbox" << fleet.story();
  EXPECT_TRUE(load.finish(30s)) << "not every order that was created is announced" << fleet.story();
  EXPECT_TRUE(wait_until(patience, [&] { return fleet.caught_up(); })) << "it does not come to rest" << fleet.story();
  for (const auto* daemon : fleet.running()) EXPECT_TRUE(daemon->check_identity()) << "I5";
}

Figures rest_and_examine(Fleet& fleet, Load& load) {
  rest(fleet, load);
  auto figures = examine(fleet, load);
  for (const auto& example : figures.examples) ADD_FAILURE() << example;
  EXPECT_TRUE(figures.all_right());
  EXPECT_GT(figures.results, 0U);
  return figures;
}

void return_all(Fleet& fleet, bool absent_too) {
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (fleet.life(member) == Life::paused) fleet.perform(Action::wake, member);
    if (fleet.life(member) == Life::absent && (absent_too || fleet.running().empty())) {
      fleet.perform(Action::join, member);
    }
  }
}

Figures play(const Schedule& schedule) {
  Fleet fleet(schedule.first.size(), Load::window.settings());
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (schedule.first[member] == Life::running) fleet.perform(Action::join, member);
  }
  Load load(fleet, schedule.seed);
  let_run(fleet, 1s);
  for (const auto& step : schedule.steps) {
    let_run(fleet, step.after);
    fleet.perform(step.action, step.member);
  }
  return_all(fleet, schedule.all_return);
  EXPECT_TRUE(wait_until(patience,
                         [&] {
                           fleet.watch();
                           return fleet.shared_out();
                         }))
      << "not every partition is taken" << fleet.story();
  let_run(fleet, 1s);  // they go on working
  auto figures = rest_and_examine(fleet, load);
  for (std::size_t member = 0; member < fleet.size(); ++member) {
    if (fleet.life(member) == Life::running) fleet.perform(Action::leave, member);
  }
  return figures;
}

std::string row(const Schedule& schedule, const Figures& figures, std::chrono::seconds took) {
  std::map<Action, int> times;
  for (const auto& step : schedule.steps) ++times[step.action];
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |", schedule.seed,
                     schedule.first.size(), times[Action::join], times[Action::leave], times[Action::kill],
                     times[Action::pause], figures.created, figures.answers, figures.results, figures.duplicates,
                     figures.missing, figures.stale_rows, figures.table_rows, figures.dead_letters, figures.requests,
                     took.count());
}

constexpr auto title =
    "| seed | instances | joins | leaves | kills | pauses | orders created | answers | results | duplicates | missing "
    "| "
    "stale rows | wrong in tables | wrong dead letters | wrong requests | seconds |";

TEST(Instances, ComeAndGoByAnyScheduleAndNothingIsLostDoubledOrStale) {
  const auto first = from_environment("ORDERS_SEED", 1);
  const auto count = from_environment("ORDERS_SCHEDULES", 3);
  const auto steps = from_environment("ORDERS_STEPS", 6);
  const std::chrono::seconds nap{from_environment("ORDERS_NAP", 0)};
  std::cout << title << std::endl;
  for (unsigned seed = first; seed < first + count; ++seed) {
    const auto schedule = make_schedule(seed, steps, Fleet::session, nap);
    SCOPED_TRACE("ORDERS_SEED=" + std::to_string(seed) + " " + to_text(schedule));
    const auto begun = std::chrono::steady_clock::now();
    const auto figures = play(schedule);
    const auto took = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    std::cout << row(schedule, figures, took) << std::endl;
  }
}

/// The judge of all the others is no rubber stamp.
TEST(Instances, AnExaminationFindsWhatIsLostDoubledOrStale) {
  Fleet fleet(2, Load::window.settings());
  fleet.perform(Action::join, 0);
  Load load(fleet, 5);
  ASSERT_TRUE(wait_until(patience, [&] { return join_figure(fleet.daemon(0), "/fates/joined") > 200; }));
  rest(fleet, load);
  ASSERT_TRUE(examine(fleet, load).all_right());

  const auto& bootstrap = shared_broker().bootstrap();
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
