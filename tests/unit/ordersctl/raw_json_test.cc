#include "ordersctl/raw_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace orders::ctl::raw_json {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(RawJson, GivesMembersAsTheyStand) {
  EXPECT_THAT(members(R"( {"price" : 12.50, "s":"a,}\"]", "list":[1, {"x":"]"}],"o":{"a":{}} , "n":null} )"),
              ElementsAre(Pair("price", "12.50"), Pair("s", R"("a,}\"]")"), Pair("list", R"([1, {"x":"]"}])"),
                          Pair("o", R"({"a":{}})"), Pair("n", "null")));
  EXPECT_THAT(members("{}"), IsEmpty());
  EXPECT_THAT(members("[1]"), IsEmpty());
}

TEST(RawJson, DecodesTheNamesOfMembers) {
  EXPECT_EQ(member(R"({"a\u0062":1})", "ab"), "1");
  EXPECT_EQ(member(R"({"a":1})", "b"), std::nullopt);
}

TEST(RawJson, GivesElementsAsTheyStand) {
  EXPECT_THAT(elements(R"([ {"a":[1,2]} , "x\\", 1.10,true ])"),
              ElementsAre(R"({"a":[1,2]})", R"("x\\")", "1.10", "true"));
  EXPECT_THAT(elements("[]"), IsEmpty());
  EXPECT_THAT(elements("[ ]"), IsEmpty());
  EXPECT_THAT(elements("{}"), IsEmpty());
}

TEST(RawJson, KeepsNumbersThatNoDoubleHolds) {
  EXPECT_EQ(text(R"({"id":9223372036854775807})", "id"), "9223372036854775807");
  EXPECT_EQ(integer(R"({"id":9223372036854775807})", "id"), 9223372036854775807);
  EXPECT_EQ(text(R"({"price":0.10})", "price"), "0.10");
  EXPECT_EQ(integer(R"({"price":0.10})", "price"), std::nullopt);
}

TEST(RawJson, TurnsStringsIntoText) {
  EXPECT_EQ(text(R"("a\n\"b\"")"), "a\n\"b\"");
  EXPECT_EQ(text("null"), "");
  EXPECT_EQ(text("true"), "true");
  EXPECT_EQ(text("{}", "gone"), "");
}

TEST(RawJson, QuotesWhatStringsMayHold) {
  EXPECT_EQ(quote("a\"b\\c\n"), R"("a\"b\\c\n")");
  EXPECT_TRUE(is_json(quote("\xFFmug")));
}

TEST(RawJson, IsSpreadOverLinesWithoutChangingAValue) {
  EXPECT_EQ(pretty(R"({"orderId":1, "items":[{"productPrice":12.50},7],"none":{},"nil":null,"text":"a,]}"})"),
            R"({
  "orderId": 1,
  "items": [
    {
      "productPrice": 12.50
    },
    7
  ],
  "none": {},
  "nil": null,
  "text": "a,]}"
})");
  EXPECT_EQ(pretty(" 12.50 "), "12.50");
  const auto deep = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_NE(pretty(deep).find(std::string(9'000, '[')), std::string::npos) << "not line by line for ever";
}

}  // namespace
}  // namespace orders::ctl::raw_json
