#include "order/document.h"

#include <gtest/gtest.h>

namespace orders::order {
namespace {

constexpr std::string_view whole =
    R"({"orderId":1,"customerId":1546311528,"status":"ACCEPT","source":"PAYMENT","items":[)"
    R"({"itemId":686449833434195332,"productId":"product-1","quantity":6,"productPrice":95.24},)"
    R"({"itemId":2,"productId":"product-\u00e9","quantity":5,"productPrice":"197.10"}]})";

std::string error_of(std::string_view json) {
  const auto answer = Parser().parse_answer(json);
  if (answer) return "accepted";
  EXPECT_EQ(answer.error().error_class, ErrorClass::record);
  return answer.error().message;
}

std::string order_error(std::string_view json) {
  const auto order = Parser().parse_order(json);
  if (order) return "accepted";
  EXPECT_EQ(order.error().error_class, ErrorClass::record);
  return order.error().message;
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string json(whole);
  return json.replace(json.find(from), from.size(), to);
}

/// An answer's members with one more value of any kind.
std::string with_value(std::string_view value) {
  return std::string(R"({"orderId":1,"x":)").append(value).append(R"(,"status":"ACCEPT"})");
}

TEST(Answer, GivesIdStatusAndWhereTheyStand) {
  const auto answer = Parser().parse_answer(whole);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->order_id, 1);
  EXPECT_EQ(answer->status, Status::accept);
  const Splice& splice = answer->splice;
  EXPECT_EQ(whole.substr(splice.status_begin, splice.status_end - splice.status_begin), "\"ACCEPT\"");
  EXPECT_EQ(whole.substr(splice.source_begin, splice.source_end - splice.source_begin), "\"PAYMENT\"");
  EXPECT_EQ(splice.close, whole.size() - 1);
  EXPECT_TRUE(splice.has_members);
}

TEST(Answer, TellsStatusesApartThatHaveNoName) {
  const auto id_of = [](std::string_view status) {
    const auto answer = Parser().parse_answer(R"({"orderId":1,"status":")" + std::string(status) + "\"}");
    return answer.value().status_id();
  };
  EXPECT_EQ(id_of("REJECT"), status_id(Status::reject));
  EXPECT_EQ(id_of("HOLD"), status_id("HOLD"));
  EXPECT_NE(id_of("HOLD"), id_of("SHIPPED"));
  EXPECT_EQ(id_of("HOLD"), id_of("\\u0048OLD")) << "the same text, written in another way";
}

TEST(Answer, OffsetsAreExactWithWhitespaceAround) {
  const std::string_view json = " \n{\t\"source\" : null \r\n, \"status\"\t:\n \"REJECT\"  , \"orderId\" : -5 } \n ";
  const auto answer = Parser().parse_answer(json);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->order_id, -5);
  EXPECT_EQ(answer->status, Status::reject);
  const Splice& splice = answer->splice;
  EXPECT_EQ(json.substr(splice.status_begin, splice.status_end - splice.status_begin), "\"REJECT\"");
  EXPECT_EQ(json.substr(splice.source_begin, splice.source_end - splice.source_begin), "null");
  EXPECT_EQ(splice.close, json.rfind('}'));
}

TEST(Answer, AMissingSourceHasNoRange) {
  const auto answer = Parser().parse_answer(R"({"status":"NEW","orderId":9223372036854775807})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->order_id, INT64_MAX);
  EXPECT_EQ(answer->splice.source_begin, 0U);
  EXPECT_EQ(answer->splice.source_end, 0U);
}

TEST(Answer, NamesAndStatusesAreComparedUnescaped) {
  const std::string_view json = R"({"\u006frderId":7,"st\u0061tus":"ACC\u0045PT","\u0073ource":"a\"b"})";
  const auto answer = Parser().parse_answer(json);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->order_id, 7);
  EXPECT_EQ(answer->status, Status::accept);
  const Splice& splice = answer->splice;
  EXPECT_EQ(json.substr(splice.status_begin, splice.status_end - splice.status_begin), R"("ACC\u0045PT")");
  EXPECT_EQ(json.substr(splice.source_begin, splice.source_end - splice.source_begin), R"("a\"b")");
}

TEST(Answer, OnlyTheObjectsOwnMembersCount) {
  const auto answer = Parser().parse_answer(
      R"({"a":{"orderId":2,"status":"REJECT"},"b":[{"status":1}],"orderId":1,"status":"ACCEPT"})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->order_id, 1);
  EXPECT_EQ(answer->status, Status::accept);
}

TEST(Answer, AnUnknownStatusIsUnknown) {
  EXPECT_EQ(Parser().parse_answer(R"({"orderId":1,"status":"PENDING"})")->status, Status::unknown);
  EXPECT_EQ(Parser().parse_answer(R"({"orderId":1,"status":""})")->status, Status::unknown);
}

TEST(Answer, SaysWhatIsWrongWithAMember) {
  EXPECT_EQ(error_of(R"({"status":"ACCEPT"})"), "orderId is missing");
  EXPECT_EQ(error_of(R"({"orderId":1})"), "status is missing");
  EXPECT_EQ(error_of("{}"), "orderId is missing");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":5})"), "status is a number, expected a string");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":null})"), "status is null, expected a string");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":["ACCEPT"]})"), "status is an array, expected a string");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":true})"), "status is a boolean, expected a string");
  EXPECT_EQ(error_of(R"({"orderId":"1","status":"ACCEPT"})"), "orderId is a string, expected an integer");
  EXPECT_EQ(error_of(R"({"orderId":null,"status":"ACCEPT"})"), "orderId is null, expected an integer");
  EXPECT_EQ(error_of(R"({"orderId":{},"status":"ACCEPT"})"), "orderId is an object, expected an integer");
  EXPECT_EQ(error_of(R"({"orderId":1.0,"status":"ACCEPT"})"), "orderId is not an integer");
  EXPECT_EQ(error_of(R"({"orderId":1e3,"status":"ACCEPT"})"), "orderId is not an integer");
  EXPECT_EQ(error_of(R"({"orderId":9223372036854775808,"status":"ACCEPT"})"), "orderId does not fit in 64 bits");
  EXPECT_EQ(error_of(R"({"orderId":-9223372036854775809,"status":"ACCEPT"})"), "orderId does not fit in 64 bits");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":"ACCEPT","source":1})"), "source is a number, expected a string or null");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":"AC\ud800"})"), "status holds half a surrogate pair");
}

TEST(Answer, RefusesAMemberThatIsThereTwice) {
  EXPECT_EQ(error_of(R"({"orderId":1,"status":"ACCEPT","orderId":1})"), "orderId is there twice");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":"ACCEPT","st\u0061tus":"ACCEPT"})"), "status is there twice");
  EXPECT_EQ(error_of(R"({"orderId":1,"source":null,"status":"ACCEPT","source":null})"), "source is there twice");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":1,"status":"ACCEPT","x":2})"), "accepted");
}

TEST(Answer, AcceptsEveryValidValueInOtherMembers) {
  for (const char* value : {"0",
                            "-0",
                            "1.5",
                            "1e400",
                            "-1E-400",
                            "123456789012345678901234567890",
                            "0.1234567890123456789012345678901234567890",
                            "true",
                            "false",
                            "null",
                            "\"\"",
                            "[]",
                            "{}",
                            "[ ]",
                            "{ }",
                            "[1,[2,[3]],{}]",
                            R"({"a":{"b":[null,true]}})",
                            R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")",
                            R"("\ud800")",
                            R"({"\ud800":1})",
                            "\"\x7f\"",
                            "\"é€😀\"",
                            R"({"":1,"":2})"}) {
    EXPECT_EQ(error_of(with_value(value)), "accepted") << value;
  }
}

TEST(Answer, RefusesEveryInvalidValueInOtherMembers) {
  for (const char* value : {"",
                            "01",
                            "-",
                            "-01",
                            "+1",
                            ".5",
                            "5.",
                            "1e",
                            "1e+",
                            "0x1",
                            "1.2.3",
                            "1a",
                            "NaN",
                            "Infinity",
                            "tru",
                            "truee",
                            "True",
                            "nul",
                            "nulll",
                            "fals",
                            "falsey",
                            "'a'",
                            "a",
                            "[1,]",
                            "[,1]",
                            "[1 2]",
                            "[1",
                            "1]",
                            "[1}",
                            "{\"a\":1]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\" 1}",
                            "{a:1}",
                            "{\"a\":1,}",
                            "{,}",
                            "{1:2}",
                            "{\"a\":1 \"b\":2}",
                            "\"a\":\"b\"",
                            "\"a\" \"b\"",
                            "\"a\"b",
                            "1 2",
                            "1\"a\"",
                            "[\"a\":1]",
                            "{\"a\":\"b\":1}",
                            "{\"a\":1:2}",
                            "\"\\x\"",
                            "\"\\u12\"",
                            "\"\\u12g4\"",
                            "\"\\U0041\"",
                            "\"\\",
                            "\"\n\"",
                            "\"\t\"",
                            "\"\x01\"",
                            "\"\xff\"",
                            "\"\xc0\x80\"",
                            "\"\xed\xa0\x80\"",
                            "\"\xf4\x90\x80\x80\"",
                            "\"\xe2\x82\"",
                            "{\"\\x\":1}",
                            "{\"\\u12\":1}",
                            "/*c*/1",
                            "1//c",
                            "\xc2\xa0"
                            "1",
                            "\v1",
                            "\f1"}) {
    EXPECT_TRUE(error_of(with_value(value)).starts_with("not valid JSON"))
        << value << ": " << error_of(with_value(value));
  }
}

TEST(Answer, RefusesWhatIsNotOneObject) {
  const std::string good = R"({"orderId":1,"status":"ACCEPT"})";
  EXPECT_EQ(error_of(""), "not valid JSON: nothing there");
  EXPECT_EQ(error_of(" \n\t"), "not valid JSON: nothing there");
  for (const char* other : {"[]", "1", "null", "\"orderId\"", "}", "]", "hello"}) {
    EXPECT_EQ(error_of(other), "not a JSON object") << other;
  }
  EXPECT_EQ(error_of("[" + good + "]"), "not a JSON object");
  EXPECT_EQ(error_of("\xef\xbb\xbf" + good), "not a JSON object");
  for (const char* rest : {"x", "1", ",", "}", "]", "{}", "\"\"", "null"}) {
    EXPECT_TRUE(error_of(good + rest).starts_with("not valid JSON")) << rest;
  }
  EXPECT_TRUE(error_of(good + good).starts_with("not valid JSON"));
  EXPECT_TRUE(error_of(good + std::string(1, '\0')).starts_with("not valid JSON"));
  EXPECT_TRUE(error_of(std::string(1, '\0') + good).starts_with("not"));
  EXPECT_EQ(error_of(good + " \r\n\t"), "accepted");
}

TEST(Answer, SaysWhereTheTextStopsBeingJson) {
  EXPECT_EQ(error_of(R"({"orderId":1, "x":01,"status":"ACCEPT"})"), "not valid JSON at byte 18");
  EXPECT_EQ(error_of(R"({"orderId":1, "x":"\q","status":"ACCEPT"})"), "not valid JSON at byte 18");
  EXPECT_EQ(error_of(R"({"orderId":1, "\q":1,"status":"ACCEPT"})"), "not valid JSON at byte 14");
  EXPECT_EQ(error_of(R"({"orderId":1, "status":"ACCEPT"}})"), "not valid JSON at byte 32");
  EXPECT_EQ(error_of("{\"orderId\":1,\"x\":\"\xff\"}"), "not valid JSON: not UTF-8");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":"ACC)"), "not valid JSON: a string is not closed");
  EXPECT_EQ(error_of("{\"orderId\":1,\"status\":\"A\nB\"}"), "not valid JSON: a control character in a string");
}

TEST(Answer, NeverShowsTheContents) {
  for (const char* json :
       {R"({"orderId":"secret","status":"ACCEPT"})", R"({"orderId":1,"status":["secret"]})",
        R"({"orderId":1,"secret":secret})", R"({"orderId":1 "secret")", R"({"secret":1,"status":"x"})"}) {
    EXPECT_EQ(error_of(json).find("secret"), std::string::npos) << error_of(json);
  }
}

TEST(Answer, RefusesDeepNesting) {
  const auto nested = [](int depth, char open, char close) {  // the object itself is one level
    return with_value(std::string(depth - 1, open) + std::string(depth - 1, close));
  };
  EXPECT_EQ(error_of(nested(64, '[', ']')), "accepted");
  EXPECT_EQ(error_of(nested(65, '[', ']')), "nested deeper than 64");
  EXPECT_EQ(error_of(nested(1'000'000, '[', ']')), "nested deeper than 64");
  std::string objects = "1";
  for (int i = 0; i < 63; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_EQ(error_of(with_value(objects)), "accepted");
  EXPECT_EQ(error_of(with_value("{\"a\":" + objects + "}")), "nested deeper than 64");
}

TEST(Answer, EveryPrefixIsRefused) {
  Parser parser;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parser.parse_answer(std::string(whole.substr(0, length)))) << length;
  }
  EXPECT_TRUE(parser.parse_answer(whole));
}

TEST(Answer, AShortTextAfterALongOneSeesNothingOfIt) {
  Parser parser;
  const std::string_view json = R"({"orderId":1,"status":"ACCEPT")";
  EXPECT_TRUE(parser.parse_answer(std::string(json) + R"(,"x":1,"y":[1,2,3]})"));
  EXPECT_FALSE(parser.parse_answer(json));
  EXPECT_TRUE(parser.parse_answer(std::string(json) + std::string(1'000'000, ' ') + "}"));
  EXPECT_FALSE(parser.parse_answer(json));
  EXPECT_TRUE(parser.parse_answer(std::string(json) + "}"));
}

TEST(Order, HoldsEveryMember) {
  const auto order = Parser().parse_order(whole);
  ASSERT_TRUE(order) << order.error().message;
  const Order expected{
      1,
      1'546'311'528,
      "ACCEPT",
      "PAYMENT",
      {{686'449'833'434'195'332, "product-1", 6, Price(9'524, 2)}, {2, "product-é", 5, Price(19'710, 2)}}};
  EXPECT_EQ(*order, expected);
}

TEST(Order, TakesPricesInAnyFormExactly) {
  const std::pair<const char*, const char*> forms[] = {{"95", "95"},
                                                       {"9.524e1", "95.24"},
                                                       {"\"95.240\"", "95.240"},
                                                       {"\"1E+2\"", "100"},
                                                       {"\"\\u0039\"", "9"},
                                                       {"-0.10", "-0.10"},
                                                       {"0.1", "0.1"},
                                                       {"123456789012345.67", "123456789012345.67"}};
  for (const auto& [json, text] : forms) {
    const auto order = Parser().parse_order(replaced("95.24", json));
    ASSERT_TRUE(order) << json << ": " << order.error().message;
    EXPECT_EQ(order->items[0].price.text(), text);
  }
}

TEST(Order, ANullOrMissingSourceIsNone) {
  EXPECT_EQ(Parser().parse_order(replaced("\"PAYMENT\"", "null"))->source, std::nullopt);
  EXPECT_EQ(Parser().parse_order(replaced("\"source\":\"PAYMENT\",", ""))->source, std::nullopt);
  EXPECT_EQ(Parser().parse_order(replaced("\"PAYMENT\"", "\"\""))->source, "");
}

TEST(Order, MayHaveNoItemsAndOtherMembers) {
  const auto order = Parser().parse_order(R"({"items":[],"v":{"items":1},"status":"NEW","customerId":-1,"orderId":2})");
  ASSERT_TRUE(order) << order.error().message;
  EXPECT_EQ(*order, (Order{2, -1, "NEW", std::nullopt, {}}));
  EXPECT_TRUE(Parser().parse_order(replaced("\"itemId\"", "\"note\":[{\"itemId\":[]}],\"itemId\"")));
}

TEST(Order, SaysWhatIsWrong) {
  constexpr std::string_view decimal = " is not a decimal of at most 64 bits and 18 decimal places";
  EXPECT_EQ(order_error(R"({"orderId":1,"status":"NEW","items":[]})"), "customerId is missing");
  EXPECT_EQ(order_error(R"({"orderId":1,"status":"NEW","customerId":1})"), "items is missing");
  EXPECT_EQ(order_error(R"({"customerId":1,"status":"NEW","items":[]})"), "orderId is missing");
  EXPECT_EQ(order_error(replaced("1546311528", "null")), "customerId is null, expected an integer");
  EXPECT_EQ(order_error(replaced("\"items\":[", "\"items\":null,\"x\":[")), "items is null, expected an array");
  EXPECT_EQ(order_error(replaced("\"source\"", "\"customerId\"")), "customerId is there twice");
  EXPECT_EQ(order_error(replaced("\"source\":\"PAYMENT\"", "\"items\":[]")), "items is there twice");
  EXPECT_EQ(order_error(replaced("\"items\":[", "\"items\":[5,")), "items[0] is a number, expected an object");
  EXPECT_EQ(order_error(replaced("\"itemId\":2", "\"x\":2")), "items[1].itemId is missing");
  EXPECT_EQ(order_error(replaced("\"productId\":\"product-1\",", "")), "items[0].productId is missing");
  EXPECT_EQ(order_error(replaced("\"product-1\"", "1")), "items[0].productId is a number, expected a string");
  EXPECT_EQ(order_error(replaced("\"itemId\"", "\"productId\":\"\",\"itemId\"")), "items[0].productId is there twice");
  EXPECT_EQ(order_error(replaced(",\"quantity\":5", "")), "items[1].quantity is missing");
  EXPECT_EQ(order_error(replaced("\"quantity\":5", "\"quantity\":2147483648")),
            "items[1].quantity does not fit in 32 bits");
  EXPECT_EQ(order_error(replaced("\"quantity\":5", "\"quantity\":5,\"quantity\":5")),
            "items[1].quantity is there twice");
  EXPECT_EQ(order_error(replaced(",\"productPrice\":95.24", "")), "items[0].productPrice is missing");
  EXPECT_EQ(order_error(replaced("95.24", "null")), "items[0].productPrice is null, expected a decimal");
  EXPECT_EQ(order_error(replaced("95.24", "1e30")), "items[0].productPrice" + std::string(decimal));
  EXPECT_EQ(order_error(replaced("\"197.10\"", "\"1,50\"")), "items[1].productPrice" + std::string(decimal));
  EXPECT_EQ(order_error(replaced("197.10\"}]}", "197.10\"}],\"orderId\":1}")), "orderId is there twice");
}

TEST(Order, AResultMayHoldAnythingElse) {
  const auto order =
      Parser().parse_result(R"({"customerId":[],"items":"none","orderId":3,"status":"\u0058","source":"S"})");
  ASSERT_TRUE(order) << order.error().message;
  EXPECT_EQ(*order, (Order{3, 0, "X", "S", {}}));
  EXPECT_FALSE(Parser().parse_result(R"({"orderId":3,"status":"X","items":[tru]})"));
}

TEST(Order, ToJsonHasTheContractsOrderAndRoundTrips) {
  Order order{5, 6, "NEW", std::nullopt, {{7, "a\"\\\n\x01é", 8, Price(1'250, 2)}, {9, "", -1, Price(-5, 3)}}};
  EXPECT_EQ(to_json(order), R"({"orderId":5,"customerId":6,"status":"NEW","source":null,"items":[)"
                            R"({"itemId":7,"productId":"a\"\\\u000a\u0001é","quantity":8,"productPrice":12.50},)"
                            R"({"itemId":9,"productId":"","quantity":-1,"productPrice":-0.005}]})");
  EXPECT_EQ(Parser().parse_order(to_json(order)), order);
  order.items.clear();
  order.source = "PAY\"MENT";
  EXPECT_EQ(to_json(order), R"({"orderId":5,"customerId":6,"status":"NEW","source":"PAY\"MENT","items":[]})");
  EXPECT_EQ(Parser().parse_order(to_json(order)), order);
}

}  // namespace
}  // namespace orders::order
