// What captures can not show of a task; the rest is in tests/unit/replay.
#include "topology/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "order/key.h"
#include "support/temp_folder.h"

namespace orders::topology {
namespace {

using testing::ElementsAre;

class SingleTask : public testing::Test {
 protected:
  void SetUp() override {
    options.dead_letter_time = [](Timestamp t) { return t; };
    options.record_limit = 200;
    task = std::make_unique<Task>(3, options);
    ASSERT_TRUE(task->restore({}));
  }
  void feed(Side side, const std::string& key, const std::string& value, std::int64_t time = 1'000,
            std::string_view timestamp_type = "CreateTime") {
    task->process(side,
                  {.offset = offset++,
                   .timestamp = from_millis(time),
                   .timestamp_type = timestamp_type,
                   .key = key,
                   .value = value,
                   .headers = {}},
                  outputs);
  }
  static std::string key(std::int64_t id) { return order::encode_key(id, config::KeyFormat::int64); }
  /// Of that name, of all outputs so far.
  std::vector<std::string> headers(std::string_view wanted) const {
    std::vector<std::string> found;
    for (const auto& record : outputs.records) {
      for (const auto& [name, value] : record.headers) {
        if (name == wanted) found.push_back(*value);
      }
    }
    return found;
  }
  /// The reasons of the dead letters so far.
  std::vector<std::string> reasons() const { return headers("orders-reason"); }
  /// What is committed now is taken over by another task.
  void take_over() {
    const auto positions = task->positions();
    for (std::size_t i = 0; i < 2; ++i)
      committed[i] = {.offset = positions[i].offset, .metadata = *decode(positions[i].metadata), .cold_from = {}};
    outputs.clear();
    task = std::make_unique<Task>(3, options);
    ASSERT_TRUE(task->restore(committed));
    ASSERT_TRUE(task->rebuilding());
  }

  TaskOptions options;
  std::unique_ptr<Task> task;
  Outputs outputs;
  std::int64_t offset = 0;
  std::array<Committed, 2> committed;  ///< that was taken over last
};

TEST_F(SingleTask, TellsWhatBecomesOfRecordsToWhoFollowsThem) {
  const auto before = spdlog::default_logger();
  std::ostringstream log;
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  spdlog::default_logger_raw()->set_level(spdlog::level::debug);
  spdlog::default_logger_raw()->set_pattern("%v");
  feed(Side::payment, key(7), R"({"orderId":7,"status":"ACCEPT"})");
  EXPECT_EQ(log.str(), "") << "nobody has asked";
  task->follow(true);
  feed(Side::stock, key(7), R"({"orderId":7,"status":"REJECT"})");
  feed(Side::payment, key(8), R"({"orderId":8,"status":"ACCEPT"})");
  feed(Side::stock, key(9), R"({"orderId":9,"status":"ACCEPT"})", 99'000);
  spdlog::set_default_logger(before);
  EXPECT_EQ(log.str(),
            "join: stock: answer REJECT read\n"
            "join: stock: joined with a payment answer ACCEPT, of 1970-01-01T00:00:01.000Z\n"
            "join: stock: its fate: joined\n"
            "join: payment: answer ACCEPT read\n"
            "join: payment: its fate: waiting\n"
            "join: stock: answer ACCEPT read\n"
            "join: payment: given up: its other answer did not come in time\n"
            "join: stock: its fate: waiting\n");
}

TEST_F(SingleTask, EachInvalidRecordIsADeadLetterWithItsReasonAndMovesNoStreamTime) {
  const std::string good = R"({"orderId":7,"status":"ACCEPT"})";
  feed(Side::payment, "short", good, 9'999'999);
  feed(Side::payment, key(7), "not json", 9'999'999);
  feed(Side::payment, key(8), good, 9'999'999);
  feed(Side::payment, key(7), R"({"orderId":7,"status":"CONFIRMED"})", 9'999'999);
  feed(Side::payment, key(7), good, -1);
  feed(Side::payment, key(7), good + std::string(200, ' '), 9'999'999);
  EXPECT_THAT(reasons(), ElementsAre("invalid_key", "invalid_value", "key_mismatch", "invalid_status",
                                     "invalid_timestamp", "too_large"));
  EXPECT_EQ(task->fates().invalid, 6u);
  EXPECT_EQ(task->stream_time(Side::payment), std::nullopt);
}

TEST_F(SingleTask, CommitsTheOffsetBehindControlRecordsOnceTheEndIsSeen) {
  feed(Side::payment, key(1), R"({"orderId":1,"status":"ACCEPT"})");
  task->skip_to(Side::payment, 2);  // the end: a commit marker stands at 1
  const auto positions = task->positions();
  ASSERT_EQ(positions.size(), 2u);
  EXPECT_EQ(positions[0].at, (kafka::TopicPartition{"payment-orders", 3}));
  EXPECT_EQ(positions[0].offset, 2);
  EXPECT_EQ(positions[1].offset, 0);
}

TEST_F(SingleTask, ADeadLetterOfTheBufferHasItsOwnTimestampTypeNotThatOfTheNewestRecord) {
  const auto answer = [](int id) { return R"({"orderId":)" + std::to_string(id) + R"(,"status":"ACCEPT"})"; };
  feed(Side::payment, key(1), answer(1), 1'000, "LogAppendTime");
  feed(Side::payment, key(2), answer(2), 1'001, "NoTimestampType");
  feed(Side::payment, key(3), answer(3), 1'002, "CreateTime");
  feed(Side::stock, key(9), answer(9), 10'000'000, "LogAppendTime");
  EXPECT_THAT(reasons(), ElementsAre("unmatched", "unmatched", "unmatched"));
  EXPECT_THAT(headers("kafka_dlt-original-timestamp-type"),
              ElementsAre("LogAppendTime", "NoTimestampType", "CreateTime"));
}

TEST_F(SingleTask, TheStockRecordOfAResultCanBeHadByteForByte) {
  const std::vector<std::string> answers = {
      R"({"orderId":7,"status":"ACCEPT","source":null,"items":[]})",
      R"({"source":"INVENTORY","items":[1,2,3],"orderId":7,"status":"REJECT"})",
      R"({"status":"ACCEPT","orderId":7})",
      " {\n\"orderId\":7, \"st\\u0061tus\" : \"ACC\\u0045PT\"\t, \"x\":{\"status\":\"a\"} } \n",
      R"({"orderId":7,"source":null,"status":"REJECT","source2":null})",
  };
  for (const auto* payment : {R"({"orderId":7,"status":"ACCEPT"})", R"({"orderId":7,"status":"REJECT"})"}) {
    task = std::make_unique<Task>(3, options);
    ASSERT_TRUE(task->restore({}));
    outputs = {};
    offset = 100;
    feed(Side::payment, key(7), payment, 2'000);
    for (const auto& stock : answers) feed(Side::stock, key(7), stock, 1'500, "LogAppendTime");
    ASSERT_EQ(outputs.stock.size(), answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto& stock = outputs.stock_of(i);
      EXPECT_EQ(outputs.stock_value(stock), answers[i]);
      EXPECT_NE(outputs.records[i].value, answers[i]);
      EXPECT_EQ(stock.offset, static_cast<std::int64_t>(101 + i));
      EXPECT_EQ(stock.timestamp, from_millis(1'500));
      EXPECT_EQ(stock.timestamp_type, "LogAppendTime");
      EXPECT_EQ(outputs.records[i].timestamp, from_millis(2'000));
    }
  }
}

TEST_F(SingleTask, CountsEachSideByItself) {
  const auto answer = [](int id) { return R"({"orderId":)" + std::to_string(id) + R"(,"status":"ACCEPT"})"; };
  feed(Side::payment, key(1), answer(1), 100'000);
  feed(Side::stock, key(1), answer(1), 100'000);
  feed(Side::stock, key(2), "no json", 100'000);
  feed(Side::payment, key(3), answer(3), 30'000);
  feed(Side::stock, key(4), answer(4), 100'000);
  const auto fates = task->fates();
  const auto& [payment, stock] = fates.sides;
  EXPECT_EQ(payment.read, 2u);
  EXPECT_EQ(payment.joined, 1u);
  EXPECT_EQ(payment.late, 1u);
  EXPECT_EQ(payment.invalid, 0u);
  EXPECT_EQ(stock.read, 3u);
  EXPECT_EQ(stock.joined, 1u);
  EXPECT_EQ(stock.late, 0u);
  EXPECT_EQ(stock.invalid, 1u);
  EXPECT_EQ(fates.read, 5u) << "both together";
  EXPECT_EQ(fates.joined, 2u);
  EXPECT_EQ(outputs.lateness[0].max(), Milliseconds{70'000}) << "how far it came behind its side's stream time";
  EXPECT_EQ(outputs.lateness[1].count(), 0u);
  EXPECT_EQ(outputs.letters[static_cast<std::size_t>(failure::Reason::late)], 1u);
  EXPECT_EQ(outputs.letters[static_cast<std::size_t>(failure::Reason::invalid_value)], 1u);

  EXPECT_EQ(task->committed_fates().read, 0u);
  task->committed();
  EXPECT_EQ(task->committed_fates().read, 5u);
  EXPECT_EQ(task->committed_fates().carried, 0);
  EXPECT_EQ(task->given_up().sides[1].carried, -1) << "the answer of 4 waits";
  EXPECT_EQ(task->given_up().carried, -1);
}

// --- what a rebuild reads

/// Pairs a second apart, in a window of 10 s: records stay for 20 s.
class RebuildFromTheLog : public SingleTask {
 protected:
  struct Logged {
    Side side;
    std::int64_t offset, time, id;
  };
  void answer(Side side, std::int64_t id, std::int64_t time) {
    log.push_back({side, next[static_cast<std::size_t>(side)]++, time, id});
    read(log.back());
  }
  void read(const Logged& record) {
    offset = record.offset;
    feed(record.side, key(record.id), R"({"orderId":)" + std::to_string(record.id) + R"(,"status":"ACCEPT"})",
         record.time);
  }
  void pairs(std::int64_t first, std::int64_t last) {
    for (auto id = first; id <= last; ++id) {
      answer(Side::payment, id, id * 1'000);
      answer(Side::stock, id, id * 1'000);
    }
  }
  /// Another task goes on from what is committed now; it gets no record that it did not ask for.
  void restart() {
    ASSERT_NO_FATAL_FAILURE(take_over());
    for (const auto& record : log) {
      if (record.offset >= task->next_offset(record.side)) read(record);
    }
    ASSERT_TRUE(task->finish_phase());
    ASSERT_FALSE(task->rebuilding());
    EXPECT_TRUE(outputs.records.empty());
  }
  std::int64_t from(Side side) const { return committed[static_cast<std::size_t>(side)].metadata->start.from.offset; }

  std::vector<Logged> log;
  std::array<std::int64_t, 2> next{};
};

TEST_F(RebuildFromTheLog, BeginsWithWhatTheBufferHoldsWhereAllHaveHadAPartner) {
  pairs(0, 100);
  restart();
  EXPECT_EQ(from(Side::payment), 80);
  EXPECT_EQ(from(Side::stock), 80);
  EXPECT_EQ(task->waiting(Side::payment) + task->waiting(Side::stock), 0u);
  answer(Side::stock, 91, 101'000);
  EXPECT_EQ(outputs.records.size(), 1u) << "a second answer still meets the first one's partner";
  pairs(102, 150);
  EXPECT_THAT(reasons(), testing::IsEmpty());
  restart();
  EXPECT_EQ(from(Side::payment), 130 - 1) << "no payment at 101 s";
}

TEST_F(RebuildFromTheLog, BeginsWithThePartnersOfWhatIsYoungerThanTheOldestThatWaits) {
  pairs(0, 84);
  answer(Side::payment, 1'000, 84'500);
  pairs(85, 100);
  restart();
  EXPECT_EQ(from(Side::payment), 80);
  EXPECT_EQ(from(Side::stock), 75) << "within 10 s of what waits";
  EXPECT_EQ(task->waiting(Side::payment), 1u);
  EXPECT_EQ(task->waiting(Side::stock), 0u);
  pairs(101, 104);
  EXPECT_THAT(reasons(), testing::IsEmpty());
  pairs(105, 110);
  EXPECT_THAT(reasons(), ElementsAre("unmatched"));
  restart();
  EXPECT_EQ(from(Side::stock), 90);
}

TEST_F(RebuildFromTheLog, BeginsFurtherBackWhereDuplicatesAreRemembered) {
  options.settings.join.suppress_duplicates = true;
  task = std::make_unique<Task>(3, options);
  ASSERT_TRUE(task->restore({}));
  pairs(0, 100);
  restart();
  EXPECT_EQ(from(Side::payment), 50);
  EXPECT_EQ(committed[0].metadata->start.settled, Settled{});
}

TEST_F(RebuildFromTheLog, NeverBeginsFurtherBackThanWasSaidBefore) {
  const test::TempFolder folder("task");
  options.buffer.folder = folder / "join";
  options.buffer.store = config::BufferStore::automatic;
  task = std::make_unique<Task>(3, options);
  ASSERT_TRUE(task->restore({}));
  pairs(0, 100);
  const auto first = decode(task->positions()[0].metadata).value().value().start;
  EXPECT_EQ(first.from.offset, 80);
  task->set_memory(1);
  task->committed();
  ASSERT_TRUE(task->on_disk()) << "where nobody looks for the oldest one that waits";
  pairs(101, 105);
  EXPECT_EQ(decode(task->positions()[0].metadata).value()->start, first);
  pairs(106, 120);
  EXPECT_EQ(decode(task->positions()[0].metadata).value()->start, (RebuildStart{{90, from_millis(89'000)}, {}}));
}

// --- a topic made anew

class Rebuild : public SingleTask {
 protected:
  static constexpr std::int64_t records = 20;
  void feed_both(std::int64_t time) {
    for (std::int64_t n = 0; n < records; ++n) {
      for (const Side side : {Side::payment, Side::stock}) {
        offset = n;
        feed(side, key(n + 1), R"({"orderId":)" + std::to_string(n + 1) + R"(,"status":"ACCEPT"})", time + n);
      }
    }
  }
};

TEST_F(Rebuild, FromTheLogThatWasCommittedGoesOn) {
  feed_both(1'000);
  take_over();
  feed_both(1'000);
  ASSERT_TRUE(task->finish_phase());
  EXPECT_FALSE(task->rebuilding());
}

TEST_F(Rebuild, TellsHowFarItHasCome) {
  feed_both(1'000);
  EXPECT_FALSE(task->status().rebuild);
  take_over();
  const auto begun = task->status().rebuild;
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->done, 0);
  EXPECT_EQ(begun->of, 2 * records);
  EXPECT_EQ(begun->left(), 2 * records);
  feed_both(1'000);
  EXPECT_EQ(task->status().rebuild->done, 2 * records);
  EXPECT_EQ(task->status().rebuild->left(), 0);
  ASSERT_TRUE(task->finish_phase());
  EXPECT_FALSE(task->status().rebuild);
}

TEST_F(Rebuild, FromAnotherLogThatIsAsLongIsAGapAndCommitsNothing) {
  feed_both(1'000);
  take_over();
  feed_both(2'000);
  const auto finished = task->finish_phase();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().error_class, ErrorClass::gap);
  EXPECT_THAT(finished.error().message,
              testing::HasSubstr("payment-orders[3] is not what it was when offset 20 was committed"));
  EXPECT_THAT(finished.error().message, testing::HasSubstr("the topic was made anew"));
  EXPECT_TRUE(task->rebuilding()) << "a task that rebuilds is in no commit";
}

}  // namespace
}  // namespace orders::topology
