// Threads that throw are replaced; one that hangs ends the process; and nobody can tell afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

#include "under_way.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// Of a thread that is silent; long enough for whatever a loaded machine makes of a turn.
constexpr auto limit = "4s";

TEST(Threads, ThatThrowAreReplacedAndNothingIsLostOrDoneTwice) {
  const std::pair<std::string, std::string> thrown[] = {
      {"worker.assigned.after", "thread join-"}, {"unit.produce.after", "thread join-"},
      {"ends.ask", "thread ends"},               {"table.write.after", "thread table"},
      {"database.apply.after", "thread database"}, {"intake.save.after", "thread intake.save"},
      {"intake.publish.after", "thread intake.publish"}};
  std::string armed;
  for (const auto& [name, thread] : thrown) armed += name + "=throw@2;";
  UnderWay saga("threads", 11);
  saga.start(armed);
  saga.create_orders(3'000);
  saga.flow_until([&] {
    return std::ranges::all_of(
        thrown, [&](const auto& one) { return saga.said("failed and is replaced: failpoint " + one.first); });
  });
  saga.flow();
  for (const auto& [name, thread] : thrown) EXPECT_TRUE(saga.said(thread)) << name;
  saga.expect_whole();
}

TEST(Threads, ThatThrowForEverEndTheProcess) {
  UnderWay saga("for-ever", 12);
  saga.start("table.write.before=throw@*");
  saga.write();
  saga.await([&] { return !saga.daemon().running(); });
  EXPECT_EQ(saga.daemon().wait(0ms), 1) << "so that systemd starts it again";
  EXPECT_TRUE(saga.said("the table can't go on: thread table failed 6 times in PT10M: failpoint table.write.before"))
      << saga.daemon().log();
  saga.start("");
  saga.flow();
  saga.expect_whole();
}

TEST(Threads, ThatHangEndTheProcess) {
  UnderWay saga("hang", 13);
  saga.start("unit.commit.before=hang@3", limit);
  saga.flow_until([&] { return saga.said("failpoint unit.commit.before: hang\n"); });
  saga.await([&] { return !saga.daemon().running(); });
  EXPECT_EQ(saga.daemon().wait(0ms), 1) << "so that systemd starts it again";
  EXPECT_TRUE(saga.said("critical")) << saga.daemon().log();
  EXPECT_TRUE(saga.said("thread join-")) << saga.daemon().log();
  EXPECT_TRUE(saga.said("hangs: it came to '")) << saga.daemon().log();
  saga.start("");
  saga.flow();
  saga.expect_whole();
}

TEST(Threads, ThatWereStoppedWithTheWholeProcessDoNotHang) {
  UnderWay saga("stopped", 14);
  saga.start("", limit);
  saga.flow();
  saga.daemon().process().suspend();
  std::this_thread::sleep_for(6s);  // longer than the limit, shorter than the session
  saga.daemon().process().signal(SIGCONT);
  saga.flow();
  ASSERT_TRUE(saga.daemon().running()) << saga.daemon().log();
  EXPECT_FALSE(saga.said("hangs")) << saga.daemon().log();
  saga.expect_whole();
}

}  // namespace
}  // namespace orders::test
