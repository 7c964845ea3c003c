// The table as an operator sees it: from the running daemon, from its folder, in a file, and against its topic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

constexpr int partitions = 4;

class State : public testing::Test {
 protected:
  State() { create_topics(bootstrap_, daemon_, partitions); }

  /// Records of `orders`, every third rolled back.
  void publish(int first, int count, const std::string& mark = "") {
    LogWriter writer(bootstrap_);
    for (int id = first; id < first + count; ++id) {
      writer.write(answer(daemon_.orders(), id % partitions, id, id % 3 == 0 ? "ROLLBACK" : "CONFIRMED",
                          1'700'000'000'000 + id, mark));
    }
    writer.flush();
  }
  void start_with(int rows) {
    daemon_.start_and_await();
    ASSERT_TRUE(wait_until(60s, [&] {
      const auto counted = daemon_.get("/api/orders/store/count");
      return counted && counted->at("count") == rows && counted->at("lag") == 0;
    })) << daemon_.log();
  }
  json compared(int exit_code) {
    const auto output = daemon_.ctl({"-q", "state", "verify", "--against-topic", "--output", "json"});
    EXPECT_EQ(output.exit_code, exit_code) << output.text();
    return json::parse(output.out).at("stores").at(0).at("against_topic");
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"state", {{"kafka.bootstrap_servers", bootstrap_}}};
};

TEST_F(State, IsTheSameFromTheDaemonAndFromItsFolder) {
  publish(1, 300);
  start_with(300);
  EXPECT_EQ(daemon_.ctl_json({"state", "count", "--status", "ROLLBACK"}).at("count"), 100);
  const auto page = daemon_.ctl_json({"state", "list", "--status", "ROLLBACK", "--limit", "40"});
  ASSERT_EQ(page.at("rows").size(), 40u);
  const std::vector<std::string> rest{"state", "list", "--status", "ROLLBACK", "--limit", "1000", "--after",
                                      page.at("next").dump()};
  const auto live_rest = daemon_.ctl_lines(rest);
  EXPECT_EQ(live_rest.size(), 60u);
  const auto stats = daemon_.ctl_json({"state", "stats"});
  EXPECT_EQ(stats.at("positions").size(), static_cast<std::size_t>(partitions));
  for (const auto& at : stats.at("positions")) EXPECT_EQ(at.at("next_offset"), at.at("end"));

  daemon_.ctl_ok({"-q", "state", "export", "--file", "live.ndjson"});  // what is not flushed yet, too
  const auto live = parse_lines(slurp(daemon_.folder() / "live.ndjson"));
  EXPECT_EQ(live.size(), 300u);

  EXPECT_EQ(daemon_.stop(), 0);
  const auto left = daemon_.ctl(rest);
  EXPECT_EQ(left.exit_code, 0) << left.text();
  EXPECT_THAT(left.err, HasSubstr("ordersd is not running"));
  EXPECT_EQ(daemon_.ctl_lines(rest), live_rest);
  daemon_.ctl_ok({"-q", "state", "export", "--file", "left.ndjson"});
  EXPECT_EQ(parse_lines(slurp(daemon_.folder() / "left.ndjson")), live);
  const auto offline = daemon_.ctl_json({"state", "stats", "--against-ends"});
  for (const auto& at : offline.at("positions")) EXPECT_EQ(at.at("next_offset"), at.at("end"));
}

TEST_F(State, IsComparedWithItsTopicBesideTheDaemonAndAfterIt) {
  publish(1, 400);
  publish(1, 200, "again");
  start_with(400);
  daemon_.ctl_ok({"-q", "state", "export", "--file", "flushed.ndjson"});
  auto comparison = compared(0);
  EXPECT_EQ(comparison.at("records"), 600);
  EXPECT_EQ(comparison.at("equal"), 400);

  EXPECT_EQ(daemon_.stop(), 0);
  publish(1, 50, "which the table has not read");
  comparison = compared(0);
  EXPECT_EQ(comparison.at("records"), 650);
  EXPECT_EQ(comparison.at("equal"), 400);

  // Retention takes the first records of a partition.
  delete_records(bootstrap_, daemon_.orders(), 0, end_offsets(bootstrap_, daemon_.orders()).at(0));
  comparison = compared(0);
  EXPECT_EQ(comparison.at("equal"), 300);
  EXPECT_EQ(comparison.at("unchecked"), 100);
}

TEST_F(State, ThatIsNotItsTopicsFoldIsToldRowByRow) {
  publish(1, 40);
  start_with(40);
  EXPECT_EQ(daemon_.stop(), 0);
  delete_topic(bootstrap_, daemon_.orders());
  create_topic(bootstrap_, daemon_.orders(), partitions);
  publish(1, 36);
  LogWriter writer(bootstrap_);
  writer.write(answer(daemon_.orders(), 1, 37, "CONFIRMED", 1'700'000'000'037, "another value"));
  writer.write(answer(daemon_.orders(), 2, 999, "CONFIRMED", 1'700'000'000'038));  // in the place of 38
  writer.flush();
  const auto comparison = compared(1);
  EXPECT_EQ(comparison.at("equal"), 36);
  EXPECT_EQ(comparison.at("different"), 1);
  EXPECT_EQ(comparison.at("missing"), 1);
  EXPECT_EQ(comparison.at("extra"), 3);
  const auto shown = daemon_.ctl({"state", "verify", "--against-topic"});
  EXPECT_EQ(shown.exit_code, 1);
  EXPECT_THAT(shown.out, AllOf(HasSubstr("order 37 has another value"), HasSubstr("order 999 is not in the table"),
                               HasSubstr("order 40 is in the table"), HasSubstr("To mend:")));
}

}  // namespace
}  // namespace orders::test
