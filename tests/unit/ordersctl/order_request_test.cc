#include "ordersctl/order_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace orders::ctl {
namespace {

using testing::HasSubstr;

TEST(OrderRequest, TakesAnItemApart) {
  const auto item = parse_item("mug:2@12.50");
  ASSERT_TRUE(item.has_value()) << item.error().text();
  EXPECT_EQ(item->product, "mug");
  EXPECT_EQ(item->quantity, 2);
  EXPECT_EQ(item->price, "12.50");
}

TEST(OrderRequest, LetsACodeHoldTheSeparators) {
  const auto item = parse_item("urn:isbn@2:978:1@0.10");
  ASSERT_TRUE(item.has_value()) << item.error().text();
  EXPECT_EQ(item->product, "urn:isbn@2:978");
  EXPECT_EQ(item->quantity, 1);
}

TEST(OrderRequest, RefusesWhatIsNoItem) {
  for (const char* text : {"", "mug", "mug:2", "mug@12.50", ":2@1", "mug:two@1", "mug:2@", "mug:2@1,50", "mug:2@abc",
                           "mug:2@007", "mug:2@$1", "mug: 2@1"}) {
    const auto item = parse_item(text);
    ASSERT_FALSE(item.has_value()) << text;
    EXPECT_EQ(item.error().error_class, ErrorClass::invalid) << text;
    EXPECT_THAT(item.error().message, HasSubstr(text));
    EXPECT_THAT(item.error().hint, HasSubstr("CODE:QUANTITY@PRICE"));
  }
}

TEST(OrderRequest, SendsPricesAsTheyWereWritten) {
  EXPECT_EQ(request_json(7, {{"mug \"blue\"", 2, "0.10"}, {"plate", 1, "100000000000000.01"}}),
            R"({"customerId":7,"items":[{"productId":"mug \"blue\"","quantity":2,"productPrice":0.10},)"
            R"({"productId":"plate","quantity":1,"productPrice":100000000000000.01}]})");
}

TEST(OrderRequest, MakesAUuidOfVersion4) {
  static const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  const auto one = new_uuid();
  EXPECT_TRUE(std::regex_match(one, form)) << one;
  EXPECT_NE(one, new_uuid());
}

}  // namespace
}  // namespace orders::ctl
