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

TEST_F(ReplayLocal, ExitsWithSixAndTheDifferenceWhereAnotherIsExpected) {
  std::string expected = result;
  expected.replace(expected.find("12.50"), 5, "12.5");
  expected.replace(expected.find("1250"), 4, "1249");
  const auto output = expecting("\n" + expected);
  EXPECT_EQ(output.exit_code, 6) << output.text();
  EXPECT_EQ(output.out, result) << "the results are printed all the same";
  EXPECT_THAT(output.err,
              AllOf(HasSubstr("ordersctl: the results of in.ndjson are not those of expected.ndjson: 1 record differs\n"),
                    HasSubstr("  order 1: timestamp: expected 1249, got 1250 (orders, expected.ndjson:2, line 1 of the "
                              "output)\n"),
                    HasSubstr("  order 1: value.price: expected 12.5, got 12.50 (orders, expected.ndjson:2"),
                    HasSubstr("--update"), HasSubstr("ordersctl-replay(1)")));
}

TEST_F(ReplayLocal, ExitsWithSixWhereRecordsAreMissingOrTooMany) {
  const auto missing = expecting(std::string(result) + result);
  EXPECT_EQ(missing.exit_code, 6) << missing.text();
  EXPECT_THAT(missing.err, AllOf(HasSubstr("are not those of expected.ndjson: 1 is missing\n"),
                                 HasSubstr("order 1: missing (orders, expected.ndjson:2): {\"topic\"")));
  const auto more = expecting("");
  EXPECT_EQ(more.exit_code, 6) << more.text();
  EXPECT_THAT(more.err, AllOf(HasSubstr("1 was not expected\n"),
                              HasSubstr("order 1: not expected (orders, line 1 of the output): {\"topic\"")));
}

TEST_F(ReplayLocal, UpdateMakesTheResultsWhatIsExpected) {
  const auto expected = ctl_.folder() / "expected.ndjson";
  for (const char* before : {"", "no capture", "[]"}) {
    write_file(expected, before);
    const auto output = replay(capture, {"--expect", "expected.ndjson", "--update"});
    EXPECT_EQ(output.exit_code, 0) << output.text();
    EXPECT_EQ(output.out, "");
    EXPECT_THAT(output.err, HasSubstr("expected.ndjson is written"));
    EXPECT_EQ(slurp(expected), result);
  }
  std::filesystem::remove(expected);
  EXPECT_EQ(replay(capture, {"--expect", "expected.ndjson", "--update"}).exit_code, 0);
  EXPECT_EQ(slurp(expected), result);
}

TEST_F(ReplayLocal, UpdateLeavesAloneWhatIsAsExpectedOrCouldNotBeRun) {
  const auto by_hand = "\n" + std::string(result);
  const auto expected = ctl_.file("expected.ndjson", by_hand);
  EXPECT_THAT(replay(capture, {"--expect", "expected.ndjson", "--update"}).err, Not(HasSubstr("is written")));
  EXPECT_EQ(slurp(expected), by_hand);
  EXPECT_EQ(replay("[]", {"--expect", "expected.ndjson", "--update"}).exit_code, 2);
  EXPECT_EQ(slurp(expected), by_hand);
}

TEST_F(ReplayLocal, UpdateAndJunitNeedWhatIsExpected) {
  for (const char* flag : {"--update", "--junit=report.xml"}) {
    const auto output = replay(capture, {flag});
    EXPECT_EQ(output.exit_code, 2) << output.text();
    EXPECT_THAT(output.err, HasSubstr("--expect FILE"));
  }
  EXPECT_EQ(replay(capture, {"--expect", "-", "--update"}).exit_code, 2);
  EXPECT_EQ(replay(capture, {"--expect", "expected.ndjson", "--update", "--junit", "gone/report.xml"}).exit_code, 1);
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
  EXPECT_EQ(ctl_.run({"replay", "local", "in.ndjson", "--expect", "."}).exit_code, 1) << "a folder";
}

TEST_F(ReplayLocal, AnEmptyCaptureHasNoResults) {
  const auto output = replay("");
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, IsEmpty());
  EXPECT_THAT(output.err, AllOf(HasSubstr("read 0 ="), Not(HasSubstr("still waiting"))));
}

// --- a folder of captures

class ReplayFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_);
    write_file(folder_ / "good.ndjson", capture);
    write_file(folder_ / "good.expected.ndjson", result);
  }
  [[nodiscard]] Output replay(std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), {"replay", "local", "captures"});
    return ctl_.run(arguments);
  }
  Ctl ctl_;
  const std::filesystem::path folder_ = ctl_.folder() / "captures";
};

TEST_F(ReplayFolder, OfTheProjectGivesWhatIsExpected) {
  const auto output = ctl_.run({"replay", "local", SOURCE_DIR "/tests/replays"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_EQ(output.err, "");
  for (const char* name : {"confirmed", "rejected", "rollback", "late", "unmatched", "duplicates",
                           "duplicates-suppressed", "malformed"}) {
    EXPECT_THAT(output.out, testing::ContainsRegex(std::string(name) + "\\.ndjson .* ok\n"));
  }
}

TEST_F(ReplayFolder, RunsEachCaptureInItsOwnConfiguration) {
  write_file(folder_ / "good.yaml", "join: {window: 249ms}\n");
  const auto narrow = replay();
  EXPECT_EQ(narrow.exit_code, 6) << narrow.text();
  EXPECT_THAT(narrow.err, HasSubstr("order 1: missing"));
  write_file(folder_ / "good.yaml", "join: {windw: 249ms}\n");
  const auto wrong = replay();
  EXPECT_EQ(wrong.exit_code, 2) << wrong.text();
  EXPECT_THAT(wrong.err, HasSubstr("good.yaml:1:8"));
}

TEST_F(ReplayFolder, TellsTheVerdictOfEveryCapture) {
  write_file(folder_ / "broken.ndjson", "[]\n");
  write_file(folder_ / "broken.expected.ndjson", "");
  write_file(folder_ / "differs.ndjson", capture);
  write_file(folder_ / "differs.expected.ndjson", "");
  const auto output = replay({"--output", "ndjson", "--junit", "report.xml"});
  EXPECT_EQ(output.exit_code, 2) << "what can't be read goes before what differs; " << output.text();
  EXPECT_THAT(output.out, AllOf(HasSubstr(R"("verdict":"ok","read":4)"), HasSubstr(R"("verdict":"error")"),
                                HasSubstr(R"("verdict":"differs")"), HasSubstr(R"("extra":1)")));
  EXPECT_THAT(output.err, AllOf(HasSubstr("broken.ndjson:1:1"), HasSubstr("order 1: not expected")));
  EXPECT_THAT(slurp(ctl_.folder() / "report.xml"),
              AllOf(StartsWith("<?xml version=\"1.0\""), HasSubstr(R"(tests="3" failures="1" errors="1")"),
                    HasSubstr(R"(<testcase classname="captures" name="good" time=")"),
                    HasSubstr("<error message=\"captures/broken.ndjson:1:1: an object"),
                    HasSubstr("<failure message=\"the results of captures/differs.ndjson are not those of"),
                    HasSubstr("{&quot;topic&quot;:&quot;orders&quot;")));
}

TEST_F(ReplayFolder, UpdateWritesWhatIsMissingAndNothingElse) {
  write_file(folder_ / "new.ndjson", capture);
  const auto first = replay();
  EXPECT_EQ(first.exit_code, 2) << first.text();
  EXPECT_THAT(first.err, AllOf(HasSubstr("nothing says what is expected of captures/new.ndjson"),
                               HasSubstr("--update writes captures/new.expected.ndjson")));
  const auto updated = replay({"--update"});
  EXPECT_EQ(updated.exit_code, 0) << updated.text();
  EXPECT_THAT(updated.out, AllOf(testing::ContainsRegex("good\\.ndjson .* ok\n"),
                                 testing::ContainsRegex("new\\.ndjson .* updated\n")));
  EXPECT_EQ(slurp(folder_ / "new.expected.ndjson"), result);
  EXPECT_EQ(replay().exit_code, 0);
}

TEST_F(ReplayFolder, AnExpectationWithoutItsCaptureIsAnError) {
  std::filesystem::remove(folder_ / "good.ndjson");
  const auto output = replay();
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_THAT(output.err, HasSubstr("captures/good.ndjson is not there, but captures/good.expected.ndjson is"));
  std::filesystem::remove(folder_ / "good.expected.ndjson");
  EXPECT_EQ(replay().exit_code, 3);
  EXPECT_EQ(replay({"--expect", "x.ndjson"}).exit_code, 2);
}

}  // namespace
}  // namespace orders::test
