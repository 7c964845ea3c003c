#include "replay/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "order/key.h"
#include "replay/driver.h"

namespace orders::replay {
namespace {

constexpr std::int32_t partition = 2;

/// A log of one partition that a driver has joined, and what waits by its positions.
class Waiting : public testing::Test {
 protected:
  void feed(Side side, std::int64_t id, std::int64_t time, std::string status = "ACCEPT") {
    auto& offset = next_[static_cast<std::size_t>(side)];
    Record record{.topic = side == Side::payment ? options_.topics.payments : options_.topics.stock,
                  .partition = partition,
                  .offset = offset,
                  .timestamp = from_millis(time),
                  .key = order::encode_key(id, config::KeyFormat::int64),
                  .value = R"({"orderId":)" + std::to_string(id) + R"(,"status":")" + std::move(status) + "\"}",
                  .headers = {{"trace", "t" + std::to_string(id)}}};
    offset += 2;  // as if written in transactions of one record
    driver_.feed(side, record);
    log_.push_back(std::move(record));
  }
  Result<WaitingRecords> waiting(const topology::TaskOptions& options) {
    (void)driver_.take();
    const auto committed = driver_.positions().at(partition);
    // What a reader of both ranges gets: no record before `from`, none from the committed offset on.
    std::vector<Record> ranges;
    for (const auto& record : log_) {
      const auto& side = committed[record.topic == options_.topics.payments ? 0 : 1];
      if (record.offset >= side.metadata->start.from.offset && record.offset < side.offset) ranges.push_back(record);
    }
    read_ = ranges.size();
    auto at = ranges.begin();
    return waiting_records(options, partition, committed, [&]() -> Result<std::optional<Record>> {
      if (at == ranges.end()) return std::nullopt;
      return *at++;
    });
  }
  /// Those of the log with these places in it.
  [[nodiscard]] std::vector<Record> of_log(const std::vector<std::size_t>& places) const {
    std::vector<Record> records;
    for (const auto place : places) records.push_back(log_.at(place));
    return records;
  }

  topology::TaskOptions options_;
  Driver driver_{options_};
  std::array<std::int64_t, 2> next_{};
  std::vector<Record> log_;
  std::size_t read_ = 0;
};

TEST_F(Waiting, RecordsComeAsTheyStandOnTheirInputs) {
  feed(Side::payment, 1, 1'000);
  feed(Side::payment, 2, 1'100, "REJECT");
  feed(Side::stock, 1, 1'200);
  feed(Side::stock, 3, 1'300);
  feed(Side::payment, 4, 1'050, "nonsense");
  const auto found = waiting(options_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->records, of_log({1, 3}));
  EXPECT_EQ(found->behind, 0U);
}

TEST_F(Waiting, RecordsThatWereGivenUpOrFoundTheirPartnerBeforeDoNotCount) {
  for (std::int64_t id = 1; id <= 200; ++id) {
    feed(Side::payment, id, id * 1'000);
    if (id % 2 == 0) feed(Side::stock, id, id * 1'000 + 10);
  }
  const auto found = waiting(options_);
  ASSERT_TRUE(found) << found.error().text();
  std::vector<Record> expected;
  for (const auto& record : log_) {
    const auto id = *order::decode_key(*record.key, config::KeyFormat::int64);
    if (id % 2 == 1 && record.timestamp >= from_millis(200'010 - 20'000)) expected.push_back(record);
  }
  EXPECT_EQ(found->records, expected);
  EXPECT_EQ(expected.size(), 10U);
  EXPECT_LT(read_, log_.size() / 2) << "a rebuild reads no more than it needs";
}

TEST_F(Waiting, RecordsFarBehindTheirOwnSideAreTold) {
  feed(Side::payment, 1, 1'000);
  feed(Side::stock, 9, 1'000);
  feed(Side::payment, 2, 22'000);  // the stock side stands still: nothing is given up
  const auto found = waiting(options_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->records, of_log({0, 2}));
  EXPECT_EQ(found->behind, 1U);
}

TEST_F(Waiting, RecordsThatWaitedUnderOtherSettingsStillDo) {
  feed(Side::payment, 1, 1'000);
  feed(Side::stock, 2, 1'500);
  auto changed = options_;
  changed.settings.join.before = changed.settings.join.after = Milliseconds{5'000};
  const auto found = waiting(changed);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->records, of_log({0, 1}));
}

TEST_F(Waiting, FailsAsTheReaderDoes) {
  feed(Side::payment, 1, 1'000);
  const auto committed = driver_.positions().at(partition);
  const auto found = waiting_records(options_, partition, committed, []() -> Result<std::optional<Record>> {
    return fail(ErrorClass::wait, "the broker is away");
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().error_class, ErrorClass::wait);
}

}  // namespace
}  // namespace orders::replay
