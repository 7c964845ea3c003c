// What waits, oldest first, in pages.
#include "topology/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "order/key.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WaitingPlace, IsReadBackFromItsText) {
  const WaitingPlace place{from_millis(1'700'000'000'000), 3, Side::stock, 1'042};
  EXPECT_EQ(to_string(place), "1700000000000-3-stock-1042");
  EXPECT_EQ(parse_waiting_place(to_string(place)), place);
  for (const char* text : {"", "1", "1-2", "1-2-stock", "1-2-stick-3", "1-2-stock-3-4", "1-2-stock-x", "-1-2-stock-3",
                           "1-4294967296-stock-3", "9223372036854775807-2-stock-3", "1-2-stock-9223372036854775807"}) {
    EXPECT_EQ(parse_waiting_place(text), std::nullopt) << text;
  }
}

/// Two partitions of one worker.
class Waiting : public testing::Test {
 protected:
  Waiting() {
    for (auto& task : tasks_) EXPECT_TRUE(task.restore({}));
  }
  void feed(std::size_t partition, Side side, std::int64_t id, std::int64_t time) {
    const auto key = order::encode_key(id, config::KeyFormat::int64);
    const auto value = R"({"orderId":)" + std::to_string(id) + R"(,"status":"ACCEPT"})";
    tasks_[partition].process(side,
                              {.offset = offset_++,
                               .timestamp = from_millis(time),
                               .timestamp_type = "CreateTime",
                               .key = key,
                               .value = value,
                               .headers = {}},
                              outputs_);
  }
  WaitingPage page(const WaitingQuery& query) {
    std::vector<WaitingPage> pages;
    for (auto& task : tasks_) task.add_waiting(query, pages.emplace_back().records);
    return merge(std::move(pages), query.limit);
  }
  static std::vector<std::int64_t> ids(const WaitingPage& page) {
    std::vector<std::int64_t> ids;
    for (const auto& record : page.records) ids.push_back(record.order_id);
    return ids;
  }

  TaskOptions options_;
  std::array<Task, 2> tasks_{Task{0, options_}, Task{1, options_}};
  Outputs outputs_;
  std::int64_t offset_ = 0;
};

TEST_F(Waiting, IsListedOldestFirstOverPartitionsAndSides) {
  feed(0, Side::payment, 1, 3'000);
  feed(1, Side::stock, 2, 1'000);
  feed(1, Side::payment, 3, 2'000);
  feed(0, Side::stock, 4, 4'000);
  feed(0, Side::payment, 5, 3'500);
  feed(0, Side::stock, 5, 3'500);  // has both
  const auto all = page({});
  EXPECT_THAT(ids(all), ElementsAre(2, 3, 1, 4));
  EXPECT_EQ(all.next, std::nullopt);
  const auto& first = all.records.front();
  EXPECT_EQ(first.topic, options_.topics.stock);
  EXPECT_EQ(first.place, (WaitingPlace{from_millis(1'000), 1, Side::stock, 1}));
  EXPECT_EQ(first.status, order::Status::accept);
}

TEST_F(Waiting, TellsItsAgeAndWhenItIsGivenUp) {
  feed(0, Side::payment, 1, 1'000);
  const auto retention = options_.settings.join.retention();
  EXPECT_EQ(page({}).records.front().left, std::nullopt) << "the other side has had no record";
  feed(0, Side::stock, 2, 4'000);
  feed(0, Side::payment, 3, 6'000);
  const auto record = page({}).records.front();
  EXPECT_EQ(record.order_id, 1);
  EXPECT_EQ(record.age, Milliseconds{5'000}) << "by its own side's time";
  EXPECT_EQ(record.given_up_above, from_millis(1'000) + retention);
  EXPECT_EQ(record.left, retention - Milliseconds{3'000}) << "by the other side's";
}

TEST_F(Waiting, PagesMeetEveryRecordOnceAlsoWhereTimestampsAreTheSame) {
  for (std::int64_t id = 1; id <= 12; ++id)
    feed(static_cast<std::size_t>(id % 2), id % 3 == 0 ? Side::stock : Side::payment, id, 1'000 + id / 6);
  feed(0, Side::payment, 13, 500);  // behind its stream time, but not late
  const auto all = ids(page({}));
  ASSERT_EQ(all.size(), 13u);
  EXPECT_EQ(all.front(), 13);
  for (const std::size_t limit : {1u, 2u, 5u, 13u}) {
    std::vector<std::int64_t> met;
    WaitingQuery query{.limit = limit, .after = {}, .partition = {}, .side = {}};
    do {
      const auto next = page(query);
      EXPECT_LE(next.records.size(), limit);
      for (const auto id : ids(next)) met.push_back(id);
      query.after = next.next;
    } while (query.after && met.size() < 100);
    EXPECT_EQ(met, all) << limit;
  }
}

TEST_F(Waiting, OneSideIsListedAlone) {
  feed(0, Side::payment, 1, 1'000);
  feed(0, Side::stock, 2, 1'000);
  EXPECT_THAT(ids(page({.limit = 9, .after = {}, .partition = {}, .side = Side::stock})), ElementsAre(2));
}

TEST_F(Waiting, ATaskWhereNothingWaitsHasAnEmptyPage) {
  const auto empty = page({});
  EXPECT_THAT(empty.records, IsEmpty());
  EXPECT_EQ(empty.next, std::nullopt);
}

TEST(WaitingPages, AreMergedWithThePartitionsThatTheyTellOf) {
  WaitingPage known, unknown;
  known.partitions = {4, 1};
  known.records.resize(1);
  known.next = known.records.front().place;
  unknown.rebuilding = {2};
  const auto merged = merge({known, unknown}, 5);
  EXPECT_THAT(merged.partitions, ElementsAre(1, 4));
  EXPECT_THAT(merged.rebuilding, ElementsAre(2));
  EXPECT_EQ(merged.next, known.next) << "one of the pages has more";
}

}  // namespace
}  // namespace orders::topology
