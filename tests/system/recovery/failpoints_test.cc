// kill -9 at every step: the daemon dies at each failpoint in turn, is started again, and nobody can tell.
//
//   ORDERS_ROUNDS=n   n rounds instead of one, each with another seed
//   ORDERS_SEED=n     the first round's seed
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <regex>
#include <set>

#include "support/wait_until.h"
#include "under_way.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// How it is brought about that the daemon passes there.
enum class Way : std::uint8_t {
  flow,      ///< orders flow
  leftover,  ///< orders lie in the outbox when it starts
  lost,      ///< its state is gone when it starts
  create,    ///< orders are created, until it does
  stop,      ///< it is told to stop
  second     ///< another instance comes
};

struct Point {
  std::string name;
  Way way = Way::flow;
  unsigned most = 1;        ///< dies at one of so many passages
  std::string before = {};  ///< armed too: what it takes to come there
  unsigned least = 1;       ///< the first of them
};

/// One daemon's lives: at each point in turn it dies.
struct Story {
  std::string name;
  std::vector<Point> points;
  Settings settings = {};
};

const std::vector<Story>& stories() {
  static const std::vector<Story> all = {
      {"UnitOfWork",
       {{"unit.init.after"},
        {"unit.begin.after", Way::flow, 5},
        {"unit.produce.before", Way::flow, 100},
        {"unit.produce.after", Way::flow, 100},
        {"unit.offsets.before", Way::flow, 5},
        {"unit.offsets.after", Way::flow, 5},
        {"unit.commit.before", Way::flow, 5},
        {"unit.commit.after", Way::flow, 5}}},
      {"UnitOfWorkInTrouble",
       {{"unit.abort.before", Way::flow, 1, "unit.produce.after=abort@20"},
        {"unit.abort.after", Way::flow, 1, "unit.offsets.after=abort@3"},
        {"unit.settle.before", Way::flow, 1, "unit.commit.after=recreate@3"},
        {"unit.settle.after", Way::flow, 1, "unit.commit.after=recreate@2"},
        {"unit.init.after", Way::flow, 1, "unit.commit.after=recreate@2", 3}}},  // the first two are of the start
      {"Rebalance",
       {{"worker.assigned.before"},
        {"worker.assigned.middle"},
        {"worker.assigned.after"},
        {"worker.revoked.before", Way::second},
        {"worker.revoked.after", Way::second},
        {"database.revoked", Way::second}},
       {{"stream.threads", "1"}}},  // a second one would take partitions from the first in any case
      {"Rebuild",
       {{"unit.commit.after", Way::flow, 5},
        {"worker.rebuild", Way::flow, 60},
        {"worker.rebuilt"},
        {"ends.ask", Way::flow, 20}}},
      {"Table",
       {{"table.restore", Way::lost},
        {"table.write.before", Way::flow, 5},
        {"table.write.after", Way::flow, 5},
        {"table.flush.before", Way::stop},
        {"table.flush.after", Way::stop}}},
      {"Buffer",
       {{"unit.commit.after", Way::flow, 5},
        {"buffer.write.before", Way::flow, 4},
        {"buffer.write.after", Way::flow, 4},
        {"worker.rebuild", Way::lost}},
       {{"join.store", "disk"}}},
      {"Database",
       {{"database.assigned"},
        {"database.apply.before", Way::flow, 5},
        {"database.position.after", Way::flow, 5},
        {"database.rows.after", Way::flow, 5},
        {"database.commit.before", Way::flow, 5},
        {"database.apply.after", Way::flow, 5},
        {"database.offsets.before", Way::flow, 2},
        {"letter.produce.after", Way::flow, 3},
        {"letter.commit.before", Way::flow, 3},
        {"letter.commit.after", Way::flow, 3}}},
      {"Intake",
       {{"intake.save.before", Way::create, 3},
        {"intake.save.after", Way::create, 3},
        {"intake.publish.before", Way::create, 3},
        {"intake.publish.after", Way::create, 3},
        {"intake.produce.after", Way::create, 900},
        {"intake.commit.before", Way::create, 3},
        {"intake.commit.after", Way::create, 3}}},
      {"Outbox",
       {{"intake.init.after"},
        {"intake.settle.before", Way::leftover},
        {"intake.settle.after", Way::leftover},
        {"intake.adopt.before", Way::leftover},
        {"intake.adopt.after", Way::leftover},
        {"intake.remove.before", Way::create, 3},
        {"intake.remove.after", Way::create, 3}}},
  };
  return all;
}

const unsigned rounds = take_variable("ORDERS_ROUNDS", 1);
const unsigned first_seed = take_variable("ORDERS_SEED", 1);

class Recovery : public testing::TestWithParam<Story> {
 protected:
  void live_through(const Story& story, unsigned seed);
  void die_at(const Point& point, UnderWay& saga, std::mt19937& random);
  static void die_as_another_comes(const Point& point, UnderWay& saga);
};

void Recovery::die_at(const Point& point, UnderWay& saga, std::mt19937& random) {
  const auto passage = point.least + random() % point.most;
  const auto before = point.before.empty() ? "" : point.before + ";";
  const auto armed = fmt::format("{}{}=kill@{}", before, point.name, passage);
  SCOPED_TRACE(armed);
  std::cout << "    " << armed << std::endl;
  if (point.way == Way::leftover) saga.leave_orders_behind();
  if (point.way == Way::lost) std::filesystem::remove_all(saga.daemon().setting("state.directory"));
  saga.start(armed);
  const auto dead = [&] { return !saga.daemon().running(); };
  if (point.way == Way::stop) {
    saga.daemon().await_ready();
    saga.flow();
    saga.daemon().process().signal(SIGTERM);
    saga.await(dead);
  } else if (point.way == Way::second) {
    return die_as_another_comes(point, saga);
  } else {
    saga.flow_until([&] {
      if (dead()) return true;
      if (point.way == Way::create && !saga.is_creating()) saga.create_orders(2'000);
      return false;
    });
  }
  saga.expect_death_at(point.name);
}

void Recovery::die_as_another_comes(const Point& point, UnderWay& saga) {
  saga.daemon().await_ready();
  Daemon second("second", saga.daemon().settings());
  second.set("instance_id", unique_name("second"));
  second.set("state.directory", second.folder() / "state");
  second.set("api.socket", second.folder() / "api.sock");
  second.start();
  saga.flow_until([&] { return !saga.daemon().running(); });
  saga.expect_death_at(point.name);
  saga.daemon().start_and_await();
  second.await_ready();
  saga.flow();
  EXPECT_EQ(second.stop(), 0);
}

void Recovery::live_through(const Story& story, unsigned seed) {
  std::cout << "    seed " << seed << " (ORDERS_SEED)" << std::endl;
  SCOPED_TRACE(fmt::format("ORDERS_SEED={}", seed));
  std::mt19937 random(seed);
  UnderWay saga("recovery", seed, story.settings);
  saga.start("");
  saga.create_orders(500);
  saga.flow(150);
  saga.daemon().kill();
  for (const auto& point : story.points) {
    die_at(point, saga, random);
    if (HasFatalFailure()) return;
    if (saga.daemon().running()) saga.daemon().kill();
  }
  saga.start("");
  saga.flow();
  saga.expect_whole();
}

TEST_P(Recovery, FromAKillAtEachStepIsComplete) {
  for (unsigned round = 0; round < rounds && !HasFailure(); ++round) live_through(GetParam(), first_seed + round);
}

INSTANTIATE_TEST_SUITE_P(Stories, Recovery, testing::ValuesIn(stories()),
                         [](const auto& info) { return info.param.name; });

TEST(Failpoints, OfTheCodeAreAllInAStoryAndThereAreNoOthers) {
  static const std::regex use(R"re(ORDERS_FAILPOINT(?:_RESULT)?\("([^"]+)")re");
  std::set<std::string> in_code, in_stories;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(SOURCE_DIR) / "lib")) {
    if (!entry.is_regular_file()) continue;
    const auto text = slurp(entry.path());
    for (auto at = std::sregex_iterator(text.begin(), text.end(), use); at != std::sregex_iterator(); ++at) {
      EXPECT_TRUE(in_code.insert((*at)[1]).second) << (*at)[1] << " is in the code twice";
    }
  }
  for (const auto& story : stories()) {
    for (const auto& point : story.points) in_stories.insert(point.name);
  }
  EXPECT_GT(in_code.size(), 40U);
  EXPECT_EQ(in_stories, in_code) << "a failpoint and the test that dies at it belong together";
}

TEST(Errors, AtEachCallChangeNothing) {
  const std::vector<std::string> errors = {
      "worker.assigned.middle=wait",   "unit.produce.after=abort@30",     "unit.offsets.after=abort@2",
      "unit.offsets.after=recreate@4", "unit.offsets.after=wait@5",       "unit.commit.after=recreate@3",
      "unit.commit.after=recreate@5",  "unit.commit.before=recreate@9",   "table.write.after=wait@2",
      "database.apply.after=abort@2",  "database.apply.after=wait@4",     "letter.commit.after=wait@2",
      "intake.save.after=abort@1",     "intake.publish.after=recreate@1", "intake.commit.after=recreate@2",
      "intake.remove.after=wait@1",
  };
  UnderWay saga("errors", first_seed);
  std::string all;
  std::map<std::string, std::size_t> to_be_said;
  for (const auto& error : errors) {
    all += error + ";";
    const auto equals = error.find('=');
    const auto action = error.substr(equals + 1, error.find('@') - equals - 1);
    ++to_be_said["failpoint " + error.substr(0, equals) + ": " + action + "\n"];
  }
  saga.start(all);
  saga.create_orders(3'000);
  saga.flow_until([&] {
    const auto log = saga.daemon().log();
    return std::ranges::all_of(to_be_said, [&](const auto& line) {
      std::size_t count = 0;
      for (auto at = log.find(line.first); at != std::string::npos; at = log.find(line.first, at + 1)) ++count;
      return count >= line.second;
    });
  });
  saga.flow();
  saga.expect_whole();
}

}  // namespace
}  // namespace orders::test
