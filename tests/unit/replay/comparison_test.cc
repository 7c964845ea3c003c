#include "replay/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace orders::replay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Difference::Kind;

constexpr auto format = config::KeyFormat::int64;

std::string line(int key, const std::string& value, std::int64_t timestamp = 1) {
  return R"({"topic":"orders","partition":0,"timestamp":)" + std::to_string(timestamp) + R"(,"key":)" +
         std::to_string(key) + R"(,"value":)" + value + "}\n";
}
std::string lines(const std::vector<int>& keys) {
  std::string text;
  for (const int key : keys) text += line(key, "{}");
  return text;
}

struct Compared {
  DifferenceCounts counts;
  std::vector<std::string> found;  ///< "order 1 value.status"
  std::vector<Difference> differences;
};

std::string text_of(const Difference& difference) {
  switch (difference.kind) {
    case Kind::missing:
      return difference.order + " missing";
    case Kind::extra:
      return difference.order + " extra";
    case Kind::place:
      return difference.order + " place";
    case Kind::member:
      break;
  }
  return difference.order + " " + difference.member;
}

Compared compare(const std::string& expected, const std::string& got, std::size_t shown = 100) {
  std::istringstream expected_text(expected), got_text(got);
  CaptureReader wanted(expected_text, "expected", format), output(got_text, "got", format);
  Comparison comparison(wanted, format, shown);
  while (true) {
    auto record = output.next();
    EXPECT_TRUE(record);
    if (!record || !*record) break;
    EXPECT_TRUE(comparison.add(**record));
  }
  EXPECT_TRUE(comparison.finish());
  Compared compared{comparison.counts(), {}, comparison.differences()};
  for (const auto& difference : compared.differences) compared.found.push_back(text_of(difference));
  return compared;
}

TEST(Comparison, FindsNothingBetweenTheSameRecords) {
  EXPECT_EQ(compare(lines({1, 2, 1, 3}), lines({1, 2, 1, 3})).counts.total(), 0u);
  EXPECT_EQ(compare("", "").counts.total(), 0u);
}

TEST(Comparison, NamesTheMembersThatDifferWithBothValues) {
  const auto compared = compare(line(1, R"({"a":1,"b":"x","c":null})", 5), line(1, R"({"a":1,"b":"y","d":[2]})", 6));
  EXPECT_EQ(compared.counts.differing, 1u);
  EXPECT_THAT(compared.found,
              ElementsAre("order 1 timestamp", "order 1 value.b", "order 1 value.c", "order 1 value.d"));
  EXPECT_EQ(compared.differences[1].expected, "\"x\"");
  EXPECT_EQ(compared.differences[1].got, "\"y\"");
  EXPECT_EQ(compared.differences[2].got, "nothing");
  EXPECT_EQ(compared.differences[3].expected, "nothing");
}

TEST(Comparison, ShowsValuesWholeWhereNoMemberDiffers) {
  const auto spaces = compare(line(1, R"({"a":1})"), line(1, R"({"a": 1})"));
  EXPECT_THAT(spaces.found, ElementsAre("order 1 value"));
  EXPECT_EQ(spaces.differences[0].got, R"({"a": 1})");
  EXPECT_THAT(compare(line(1, "null"), line(1, "{}")).found, ElementsAre("order 1 value"));
  EXPECT_THAT(compare(line(1, "[1]"), line(1, "[2]")).found, ElementsAre("order 1 value"));
}

TEST(Comparison, ARecordMoreOrLessIsOneDifference) {
  const auto missing = compare(lines({1, 2, 3, 4, 5}), lines({1, 3, 4, 5}));
  EXPECT_THAT(missing.found, ElementsAre("order 2 missing"));
  EXPECT_EQ(missing.counts.total(), 1u);
  EXPECT_EQ(missing.differences[0].expected_line, 2u);
  EXPECT_EQ(missing.differences[0].line, 0u);
  const auto extra = compare(lines({1, 3, 4, 5}), lines({1, 2, 3, 4, 5}));
  EXPECT_THAT(extra.found, ElementsAre("order 2 extra"));
  EXPECT_EQ(extra.counts.total(), 1u);
  EXPECT_EQ(extra.differences[0].line, 2u);
}

TEST(Comparison, OfSeveralRecordsOfAnOrderTheLastAreMissingOrTooMany) {
  const auto compared = compare(lines({1, 1, 2}), lines({1, 2, 2, 2}));
  EXPECT_EQ(compared.counts.missing, 1u);
  EXPECT_EQ(compared.counts.extra, 2u);
  EXPECT_THAT(compared.found, ElementsAre("order 1 missing", "order 2 extra", "order 2 extra"));
}

TEST(Comparison, FindsRecordsInAnotherPlace) {
  const auto swapped = compare(lines({1, 2, 3}), lines({1, 3, 2}));
  EXPECT_THAT(swapped.found, ElementsAre("order 2 place"));
  EXPECT_EQ(swapped.counts.misplaced, 1u);
  EXPECT_GT(compare(lines({1, 2, 3, 4}), lines({4, 1, 2, 3})).counts.misplaced, 0u);
}

TEST(Comparison, CountsWhatItDoesNotKeep) {
  const auto compared = compare(lines({1, 2, 3, 4}), "", 2);
  EXPECT_EQ(compared.counts.missing, 4u);
  EXPECT_THAT(compared.found, ElementsAre("order 1 missing", "order 2 missing"));
}

TEST(Comparison, ComparesHeadersByName) {
  const auto with = [](const std::string& headers) {
    return R"({"topic":"orders","partition":0,"timestamp":1,"key":null,"value":{},"headers":)" + headers + "}\n";
  };
  EXPECT_THAT(compare(with(R"([["a","1"],["b","2"]])"), with(R"([["a","1"],["b","3"]])")).found,
              ElementsAre("a record without key headers.b"));
  EXPECT_THAT(compare(with(R"([["a","1"],["b","2"]])"), with(R"([["b","2"],["a","1"]])")).found,
              ElementsAre("a record without key headers"));
}

TEST(Comparison, LeavesThePartitionToTheProducerAndOffsetsOut) {
  const std::string expected = R"({"topic":"recovererDLQ","partition":3,"offset":9,"timestamp":1,"key":1,"value":1})";
  const std::string got = R"({"topic":"recovererDLQ","partition":-1,"offset":0,"timestamp":1,"key":1,"value":1})";
  EXPECT_THAT(compare(expected, got).found, IsEmpty());
}

TEST(Comparison, AnExpectationThatCantBeReadIsAnError) {
  std::istringstream text("[]");
  CaptureReader wanted(text, "expected", format);
  Comparison comparison(wanted, format, 5);
  const auto added = comparison.add({});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().error_class, ErrorClass::invalid);
}

/// By what the values say.
std::vector<std::string> compare_meaning(const std::string& expected, const std::string& got,
                                         const std::vector<std::string>& ignored = {"note"}) {
  std::istringstream expected_text(expected), got_text(got);
  CaptureReader wanted(expected_text, "expected", format), output(got_text, "got", format);
  const auto next = [&]() -> Result<std::optional<Comparison::Numbered>> {
    auto record = wanted.next();
    if (!record) return fail(record.error());
    if (!*record) return std::nullopt;
    return Comparison::Numbered{**std::move(record), 70};
  };
  Comparison comparison(next, {.meaning = true, .ignored = ignored}, format, 100);
  for (auto record = output.next(); record && *record; record = output.next())
    EXPECT_TRUE(comparison.add(**record, 80));
  EXPECT_TRUE(comparison.finish());
  EXPECT_EQ(comparison.counts().misplaced, 0u);
  std::vector<std::string> found;
  for (const auto& difference : comparison.differences()) {
    found.push_back(text_of(difference));
    EXPECT_EQ(difference.expected_line, difference.kind == Kind::extra ? 0u : 70u);
    EXPECT_EQ(difference.line, difference.kind == Kind::missing ? 0u : 80u);
  }
  return found;
}

TEST(Comparison, OfMeaningPassesOverFormPlacesHeadersAndIgnoredMembers) {
  const std::string value = R"({"status":"CONFIRMED","source":null,"items":[{"productPrice":12.50,"quantity":2}]})";
  const std::string rewritten =
      R"({ "items":[{"quantity":2,"productPrice":12.5}],"status":"CONFIRMED","note":"kept by one of them"})";
  EXPECT_THAT(compare_meaning(line(1, value) + line(2, value), line(2, rewritten) + line(1, rewritten)), IsEmpty());
  EXPECT_THAT(compare_meaning(line(1, R"({"status":"CONFIRMED"})", 5), line(1, R"({"status":"ROLLBACK"})", 6)),
              ElementsAre("order 1 timestamp", "order 1 value.status"));
  EXPECT_THAT(compare_meaning(line(1, "{}", 5), line(1, "{}", 6), {"timestamp"}), IsEmpty());
  EXPECT_THAT(compare_meaning(lines({1, 2}), lines({2, 3})), ElementsAre("order 1 missing", "order 3 extra"));
  EXPECT_THAT(compare_meaning(line(1, "[1]"), line(1, "[2]")), ElementsAre("order 1 value"));
}

}  // namespace
}  // namespace orders::replay
