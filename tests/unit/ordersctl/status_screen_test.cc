// The live screen, from two documents.
#include "ordersctl/status_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "ordersctl/watch.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string document(const std::string& started, std::int64_t read, std::int64_t late) {
  const auto number = std::to_string(read);
  return R"({"version":"0.1.0","application_id":"orders","instance_id":"one","state":"running","reasons":[],)"
         R"("uptime_seconds":75,"started":")" +
         started + R"(","join":{"waiting":12,"fates":{"read":)" + number + R"(,"joined":)" + number +
         R"(,"results":5,"unmatched":0,"late":)" + std::to_string(late) +
         R"(},"workers":[{"name":"one-0","state":"running","commits":17,"aborts":1,"tasks":[]}]},)"
         R"("views":{"table":{"state":"catching_up","lag":7,"read":)" +
         number + R"(,"invalid":0,"failed":0,"reason":"why"},"database":null},)" +
         R"("intake":{"state":"running","accepted":)" + number + R"(,"published":1,"failed":0,"outbox":3}})";
}

TEST(StatusScreen, ShowsWhatHappensASecond) {
  const auto screen = status_screen(document("A", 1'000, 1), document("A", 3'000, 2), 2s, false);
  EXPECT_THAT(screen, HasSubstr("orders / one: running, up PT1M15S, version 0.1.0\n"));
  EXPECT_THAT(screen, ContainsRegex("read +3,000 +1,000\n"));
  EXPECT_THAT(screen, ContainsRegex("results +5 +0\n"));
  EXPECT_THAT(screen, ContainsRegex("waiting +12\n"));
  EXPECT_THAT(screen, ContainsRegex("late +2 +0.5\n"));
  EXPECT_THAT(screen, ContainsRegex("table +catching_up +7 +1,000 +0 +0\n  table: why\n"));
  EXPECT_THAT(screen, ContainsRegex("running +3,000 +1,000 +0 +3\n"));
  EXPECT_THAT(screen, Not(HasSubstr("unmatched"))) << "what has not happened takes no line";
}

TEST(StatusScreen, ShowsTheLatency) {
  constexpr auto now =
      R"({"join":{"latency":{"p50_ms":7,"p90_ms":8,"p99_ms":9,"max_ms":10,"results":3,"window_s":60}}})";
  EXPECT_THAT(status_screen("", now, 1s, false), HasSubstr("\nlatency, last 60 s: p50 7ms, p90 8ms, p99 9ms, max 10ms, results 3\n"));
}

TEST(StatusScreen, KnowsNoRatesAtFirstAndAcrossARestart) {
  for (const auto& before : {std::string(), document("of an earlier run", 1'000, 1), document("A", 5'000, 2)}) {
    EXPECT_THAT(status_screen(before, document("A", 3'000, 2), 2s, false), ContainsRegex("read +3,000 +-\n"));
  }
}

TEST(StatusScreen, FitsATerminalOfEightyColumns) {
  std::istringstream lines(
      status_screen(document("A", 0, 0), document("A", 123'456'789'012, 123'456'789'012), 1s, false));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(StatusScreen, ToleratesADaemonThatTellsLess) {
  EXPECT_THAT(status_screen("", R"({"state":"starting","join":null,"intake":null})", 1s, false), HasSubstr("starting"));
}

TEST(Screen, IsDrawnInItsPlaceAndNoHigherThanTheTerminal) {
  EXPECT_EQ(screen_of("one\ntwo\nthree\n", 2), "\033[Hone\033[K\r\ntwo\033[K\033[J");
  EXPECT_EQ(screen_of("one\n\ntwo", 24), "\033[Hone\033[K\r\n\033[K\r\ntwo\033[K\033[J");
}

}  // namespace
}  // namespace orders::ctl
