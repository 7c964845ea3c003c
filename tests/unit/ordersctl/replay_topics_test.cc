// Wrong use of `replay capture`, `replay topics` and `replay compare`; what they do is tested on a real broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl.h"

namespace orders::test {
namespace {

using testing::HasSubstr;

class ReplayUse : public testing::Test {
 protected:
  void expect(std::vector<std::string> arguments, int code, const testing::Matcher<std::string>& err) const {
    arguments.insert(arguments.begin(), "replay");
    const auto output = ctl_.run(arguments);
    EXPECT_EQ(output.exit_code, code) << output.text();
    EXPECT_THAT(output.err, err) << output.text();
  }
  [[nodiscard]] static std::vector<std::string> with_broker_away(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--set", "kafka.bootstrap_servers=127.0.0.1:" + std::to_string(free_port()),
                                       "--timeout", "1s"});
    return arguments;
  }
  Ctl ctl_;
};

constexpr auto line = R"({"topic":"payment-orders","partition":0,"timestamp":1700000000000,"key":1,"value":{}})"
                      "\n";

TEST_F(ReplayUse, APlaceInATopicIsATimeAnOffsetOrAnEnd) {
  expect({"capture", "--from", "yesterday"}, 2, HasSubstr("'yesterday' is no place in a topic"));
  expect({"topics", "--to", "15m"}, 2, HasSubstr("'15m' is no place in a topic"));
  expect({"capture", "--partition", "-1"}, 2, HasSubstr("-1 is below 0"));
  expect({"capture", "--isolation", "none"}, 2, HasSubstr("--isolation"));
  expect({"capture", "--key-filter", "mug"}, 2, HasSubstr("'mug' is not a whole number"));
}

TEST_F(ReplayUse, TopicsSendsOneThing) {
  expect({"topics"}, 2, HasSubstr("a capture FILE, or a range with --from or --to?"));
  expect({"topics", "--topic", "orders"}, 2, HasSubstr("a capture FILE, or a range"));
  (void)ctl_.file("in.ndjson", line);
  expect({"topics", "in.ndjson", "--from", "-15m"}, 2, HasSubstr("no --topic, --partition, --from, --to with it"));
  expect({"topics", "missing.ndjson"}, 2, HasSubstr("missing.ndjson is no regular file that is there"));
  expect({"topics", "-"}, 2, HasSubstr("- is no regular file"));
  expect({"topics", "in.ndjson", "--name", "a b"}, 2, HasSubstr("'a b' is not of 1 to 100 letters"));
  expect({"topics", "in.ndjson", "--rate", "0"}, 2, HasSubstr("0 is below 1"));
}

TEST_F(ReplayUse, CompareNeedsTwoTopicsAndTimes) {
  expect({"compare"}, 2, HasSubstr("--with TOPIC"));
  expect({"compare", "--with", "orders"}, 2, HasSubstr("orders can't be compared with itself"));
  expect({"compare", "--with", "other", "--from", "42"}, 2, HasSubstr("give --from and --to as times"));
  expect({"compare", "--with", "other", "--topic", "a", "--topic", "b"}, 2, HasSubstr("only one --topic"));
}

TEST_F(ReplayUse, ABrokerThatIsAwayIsUnreachable) {
  (void)ctl_.file("in.ndjson", line);
  expect(with_broker_away({"capture", "out.ndjson"}), 4, HasSubstr("127.0.0.1"));
  EXPECT_FALSE(std::filesystem::exists(ctl_.folder() / "out.ndjson"));
  expect(with_broker_away({"topics", "--from", "-15m"}), 4, HasSubstr("127.0.0.1"));
  expect(with_broker_away({"compare", "--with", "other"}), 4, HasSubstr("127.0.0.1"));
  expect(with_broker_away({"topics", "in.ndjson", "--execute"}), 4, HasSubstr("ordersctl: "));
}

TEST_F(ReplayUse, AnEmptyFileIsSentAtOnce) {
  (void)ctl_.file("in.ndjson", "\n");
  const auto output = ctl_.run({"replay", "topics", "in.ndjson", "--execute"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, HasSubstr("sent 0 of 0 records"));
}

}  // namespace
}  // namespace orders::test
