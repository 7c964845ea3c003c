// How long it takes to catch up, from two looks.
#include "ordersctl/lag_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using Kind = Outlook::Kind;
using testing::ContainsRegex;

PartitionLag at(std::optional<std::int64_t> position, std::int64_t end) { return {{"orders", 1}, position, end}; }

TEST(Outlook, TellsWhenAllWillBeRead) {
  // 500 a second are read, 100 a second come: the 2,000 that are left take 5 s.
  const auto found = outlook(at(0, 2'800), at(1'000, 3'000), 2s);
  EXPECT_EQ(found.kind, Kind::catches_up);
  EXPECT_EQ(found.time, 5s);
  EXPECT_DOUBLE_EQ(found.read_rate.value(), 500);
  EXPECT_DOUBLE_EQ(found.write_rate.value(), 100);
  EXPECT_EQ(outlook_text(found), "PT5S");
}

TEST(Outlook, TellsWhoNeverWill) {
  EXPECT_EQ(outlook_text(outlook(at(0, 100), at(100, 300), 1s)), "falls behind");
  EXPECT_EQ(outlook_text(outlook(at(0, 5'000), at(800, 6'000), 1s)), "falls behind") << "4 of 5 are read";
  EXPECT_EQ(outlook_text(outlook(at(5, 100), at(5, 100), 1s)), "stands still");
  EXPECT_EQ(outlook_text(outlook(at(5, 100), at(5, 200), 1s)), "stands still");
}

TEST(Outlook, IsSteadyWhereTheLagDoesNotClearlyGrow) {
  EXPECT_EQ(outlook_text(outlook(at(0, 100), at(100, 200), 1s)), "steady") << "as fast as it comes";
  EXPECT_EQ(outlook_text(outlook(at(0, 5'000), at(950, 6'000), 1s)), "steady") << "within the noise";
  EXPECT_EQ(outlook_text(outlook(at(1'050, 6'000), at(2'100, 7'000), 1s)), "steady") << "also when it shrinks";
  EXPECT_EQ(outlook_text(outlook(at(990, 1'000), at(2'930, 3'000), 2s)), "steady") << "70 ms of 1,000 a second";
  EXPECT_EQ(outlook_text(outlook(at(990, 1'000), at(1'100, 1'300), 200ms)), "steady") << "between two commits";
  EXPECT_EQ(outlook_text(outlook(at(100, 100), at(100, 200), 2s)), "steady") << "it has only just come";
}

TEST(Outlook, IsCurrentWithNothingToRead) {
  EXPECT_EQ(outlook_text(outlook(std::nullopt, at(100, 100), 0s)), "current");
  EXPECT_EQ(outlook_text(outlook(at(50, 100), at(100, 100), 1s)), "current");
  EXPECT_EQ(at(101, 100).lag(), 0) << "read on between the two questions";
}

TEST(Outlook, IsNotKnownWithoutTwoLooksAtOneLifeOfTheTopic) {
  EXPECT_EQ(outlook(std::nullopt, at(1, 100), 1s).kind, Kind::unknown);
  EXPECT_EQ(outlook(at(1, 100), at(std::nullopt, 100), 1s).kind, Kind::unknown);
  EXPECT_EQ(outlook(at(std::nullopt, 100), at(1, 100), 1s).kind, Kind::unknown);
  EXPECT_EQ(outlook(at(50, 100), at(1, 100), 1s).kind, Kind::unknown) << "wound back";
  EXPECT_EQ(outlook(at(5, 100), at(5, 50), 1s).kind, Kind::unknown) << "made anew";
  EXPECT_EQ(outlook(at(1, 100), at(2, 100), 0s).kind, Kind::unknown);
}

std::vector<ReaderLag> readers(std::int64_t position) {
  return {{"join", "group shop", "", {at(position, 1'000)}}, {"table", "", "the daemon is away", {at(std::nullopt, 7)}}};
}

TEST(Lag, IsATableWithTheReasonsBelow) {
  const auto text = lag_text(readers(0), readers(500), 1s, false);
  EXPECT_THAT(text, ContainsRegex("READER +PARTITION +POSITION +END +LAG +A SECOND +CAUGHT UP IN\n"));
  EXPECT_THAT(text, ContainsRegex("join +orders\\[1\\] +500 +1000 +500 +500 +PT1S\n"));
  EXPECT_THAT(text, ContainsRegex("table +orders\\[1\\] +- +7 +- +- +-\n  table: the daemon is away\n$"));
}

TEST(Lag, AsJsonHasAllThatTheTableHas) {
  const auto lines = lag_json(readers(0), readers(500), 1s);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(nlohmann::json::parse(lines[0]),
            nlohmann::json::parse(R"({"reader":"join","source":"group shop","topic":"orders","partition":1,
              "position":500,"end":1000,"lag":500,"held_back":0,"read_rate":500.0,"write_rate":0.0,"outlook":"catches_up","catch_up_ms":1000})"));
  EXPECT_EQ(nlohmann::json::parse(lines[1]),
            nlohmann::json::parse(R"({"reader":"table","source":"","topic":"orders","partition":1,"position":null,
              "end":7,"lag":null,"held_back":0,"read_rate":null,"write_rate":null,"outlook":"unknown","catch_up_ms":null})"));
}

TEST(Lag, TellsOnceOfEachPartitionThatATransactionHoldsBack) {
  const auto two_readers = [](std::int64_t end, std::int64_t written) {
    const PartitionLag held{{"orders", 2}, end, end, written};
    return std::vector<ReaderLag>{{"database", "", "", {held}}, {"table", "", "", {held}}};
  };
  EXPECT_THAT(lag_text(two_readers(5, 8), two_readers(5, 9), 1s, false),
              testing::EndsWith("current\n  orders[2]: an open transaction holds back 4 offsets: ordersctl doctor tells "
                                "more\n"));
  EXPECT_THAT(lag_text(two_readers(5, 8), two_readers(6, 8), 1s, false), testing::Not(testing::HasSubstr("open")))
      << "it moves";
  EXPECT_THAT(lag_text(two_readers(5, 5), two_readers(5, 8), 1s, false), testing::Not(testing::HasSubstr("open")))
      << "it has only just begun";
  EXPECT_EQ(nlohmann::json::parse(lag_json(two_readers(5, 8), two_readers(5, 9), 1s)[0]).at("held_back"), 4);
}

TEST(Lag, OfAnotherSourceIsNotCompared) {
  auto before = readers(0);
  before[0].source = "state folder";
  EXPECT_THAT(lag_text(before, readers(500), 1s, false), ContainsRegex("join +orders\\[1\\] +500 +1000 +500 +- +-\n"));
}

}  // namespace
}  // namespace orders::ctl
