#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "intake/intake.h"

namespace orders::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(const Checked& checked) {
  std::vector<std::string> all;
  for (const auto& problem : checked.problems) all.push_back(problem.member + " " + problem.message);
  return all;
}

std::vector<std::string> problems(std::string_view json) {
  const auto checked = check(json);
  if (!checked) return {"error: " + checked.error().text()};
  return texts(*checked);
}

std::string with_price(std::string_view price) {
  return R"({"customerId":7,"items":[{"productId":"A","quantity":1,"productPrice":)" + std::string(price) + "}]}";
}

TEST(Check, TakesAGoodRequest) {
  const auto checked = check(
      R"( {"items":[{"productPrice":10.5,"productId":"A-1","quantity":2},{"productId":"ß","quantity":2147483647,"productPrice":0}],"customerId":9223372036854775807} )");
  ASSERT_TRUE(checked) << checked.error().text();
  EXPECT_THAT(checked->problems, IsEmpty());
  const Request& request = checked->request;
  EXPECT_EQ(request.customer_id, 9223372036854775807);
  ASSERT_EQ(request.items.size(), 2u);
  EXPECT_EQ(request.items[0].product_id, "A-1");
  EXPECT_EQ(request.items[0].quantity, 2);
  EXPECT_EQ(request.items[0].price, order::Price(105, 1));
  EXPECT_EQ(request.items[0].item_id, 0);
  EXPECT_EQ(request.items[1].product_id, "ß");
  EXPECT_EQ(request.items[1].price, order::Price(0, 0));
}

TEST(Check, KeepsAPriceDigitForDigit) {
  const std::vector<std::pair<std::string, std::string>> prices = {
      {"10", "10"},
      {"10.5", "10.5"},
      {"10.55", "10.55"},
      {"1e2", "100"},
      {"1.05e1", "10.5"},
      {"0", "0"},
      {"0.00", "0.00"},
      {"1055e-2", "10.55"},
      {"90071992547409.93", "90071992547409.93"},  // a double would make it ….94
      {"9007199254740993", "9007199254740993"},
  };
  for (const auto& [json, text] : prices) {
    const auto checked = check(with_price(json));
    ASSERT_TRUE(checked) << json;
    EXPECT_THAT(checked->problems, IsEmpty()) << json;
    EXPECT_EQ(checked->request.items.at(0).price.text(), text);
  }
}

TEST(Check, RefusesBadPrices) {
  const std::string at = "items[0].productPrice ";
  EXPECT_THAT(problems(with_price("10.555")), ElementsAre(at + "must have at most two decimals"));
  EXPECT_THAT(problems(with_price("10.500")), ElementsAre(at + "must have at most two decimals"));
  EXPECT_THAT(problems(with_price("1e-3")), ElementsAre(at + "must have at most two decimals"));
  EXPECT_THAT(problems(with_price("-1")), ElementsAre(at + "must not be negative"));
  EXPECT_THAT(problems(with_price("-0.01")), ElementsAre(at + "must not be negative"));
  EXPECT_THAT(problems(with_price("-1e1")), ElementsAre(at + "must not be negative"));
  EXPECT_THAT(problems(with_price("1e30")),
              ElementsAre(at + "is not a price: at most two decimals, at most 18 digits"));
  EXPECT_THAT(problems(with_price("123456789012345678901")),
              ElementsAre(at + "is not a price: at most two decimals, at most 18 digits"));
  EXPECT_THAT(problems(with_price("\"10.50\"")), ElementsAre(at + "must be a number"));
  EXPECT_THAT(problems(with_price("null")), ElementsAre(at + "must be a number"));
  EXPECT_THAT(problems(with_price("-0")), IsEmpty());
  EXPECT_THAT(problems(with_price("-0e5")), IsEmpty());
}

TEST(Check, NamesWhatIsMissing) {
  EXPECT_THAT(problems("{}"), ElementsAre("customerId is missing", "items is missing"));
  EXPECT_THAT(
      problems(R"({"customerId":1,"items":[{}]})"),
      ElementsAre("items[0].productId is missing", "items[0].quantity is missing", "items[0].productPrice is missing"));
}

TEST(Check, NamesEveryBadMemberAtOnce) {
  EXPECT_THAT(problems(R"({"customerId":0,"items":[{"productId":"A","quantity":1,"productPrice":1},
                  {"productId":"","quantity":0,"productPrice":-2},17]})"),
              ElementsAre("customerId must be at least 1", "items[1].productId must not be empty",
                          "items[1].quantity must be at least 1", "items[1].productPrice must not be negative",
                          "items[2] must be an object"));
}

TEST(Check, RefusesMembersOfTheWrongType) {
  EXPECT_THAT(problems(R"({"customerId":"7","items":{}})"),
              ElementsAre("customerId must be a whole number", "items must be a list"));
  EXPECT_THAT(problems(R"({"customerId":null,"items":[]})"),
              ElementsAre("customerId must be a whole number", "items must have at least one item"));
  EXPECT_THAT(problems(R"({"customerId":1.0,"items":[{"productId":5,"quantity":1.5,"productPrice":[]}]})"),
              ElementsAre("customerId must be a whole number", "items[0].productId must be a string",
                          "items[0].quantity must be a whole number", "items[0].productPrice must be a number"));
  EXPECT_THAT(problems(R"({"customerId":true,"items":[null]})"),
              ElementsAre("customerId must be a whole number", "items[0] must be an object"));
}

TEST(Check, RefusesNumbersOutOfRange) {
  EXPECT_THAT(
      problems(
          R"({"customerId":9223372036854775808,"items":[{"productId":"A","quantity":2147483648,"productPrice":1}]})"),
      ElementsAre("customerId must be at most 9223372036854775807", "items[0].quantity must be at most 2147483647"));
  EXPECT_THAT(problems(R"({"customerId":-1,"items":[{"productId":"A","quantity":-3,"productPrice":1}]})"),
              ElementsAre("customerId must be at least 1", "items[0].quantity must be at least 1"));
}

TEST(Check, RefusesAnItemThatIsThereTwice) {
  EXPECT_THAT(problems(R"({"customerId":1,"items":[{"productId":"A","quantity":1,"productPrice":1},
                          {"productId":"B","quantity":1,"productPrice":1},{"productId":"A","quantity":2,"productPrice":3}]})"),
              ElementsAre("items[2].productId is in items[0] already"));
}

TEST(Check, RefusesUnknownMembersWithTheNearestName) {
  EXPECT_THAT(problems(R"({"customerID":1,"items":[{"productId":"A","quantity":1,"productPrice":1,"colour":"red"}]})"),
              ElementsAre("customerID is not known; did you mean customerId?", "customerId is missing",
                          "items[0].colour is not known"));
}

TEST(Check, RefusesAMemberThatIsThereTwice) {
  EXPECT_THAT(
      problems(
          R"({"customerId":1,"customerId":2,"items":[{"productId":"A","quantity":1,"quantity":5,"productPrice":1}]})"),
      ElementsAre("customerId is there twice", "items[0].quantity is there twice"));
}

TEST(Check, RefusesCodesThatNoDatabaseTakes) {
  const std::string code(256, 'x');
  EXPECT_THAT(
      problems(R"({"customerId":1,"items":[{"productId":"a\u0000b","quantity":1,"productPrice":1},{"productId":")" +
               code + R"(","quantity":1,"productPrice":1}]})"),
      ElementsAre("items[0].productId must not have control characters",
                  "items[1].productId must have at most 255 bytes"));
}

TEST(Check, RefusesMoreItemsThanARecordCanHold) {
  std::string items;
  for (int i = 0; i <= 1000; ++i) {
    items += (i > 0 ? "," : "") + (R"({"productId":")" + std::to_string(i)) + R"(","quantity":1,"productPrice":1})";
  }
  EXPECT_THAT(problems(R"({"customerId":1,"items":[)" + items + "]}"),
              ElementsAre("items must have at most 1000 items"));
}

TEST(Check, SaysWhereTheTextStopsBeingJson) {
  for (const std::string text :
       {"", "{", R"({"customerId":1,})", "{} x", "{\"customerId\":01}", "\xff", "{\"a\":1e999}"}) {
    const auto checked = check(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(checked.error().message, HasSubstr("is not valid JSON (at byte ")) << text;
  }
  EXPECT_THAT(problems(R"({"customerId":1,]})"), ElementsAre("error: is not valid JSON (at byte 17)"));
  EXPECT_THAT(problems("[]"), ElementsAre("error: must be a JSON object"));
  EXPECT_THAT(problems(std::string(10'000, '[')), ElementsAre("error: is nested too deeply"));
}

}  // namespace
}  // namespace orders::intake
