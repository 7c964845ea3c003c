// `ordersctl replay local` as scripts see it. What the join makes of a capture is tested in unit_replay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr auto capture =
    R"({"topic":"orders","partition":0,"offset":4,"timestamp":900,"key":1,"value":{"orderId":1,"status":"NEW"}}
{"topic":"payment-orders","partition":0,"offset":0,"timestamp":1000,"key":1,"value":{"orderId":1,"status":"ACCEPT"}}
{"topic":"stock-orders","partition":0,"offset":0,"timestamp":1250,"key":1,"value":{"orderId":1,"status":"ACCEPT","source":"INVENTORY","price":12.50}}
{"topic":"stock-orders","partition":0,"offset":1,"timestamp":1300,"key":2,"value":{"orderId":2,"status":"ACCEPT"}}
{"topic":"stock-orders","partition":0,"offset":2,"timestamp":1300,"key":null,"value":{"orderId":2,"status":"ACCEPT"}}
)";
constexpr auto result =
    R"({"topic":"orders","partition":0,"offset":0,"timestamp":1250,"key":1,"value":{"orderId":1,"status":"CONFIRMED","source":null,"price":12.50}}
)";

class ReplayLocal : public testing::Test {
 protected:
  [[nodiscard]] Output replay(const std::string& text, std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), {"replay", "local", "in.ndjson"});
    (void)ctl_.file("in.ndjson", text);
    return ctl_.run(arguments);
  }
  [[nodiscard]] Output expecting(const std::string& expected) const {
    (void)ctl_.file("expected.ndjson", expected);
    return replay(capture, {"--expect", "expected.ndjson"});
  }
  Ctl ctl_;
};

TEST_F(ReplayLocal, PrintsWhatTheJoinWouldProduceAndCountsTheFatesBeside) {
  const auto output = replay(capture);
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_EQ(output.out, result);
  EXPECT_EQ(output.err,
            "read 4 = joined 2 + waiting 1 + unmatched 0 + late 0 + duplicate 0 + invalid 0 + skipped 1\n"
            "produced 1 result and 0 dead letters\n"
            "still waiting at the end, not produced: 0 payments, 1 stock record\n"
            "passed over: 1 record of orders, which is no input of the join\n");
  EXPECT_EQ(replay(capture, {"-q"}).err, "");
}

TEST_F(ReplayLocal, ReadsStandardInputToo) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"replay", "local"}, {"replay", "local", "-"}}) {
    const auto output = ctl_.run(arguments, capture);
    EXPECT_EQ(output.exit_code, 0) << output.text();
    EXPECT_EQ(output.out, result);
  }
}

TEST_F(ReplayLocal, RunsTheJoinOfTheConfiguration) {
  const auto output = replay(capture, {"--set", "join.window=249ms", "--set", "topics.orders=results"});
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_THAT(output.err, HasSubstr("in.ndjson:1:10: topic orders is neither payment-orders nor stock-orders"));
  EXPECT_EQ(replay(capture, {"--set", "join.window=249ms"}).out, "");
  EXPECT_EQ(replay(capture, {"--set", "join.window=250ms"}).out, result);
  EXPECT_THAT(replay(capture, {"--set", "join.windw=250ms"}).err, HasSubstr("did you mean"));
}

TEST_F(ReplayLocal, OutputIsACaptureThatCanBeExpected) {
  const auto output = expecting(result);
  EXPECT_EQ(output.exit_code, 0) << output.text();
  // Another order of members, another offset: the same record.
  const auto other = expecting(
      R"({"value":{"orderId":1,"status":"CONFIRMED","source":null,"price":12.50},"key":1,"timestamp":1250,"partition":0,)"
      R"("topic":"orders","offset":77})");
  EXPECT_EQ(other.exit_code, 0) << other.text();
}

TEST_F(ReplayLocal, ExitsWithSixAndTheFirstDifferenceWhereAnotherIsExpected) {
  std::string expected = result;
  expected.replace(expected.find("12.50"), 5, "12.5");
  const auto output = expecting("\n" + expected);
  EXPECT_EQ(output.exit_code, 6) << output.text();
  EXPECT_EQ(output.out, result) << "the results are printed all the same";
  EXPECT_THAT(output.err, AllOf(HasSubstr("ordersctl: expected.ndjson:2: another value than expected (line 1 of"),
                                HasSubstr("expected: {\"topic\""), HasSubstr("12.5}"),
                                HasSubstr("got:      {\"topic\""), HasSubstr("12.50}")));
}

TEST_F(ReplayLocal, ExitsWithSixWhereRecordsAreMissingOrTooMany) {
  const auto missing = expecting(std::string(result) + result);
  EXPECT_EQ(missing.exit_code, 6) << missing.text();
  EXPECT_THAT(missing.err, AllOf(HasSubstr("expected.ndjson:2: the results end"), HasSubstr("got:      nothing")));
  const auto more = expecting("");
  EXPECT_EQ(more.exit_code, 6) << more.text();
  EXPECT_THAT(more.err, AllOf(HasSubstr("more results than expected"), HasSubstr("expected: nothing")));
}

TEST_F(ReplayLocal, ABadLineIsWrongUseWithItsPlace) {
  const auto output = replay(std::string(capture) + "{\"topic\":\"stock-orders\",\"ofset\":1}\n");
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_EQ(output.out, result) << "what came before it";
  EXPECT_THAT(output.err, AllOf(StartsWith("ordersctl: in.ndjson:6:25:"), HasSubstr("did you mean offset?")));
  const auto expected = expecting("[]");
  EXPECT_EQ(expected.exit_code, 2) << expected.text();
  EXPECT_THAT(expected.err, HasSubstr("expected.ndjson:1:1: an object is expected"));
  const auto input = ctl_.run({"replay", "local"}, "[]");
  EXPECT_THAT(input.err, HasSubstr("standard input:1:1: an object"));
}

TEST_F(ReplayLocal, AFileThatIsNotThereIsWrongUse) {
  const auto gone = ctl_.run({"replay", "local", "gone.ndjson"});
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.err, HasSubstr("gone.ndjson: No such file"));
  EXPECT_EQ(replay(capture, {"--expect", "gone.ndjson"}).exit_code, 2);
  EXPECT_EQ(ctl_.run({"replay", "local", "-", "--expect", "-"}).exit_code, 2);
  EXPECT_EQ(ctl_.run({"replay", "local", "."}).exit_code, 1) << "a folder";
}

TEST_F(ReplayLocal, AnEmptyCaptureHasNoResults) {
  const auto output = replay("");
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, IsEmpty());
  EXPECT_THAT(output.err, AllOf(HasSubstr("read 0 ="), Not(HasSubstr("still waiting"))));
}

}  // namespace
}  // namespace orders::test
