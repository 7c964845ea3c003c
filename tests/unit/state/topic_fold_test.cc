// The table against the topic, without Kafka.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "order/key.h"
#include "state/against_topic.h"
#include "support/temp_folder.h"

namespace orders::state {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AgainstTopic : public ::testing::Test {
 protected:
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text());
    return *std::move(result);
  }
  static table::Table open(const std::filesystem::path& path) {
    return must(table::Table::open({.path = path, .memory = 8ull << 20, .cache = 2ull << 20}));
  }
  static std::string key(order::OrderId id) { return order::encode_key(id, config::KeyFormat::int64); }

  /// A record of the topic, and what the table made of it.
  void both(order::OrderId id, std::int64_t offset, const std::string& value) {
    topic(id, offset, value);
    row(id, offset, value);
  }
  void topic(order::OrderId id, std::int64_t offset, std::optional<std::string> value) {
    records_.push_back({id, offset, std::move(value)});
  }
  void row(order::OrderId id, std::int64_t offset, const std::string& value, std::int64_t time = 5) {
    table::TableBatch batch;
    batch.put(id, 0, offset, from_millis(time), value);
    ASSERT_TRUE(table_.write(batch));
  }
  /// `position`: how far the table has come; `begin`: where the topic begins now.
  Comparison compare(std::int64_t position = 100, std::int64_t begin = 0) {
    const std::vector<table::TablePosition> positions{{0, position, {}}};
    const auto scratch = folder_ / ("scratch" + std::to_string(++compared_));
    auto fold = must(TopicFold::create(scratch, positions, config::KeyFormat::int64));
    for (const auto& [id, offset, value] : records_) {
      const auto bytes = key(id);
      const auto timestamp = from_millis(5);
      auto added = fold.add({.partition = 0, .offset = offset, .timestamp = timestamp, .key = bytes, .value = value});
      if (!added) throw std::runtime_error(added.error().text());
    }
    return must(fold.compare(table_, {{0, begin}}));
  }
  static std::vector<std::string> told(const Comparison& comparison) {
    std::vector<std::string> told;
    for (const auto& [where, what] : comparison.differences.found) told.push_back(where + " " + what);
    return told;
  }

  struct Given {
    order::OrderId id;
    std::int64_t offset;
    std::optional<std::string> value;
  };
  test::TempFolder folder_{"fold"};
  table::Table table_ = open(folder_ / "table");
  std::vector<Given> records_;
  int compared_ = 0;
};

TEST_F(AgainstTopic, ATableThatIsItsFoldIsEqual) {
  both(1, 0, "new");
  both(2, 1, "new");
  both(1, 2, "confirmed");
  topic(3, 3, "new");
  topic(3, 4, std::nullopt);  // and deleted
  const auto comparison = compare();
  EXPECT_EQ(comparison.records, 5u);
  EXPECT_EQ(comparison.equal, 2u);
  EXPECT_EQ(comparison.wrong(), 0u);
  EXPECT_EQ(comparison.unchecked, 0u);
}

TEST_F(AgainstTopic, TellsOfMissingExtraAndDifferentRowsEachOnce) {
  both(1, 0, "equal");
  topic(2, 1, "missing");
  row(3, 2, "extra: the topic does not have it");
  topic(4, 3, "deleted");
  row(4, 3, "deleted");
  topic(4, 4, std::nullopt);
  both(5, 5, "new");
  topic(5, 6, "confirmed, which the table has not taken");
  topic(6, 7, "a value");
  row(6, 7, "another value");
  topic(7, 8, "same");
  row(7, 8, "same", 6);  // another timestamp
  const auto comparison = compare();
  EXPECT_EQ(comparison.equal, 1u);
  EXPECT_EQ(comparison.missing, 1u);
  EXPECT_EQ(comparison.extra, 2u);
  EXPECT_EQ(comparison.different, 3u);
  EXPECT_EQ(comparison.wrong(), 6u);
  EXPECT_THAT(told(comparison),
              ElementsAre(AllOf(HasSubstr("order 2 is not in the table"), HasSubstr("partition 0, offset 1")),
                          HasSubstr("order 3 is in the table, of partition 0, offset 2"), HasSubstr("order 4"),
                          AllOf(HasSubstr("order 5"), HasSubstr("newest is at partition 0, offset 6")),
                          HasSubstr("order 6 has another value"), HasSubstr("order 7")));
}

TEST_F(AgainstTopic, WhatTheTableHasNotReadYetIsNoDifference) {
  both(1, 0, "new");
  topic(1, 10, "confirmed");
  topic(2, 11, "new");
  topic(3, 12, std::nullopt);
  const auto comparison = compare(10);
  EXPECT_EQ(comparison.equal, 1u);
  EXPECT_EQ(comparison.wrong(), 0u);
}

TEST_F(AgainstTopic, ARecordThatCompactionTookForANewerOneIsUnchecked) {
  row(1, 0, "new");  // its record is gone from the topic, because of:
  topic(1, 10, "confirmed");
  row(2, 1, "deleted since");
  topic(2, 11, std::nullopt);
  const auto comparison = compare(10);
  EXPECT_EQ(comparison.unchecked, 2u);
  EXPECT_EQ(comparison.wrong(), 0u);
}

TEST_F(AgainstTopic, ARowFromBeforeTheTopicsBeginningIsUnchecked) {
  row(1, 4, "of a record that retention took");
  row(2, 5, "of one that should be there");
  const auto comparison = compare(100, 5);
  EXPECT_EQ(comparison.unchecked, 1u);
  EXPECT_EQ(comparison.extra, 1u);
}

TEST_F(AgainstTopic, KeysThatAreNoOrderIdsAreNotTheTables) {
  auto fold = must(TopicFold::create(folder_ / "scratch", std::vector<table::TablePosition>{{0, 9, {}}},
                                     config::KeyFormat::int64));
  ASSERT_TRUE(fold.add({.partition = 0, .offset = 0, .timestamp = {}, .key = "short", .value = "x"}));
  ASSERT_TRUE(fold.add({.partition = 0, .offset = 1, .timestamp = {}, .key = std::nullopt, .value = "x"}));
  const auto comparison = must(fold.compare(table_, {}));
  EXPECT_EQ(comparison.records, 2u);
  EXPECT_EQ(comparison.wrong(), 0u);
}

TEST_F(AgainstTopic, OnlyTheFirstDifferencesAreNamedAndAllAreCounted) {
  for (order::OrderId id = 0; id < 50; ++id) topic(id, id, "missing");
  const auto comparison = compare();
  EXPECT_EQ(comparison.missing, 50u);
  EXPECT_EQ(comparison.differences.found.size(), rocks::Damages::most);
  EXPECT_EQ(comparison.differences.count(), 50u);
}

TEST_F(AgainstTopic, MoreThanABatchIsFoldedToo) {
  const std::string value(40, 'v');
  for (int round = 0; round < 2; ++round) {
    for (order::OrderId id = 0; id < 60'000; ++id) topic(id, id + round * 60'000, value);
  }
  table::TableBatch batch;
  for (order::OrderId id = 0; id < 60'000; ++id) batch.put(id, 0, id + 60'000, from_millis(5), value);
  ASSERT_TRUE(table_.write(batch));
  const auto comparison = compare(120'000);
  EXPECT_EQ(comparison.equal, 60'000u);
  EXPECT_EQ(comparison.wrong(), 0u);
}

}  // namespace
}  // namespace orders::state
