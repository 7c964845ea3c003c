// Captures through the topology, compared byte for byte. ORDERS_REGENERATE=1 writes what comes out anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <sstream>

#include "base/file.h"
#include "replay/local.h"

namespace orders::replay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const std::filesystem::path folder = SOURCE_DIR "/tests/unit/replay/golden";

struct Replayed {
  std::string out;
  LocalReport report;
};

Result<Replayed> replay_text(const std::string& text, const config::Config& config, std::size_t batch = 1) {
  std::istringstream in(text);
  CaptureReader capture(in, "some.ndjson", config.topics.key_format);
  Replayed replayed;
  auto report = replay_local(
      capture, config,
      [&](const Record& record) -> Result<> {
        append_line(replayed.out, record, config.topics.key_format);
        return {};
      },
      [] { return true; }, batch);
  if (!report) return fail(report.error());
  replayed.report = *std::move(report);
  return replayed;
}

struct Golden {
  const char* capture;
  const char* expected;
  std::function<void(config::Config&)> configure;
  topology::RecordFates fates;
  std::uint64_t results;
  std::uint64_t waiting;
};

const std::vector<Golden>& goldens() {
  static const std::vector<Golden> list{
      {"fates",
       "fates",
       [](config::Config&) {},
       {.read = 20, .joined = 8, .unmatched = 1, .late = 1, .invalid = 5, .skipped = 2},
       4,
       3},
      {"fates",
       "fates_dropped",
       [](config::Config& config) { config.join.late = config.join.unmatched = config::Disposition::drop; },
       {.read = 20, .joined = 8, .unmatched = 1, .late = 1, .invalid = 5, .skipped = 2},
       4,
       3},
      {"duplicates", "duplicates", [](config::Config&) {}, {.read = 8, .joined = 6}, 8, 2},
      {"duplicates",
       "duplicates_suppressed",
       [](config::Config& config) { config.join.duplicates = config::Duplicates::suppress; },
       {.read = 8, .joined = 3, .duplicate = 4},
       2,
       1},
      {"unknown_status", "unknown_status", [](config::Config&) {}, {.read = 6, .invalid = 3}, 0, 3},
      {"unknown_status",
       "unknown_status_passed",
       [](config::Config& config) { config.join.unknown_status = config::UnknownStatus::pass; },
       {.read = 6, .joined = 6},
       3,
       0},
      {"partitions",
       "partitions",
       [](config::Config& config) { config.topics.key_format = config::KeyFormat::string; },
       {.read = 10, .joined = 4, .unmatched = 2, .invalid = 1},
       2,
       3},
  };
  return list;
}

class Captures : public testing::TestWithParam<Golden> {};

TEST_P(Captures, GiveTheSameBytesWithAnyBatchSizeInEveryRun) {
  const auto& golden = GetParam();
  config::Config config;
  golden.configure(config);
  const auto text = read_file(folder / (std::string(golden.capture) + ".ndjson"));
  ASSERT_TRUE(text) << text.error().text();
  const auto expected_file = folder / (std::string(golden.expected) + ".expected.ndjson");
  if (std::getenv("ORDERS_REGENERATE")) {
    const auto replayed = replay_text(*text, config);
    ASSERT_TRUE(replayed) << replayed.error().text();
    ASSERT_TRUE(write_file_atomically(expected_file, replayed->out));
  }
  const auto expected = read_file(expected_file);
  ASSERT_TRUE(expected) << expected.error().text();
  for (const std::size_t batch : {1, 2, 7, 1000, 1}) {
    config.instance_id = "machine-" + std::to_string(batch);  // the same bytes on any machine
    const auto replayed = replay_text(*text, config, batch);
    ASSERT_TRUE(replayed) << replayed.error().text();
    EXPECT_EQ(replayed->out, *expected) << "batches of " << batch;
    const auto& f = replayed->report.fates;
    EXPECT_EQ(f.read, golden.fates.read);
    EXPECT_EQ(f.joined, golden.fates.joined);
    EXPECT_EQ(f.unmatched, golden.fates.unmatched);
    EXPECT_EQ(f.late, golden.fates.late);
    EXPECT_EQ(f.duplicate, golden.fates.duplicate);
    EXPECT_EQ(f.invalid, golden.fates.invalid);
    EXPECT_EQ(f.skipped, golden.fates.skipped);
    EXPECT_EQ(f.results, golden.results);
    EXPECT_EQ(replayed->report.waiting_payments + replayed->report.waiting_stock, golden.waiting);
  }
}

TEST_P(Captures, ProduceWhatCanBeReadAsACapture) {
  const auto expected = read_file(folder / (std::string(GetParam().expected) + ".expected.ndjson"));
  ASSERT_TRUE(expected) << expected.error().text();
  config::Config config;
  GetParam().configure(config);
  std::istringstream in(*expected);
  CaptureReader capture(in, "expected", config.topics.key_format);
  std::string again;
  while (true) {
    const auto record = capture.next();
    ASSERT_TRUE(record) << record.error().text();
    if (!*record) break;
    append_line(again, **record, config.topics.key_format);
  }
  EXPECT_EQ(again, *expected);
}

INSTANTIATE_TEST_SUITE_P(Replay, Captures, testing::ValuesIn(goldens()),
                         [](const auto& info) { return std::string(info.param.expected); });

// --- what is no input

std::string record_of(const std::string& topic, int partition, const std::string& offset) {
  return "{\"topic\":\"" + topic + "\",\"partition\":" + std::to_string(partition) + offset +
         ",\"timestamp\":1,\"key\":1,\"value\":{\"orderId\":1,\"status\":\"ACCEPT\"}}\n";
}

TEST(LocalReplay, PassesOverTheApplicationsOtherTopicsAndCountsThem) {
  const auto replayed = replay_text(record_of("orders", 0, ",\"offset\":5") + record_of("recovererDLQ", -1, "") +
                                        record_of("recovererDLQ-drained", 0, "") +
                                        record_of("orders", 0, ",\"offset\":5") + record_of("payment-orders", 0, ""),
                                    {});
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_THAT(replayed->report.ignored,
              ElementsAre(Pair("orders", 2), Pair("recovererDLQ", 1), Pair("recovererDLQ-drained", 1)));
  EXPECT_EQ(replayed->report.fates.read, 1u);
}

TEST(LocalReplay, RefusesATopicOfAnotherApplication) {
  const auto replayed = replay_text("\n" + record_of("payments", 0, ""), {});
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(replayed.error().text(),
              HasSubstr("some.ndjson:2:10: topic payments is neither payment-orders nor stock-orders"));
}

TEST(LocalReplay, NeedsThePartitionOfAnInputAndRisingOffsets) {
  EXPECT_THAT(replay_text(record_of("stock-orders", -1, ""), {}).error().text(),
              HasSubstr("some.ndjson:1:37: a record of stock-orders needs its partition"));
  const auto fifth = record_of("stock-orders", 0, ",\"offset\":5");
  EXPECT_THAT(replay_text(fifth + fifth, {}).error().text(),
              HasSubstr("some.ndjson:2:48: stock-orders[0] has had offset 5 before"));
  EXPECT_TRUE(replay_text(fifth + record_of("stock-orders", 1, ",\"offset\":0") + record_of("stock-orders", 0, "") +
                              record_of("stock-orders", 0, ",\"offset\":7"),
                          {}));
  EXPECT_THAT(replay_text(fifth + record_of("stock-orders", 0, "") + record_of("stock-orders", 0, ",\"offset\":6"), {})
                  .error()
                  .text(),
              HasSubstr("has had offset 6 before"));
}

TEST(LocalReplay, GivesOutWhatCameBeforeABadLine) {
  std::istringstream in(record_of("payment-orders", 0, "") + record_of("stock-orders", 0, "") + "{}\n");
  CaptureReader capture(in, "some.ndjson", config::KeyFormat::int64);
  int produced = 0;
  const auto report = replay_local(
      capture, {}, [&](const Record&) -> Result<> { return ++produced, Result<>{}; }, [] { return true; }, 1'000);
  EXPECT_FALSE(report);
  EXPECT_EQ(produced, 1);
}

TEST(LocalReplay, EndsWhenItIsToldTo) {
  std::istringstream in(record_of("payment-orders", 0, "") + record_of("payment-orders", 0, ""));
  CaptureReader capture(in, "some.ndjson", config::KeyFormat::int64);
  int lines = 0;
  const auto report = replay_local(
      capture, {}, [](const Record&) -> Result<> { return {}; }, [&] { return ++lines < 2; });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->fates.read, 1u);
}

TEST(Difference, IsOfTheMembersThatAreKnown) {
  Record record{.topic = "orders",
                .partition = 1,
                .offset = 5,
                .timestamp = from_millis(7),
                .key = "k",
                .value = "v",
                .headers = {{"a", "b"}}};
  auto other = record;
  other.offset = 6;
  EXPECT_EQ(first_difference(record, other), "");
  other.headers.clear();
  EXPECT_EQ(first_difference(record, other), "headers");
  other.value.reset();
  EXPECT_EQ(first_difference(record, other), "value");
  other.key = "";
  EXPECT_EQ(first_difference(record, other), "key");
  other.timestamp = from_millis(8);
  EXPECT_EQ(first_difference(record, other), "timestamp");
  other.partition = any_partition;
  EXPECT_EQ(first_difference(record, other), "timestamp");
  other.partition = 2;
  EXPECT_EQ(first_difference(record, other), "partition");
  other.topic = "recovererDLQ";
  EXPECT_EQ(first_difference(record, other), "topic");
}

}  // namespace
}  // namespace orders::replay
