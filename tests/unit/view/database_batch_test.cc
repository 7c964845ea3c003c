#include "view/database_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::view {
namespace {

using failure::Reason;
using ::testing::HasSubstr;

constexpr std::string_view whole =
    R"({"orderId":7,"customerId":3,"status":"CONFIRMED","source":null,"items":[{"itemId":1,"productId":"p","quantity":2,"productPrice":9.99}]})";
constexpr std::string_view whole_new =
    R"({"orderId":7,"customerId":3,"status":"NEW","source":null,"items":[{"itemId":1,"productId":"p","quantity":2,"productPrice":9.99}]})";

class DatabaseBatchTest : public ::testing::Test {
 protected:
  void add(std::optional<std::string_view> value, order::OrderId key = 7) {
    key_ = order::encode_key(key, config::KeyFormat::int64);
    batch_.add({2, offset_++, from_millis(5), key_, value});
  }
  Reason only_reason() {
    EXPECT_EQ(batch_.invalid().size(), 1u);
    EXPECT_TRUE(batch_.changes().empty());
    return batch_.invalid().empty() ? Reason::late : batch_.invalid().front().reason;
  }

  DatabaseBatch batch_{config::KeyFormat::int64, 2'000};
  std::int64_t offset_ = 40;
  std::string key_;
};

TEST_F(DatabaseBatchTest, AWholeResultCanMakeAMissingRow) {
  add(whole);
  ASSERT_EQ(batch_.changes().size(), 1u);
  const auto& change = batch_.changes().front();
  EXPECT_EQ(change.partition, 2);
  EXPECT_EQ(change.offset, 40);
  EXPECT_EQ(change.timestamp, from_millis(5));
  EXPECT_EQ(change.order_id, 7);
  EXPECT_FALSE(change.is_new);
  EXPECT_TRUE(change.insertable);
  EXPECT_EQ(change.order.status, "CONFIRMED");
  EXPECT_EQ(change.order.items.size(), 1u);
}

TEST_F(DatabaseBatchTest, AResultWithoutItsItemsStillUpdates) {
  add(R"({"orderId":7,"status":"ROLLBACK","source":"PAYMENT","items":"gone"})");
  ASSERT_EQ(batch_.changes().size(), 1u);
  EXPECT_FALSE(batch_.changes().front().insertable);
  EXPECT_EQ(batch_.changes().front().order.status, "ROLLBACK");
  EXPECT_EQ(batch_.changes().front().order.source, "PAYMENT");
}

TEST_F(DatabaseBatchTest, NewIsMarkedAndMustBeWhole) {
  add(whole_new);
  ASSERT_EQ(batch_.changes().size(), 1u);
  EXPECT_TRUE(batch_.changes().front().is_new);
  batch_.clear();
  add(R"({"orderId":7,"status":"NEW","source":null})");
  EXPECT_EQ(only_reason(), Reason::invalid_value);
}

TEST_F(DatabaseBatchTest, WhatIsNoOrderIsInvalid) {
  add("not json");
  EXPECT_EQ(only_reason(), Reason::invalid_value);
  EXPECT_FALSE(batch_.invalid().front().message.empty());
}

TEST_F(DatabaseBatchTest, TheKeyMustBeAnIdAndTheOrdersOwn) {
  add(whole, 8);
  EXPECT_EQ(only_reason(), Reason::key_mismatch);
  EXPECT_THAT(batch_.invalid().front().message, HasSubstr("8"));
  batch_.clear();
  batch_.add({0, 0, {}, "short", whole});
  EXPECT_EQ(only_reason(), Reason::invalid_key);
  batch_.clear();
  batch_.add({0, 0, {}, std::nullopt, whole});
  EXPECT_EQ(only_reason(), Reason::invalid_key);
  EXPECT_EQ(batch_.invalid().front().message, "no key");
}

TEST_F(DatabaseBatchTest, TooLargeIsByTheLimitWithRoomForWhatTheJoinAdded) {
  add(R"({"orderId":7,"status":"CONFIRMED","note":")" + std::string(2'100, 'x') + "\"}");
  EXPECT_EQ(batch_.changes().size(), 1u) << "2,000 bytes that came in may be a few more as a result";
  batch_.clear();
  add(R"({"orderId":7,"status":"CONFIRMED","note":")" + std::string(2'300, 'x') + "\"}");
  EXPECT_EQ(only_reason(), Reason::too_large);
}

TEST_F(DatabaseBatchTest, KnowsWhichRecordEachOutcomeIsOf) {
  add(std::nullopt);
  add("bad");
  add(whole);
  add(std::nullopt);
  add(whole_new);
  EXPECT_EQ(batch_.records(), 5u);
  EXPECT_EQ(batch_.tombstones(), 2u);
  ASSERT_EQ(batch_.invalid().size(), 1u);
  EXPECT_EQ(batch_.invalid().front().record, 1u);
  ASSERT_EQ(batch_.changes().size(), 2u);
  EXPECT_EQ(batch_.record_of(0), 2u);
  EXPECT_EQ(batch_.record_of(1), 4u);
  batch_.clear();
  EXPECT_EQ(batch_.records() + batch_.tombstones() + batch_.invalid().size() + batch_.changes().size(), 0u);
  EXPECT_EQ(batch_.bytes(), 0u);
}

// --- Patience

TEST(Patience, GivesUpARecordThatIsRefusedSoOften) {
  Patience patience(3);
  EXPECT_FALSE(patience.refused(0, 10));
  EXPECT_FALSE(patience.refused(0, 10));
  EXPECT_FALSE(patience.refused(1, 10)) << "each record has its own count";
  EXPECT_FALSE(patience.refused(0, 11));
  EXPECT_TRUE(patience.refused(0, 10));
}

TEST(Patience, OfOneTryGivesUpAtOnce) {
  Patience patience(1);
  EXPECT_TRUE(patience.refused(0, 10));
}

TEST(Patience, ForgetsWhatThePositionHasPassed) {
  Patience patience(2);
  EXPECT_FALSE(patience.refused(0, 10));
  EXPECT_FALSE(patience.refused(0, 11));
  EXPECT_FALSE(patience.refused(1, 10));
  patience.moved(0, 11);
  EXPECT_FALSE(patience.refused(0, 10)) << "a restored database brings it again";
  EXPECT_TRUE(patience.refused(0, 11));
  EXPECT_TRUE(patience.refused(1, 10)) << "the other partition has not moved";
}

}  // namespace
}  // namespace orders::view
