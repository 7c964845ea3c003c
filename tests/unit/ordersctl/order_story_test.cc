// What an order's records, row and table come to.
#include "ordersctl/order_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using Kind = TracedRecord::Kind;
using State = OrderState::Kind;
using testing::ElementsAre;
using testing::HasSubstr;

const Timestamp noon = from_millis(1'700'000'000'000);

TracedRecord record(Kind kind, const std::string& topic, std::int64_t offset, Timestamp time,
                    const std::string& status = "ACCEPT", std::int32_t partition = 3) {
  TracedRecord found;
  found.kind = kind;
  found.at = {topic, partition};
  found.offset = offset;
  found.time = time;
  found.status = status;
  return found;
}

class OrderStory : public testing::Test {
 protected:
  OrderStory() {
    trace_.id = 42;
    trace_.looked_back = 24h;
    trace_.row.state = trace_.table.state = Holding::State::absent;
    trace_.join[{"payment-orders", 3}] = {100, noon};
    trace_.join[{"stock-orders", 3}] = {100, noon};
  }
  void payment(std::int64_t offset = 17, Timestamp time = noon, std::int32_t partition = 3) {
    trace_.records.add(record(Kind::payment, "payment-orders", offset, time, "ACCEPT", partition));
  }
  void stock(std::int64_t offset = 12, Timestamp time = noon, std::int32_t partition = 3) {
    trace_.records.add(record(Kind::stock, "stock-orders", offset, time, "REJECT", partition));
  }
  OrderState state() const { return state_of(trace_, join_); }
  std::string words() const {
    std::string text;
    for (const auto& line : state().words) text += line + "\n";
    return text;
  }

  OrderTrace trace_;
  config::Join join_;  // 10 s before and after
};

TEST_F(OrderStory, IsDecidedOnceThereIsAResult) {
  payment();
  stock();
  trace_.records.add(record(Kind::result, "orders", 5, noon, "ROLLBACK"));
  EXPECT_EQ(state().kind, State::decided);
  EXPECT_THAT(state().words, ElementsAre());
  const auto text = story_text(trace_, state(), false);
  EXPECT_THAT(text, HasSubstr("order 42: ROLLBACK\n"));
  EXPECT_THAT(text, testing::ContainsRegex("payment +payment-orders\\[3\\]@17 +2023-11-14T22:13:20.000Z +ACCEPT\n"));
  EXPECT_THAT(text, HasSubstr("\ndatabase: no row\ntable: no row\n"));
}

TEST_F(OrderStory, WaitsForTheOtherAnswerSinceItsOwnTime) {
  payment();
  EXPECT_EQ(state().kind, State::waiting);
  EXPECT_THAT(state().waits_for, ElementsAre("stock"));
  EXPECT_EQ(state().since, noon);
  EXPECT_THAT(words(), HasSubstr("waits for the stock answer since 2023-11-14T22:13:20.000Z"));
}

TEST_F(OrderStory, IsMissedOnceTheOtherSidesTimeIsPast) {
  payment();
  trace_.join[{"stock-orders", 3}].stream_time = noon + 20s;
  EXPECT_EQ(state().kind, State::waiting) << "exactly the retention: it may still come";
  trace_.join[{"stock-orders", 3}].stream_time = noon + 20s + 1ms;
  EXPECT_EQ(state().kind, State::missed);
  trace_.join[{"stock-orders", 3}].stream_time = noon;
  trace_.join[{"payment-orders", 3}].stream_time = noon + 1h;
  EXPECT_EQ(state().kind, State::waiting) << "its own side's time closes nothing";
}

TEST_F(OrderStory, IsUnreadBeforeTheJoinHasCommittedIt) {
  payment(100);
  EXPECT_EQ(state().kind, State::unread);
  EXPECT_THAT(words(), HasSubstr("the join has not committed payment-orders[3]@100 yet: it is at offset 100"));
  trace_.join[{"payment-orders", 3}].next_offset.reset();
  EXPECT_THAT(words(), HasSubstr("never committed anything of payment-orders[3]"));
}

TEST_F(OrderStory, SaysWhyTwoAnswersDidNotMeet) {
  payment();
  stock(12, noon + 11s);
  EXPECT_EQ(state().kind, State::missed);
  EXPECT_THAT(words(), HasSubstr("the answers lie PT11S apart"));
}

TEST_F(OrderStory, SaysThatAnswersOnDifferentPartitionsCanNotMeet) {
  payment();
  stock(12, noon, 1);
  EXPECT_EQ(state().kind, State::missed);
  EXPECT_THAT(words(), HasSubstr("payment-orders[3]@17 and stock-orders[1]@12 can't meet"));
}

TEST_F(OrderStory, OfADeadLetterNamesItsReason) {
  payment();
  auto letter = record(Kind::dead_letter, "recovererDLQ", 2, noon + 1min, "");
  letter.reason = "late";
  letter.origin = "join";
  letter.original = "payment-orders[3]@17";
  letter.message = "behind by\n2 s";
  trace_.records.add(letter);
  EXPECT_EQ(state().kind, State::missed);
  EXPECT_THAT(words(), HasSubstr("payment-orders[3]@17 is a dead letter: late"));
  EXPECT_THAT(story_text(trace_, state(), false),
              HasSubstr("  recovererDLQ[3]@2: join, payment-orders[3]@17: behind by\\x0a2 s\n"));
}

TEST_F(OrderStory, BeginsWithTheAnnouncement) {
  trace_.records.add(record(Kind::announced, "orders", 0, noon, "NEW"));
  EXPECT_EQ(state().kind, State::announced);
  EXPECT_THAT(state().waits_for, ElementsAre("payment", "stock"));
}

TEST_F(OrderStory, MayBeNoMoreThanARow) {
  EXPECT_TRUE(trace_.unknown());
  EXPECT_EQ(state().kind, State::unknown);
  trace_.row = {Holding::State::present, R"({"orderId":42,"status":"CONFIRMED","updatedAt":"T"})", {}};
  EXPECT_FALSE(trace_.unknown());
  EXPECT_EQ(state().kind, State::stored);
  EXPECT_THAT(story_text(trace_, state(), false), HasSubstr("order 42: CONFIRMED\n"));
  EXPECT_THAT(story_text(trace_, state(), false), HasSubstr("\ndatabase: CONFIRMED, updated T\n"));
}

TEST_F(OrderStory, IsNotCompleteWhereAPlaceCouldNotBeAsked) {
  trace_.table = {Holding::State::unknown, {}, "the daemon is away"};
  EXPECT_FALSE(trace_.complete());
  trace_.row = {Holding::State::not_kept, {}, "none"};
  trace_.table.state = Holding::State::absent;
  EXPECT_TRUE(trace_.complete());
}

TEST_F(OrderStory, AsJsonIsWhole) {
  payment();
  trace_.table = {Holding::State::unknown, {}, "the daemon is away"};
  const auto json = nlohmann::json::parse(story_json(trace_, state()));
  EXPECT_EQ(json.at("orderId"), 42);
  EXPECT_EQ(json.at("state"), "waiting");
  EXPECT_EQ(json.at("waitsFor"), nlohmann::json::array({"stock"}));
  EXPECT_EQ(json.at("since"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(json.at("/records/0/offset"_json_pointer), 17);
  EXPECT_EQ(json.at("/records/0/timestamp"_json_pointer), 1'700'000'000'000);
  EXPECT_EQ(json.at("row"), nullptr);
  EXPECT_EQ(json.at("unavailable"), nlohmann::json::array({"table: the daemon is away"}));
}

TEST_F(OrderStory, KeepsTheNewestOfMany) {
  for (std::int64_t i = 0; i < 1'000; ++i) payment(i % 100, noon + Milliseconds{i});
  EXPECT_EQ(trace_.records.of(Kind::payment).size(), TracedRecords::limit);
  EXPECT_EQ(trace_.records.left_out(Kind::payment), 1'000 - TracedRecords::limit);
  EXPECT_EQ(trace_.records.of(Kind::payment).back().time, noon + 999ms);
}

}  // namespace
}  // namespace orders::ctl
