// How the parser goes through the text: to its last byte and no further, whatever stands where.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <regex>

#include "order/document.h"

namespace orders::order {
namespace {

constexpr std::string_view whole =
    R"({"orderId":1,"customerId":15,"status":"ACCEPT","source":"PAYMENT","items":[{"itemId":68,"productId":)"
    R"("product-\u00e9","quantity":6,"productPrice":95.24,"x":[true,false,null,-0.5e+1]}]})";

std::string error_of(std::string_view json) {
  const auto answer = Parser().parse_answer(json);
  return answer ? "accepted" : answer.error().message;
}

std::string with_value(std::string_view value) {
  return std::string(R"({"orderId":1,"status":"ACCEPT","x":)").append(value).append("}");
}

/// Memory that ends where a page begins that can't be read.
class EdgeOfMemory {
 public:
  EdgeOfMemory() {
    void* const memory = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<char*>(memory);
    if (mprotect(begin_ + page_, page_, PROT_NONE) != 0) throw std::bad_alloc();
  }
  ~EdgeOfMemory() { munmap(begin_, 2 * page_); }
  EdgeOfMemory(const EdgeOfMemory&) = delete;
  EdgeOfMemory& operator=(const EdgeOfMemory&) = delete;

  [[nodiscard]] std::string_view hold(std::string_view text) const {
    char* const at = begin_ + page_ - text.size();
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

 private:
  const std::size_t page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  char* begin_ = nullptr;
};

TEST(Walk, ReadsNothingBehindTheText) {
  const EdgeOfMemory memory;
  Parser parser;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const auto text = memory.hold(whole.substr(0, length));
    EXPECT_EQ(parser.parse_answer(text).has_value(), length == whole.size()) << length;
    EXPECT_EQ(parser.parse_order(text).has_value(), length == whole.size()) << length;
    EXPECT_EQ(parser.parse_result(text).has_value(), length == whole.size()) << length;
  }
  // Only what ends with the brace is looked at to its end in every state; so each beginning gets one.
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    const std::string text = std::string(whole.substr(0, length)) + "}";
    EXPECT_FALSE(parser.parse_order(memory.hold(text))) << text;
    EXPECT_EQ(parser.parse_answer(memory.hold(text)).has_value(), parser.parse_answer(text + " ").has_value()) << text;
  }
}

TEST(Walk, FindsAStringsEndWhereverItStands) {
  // Strings are read in blocks: each length, before and behind the last whole block of the text.
  Parser parser;
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string body(length, 'a');
    for (const std::size_t behind : {0, 1, 15, 16, 40}) {
      const std::string space(behind, ' ');
      for (const std::string& text :
           {R"({"orderId":1,"status":")" + body + "\"" + space + "}",
            R"({"status":")" + body + R"(","orderId":1,")" + body + "\":0" + space + "}",
            R"({"orderId":1,"x":[")" + body + R"("],"status":")" + body + "\"" + space + "}"}) {
        const auto result = parser.parse_result(text);
        ASSERT_TRUE(result) << text << ": " << result.error().message;
        EXPECT_EQ(result->status, body);
      }
    }
  }
}

TEST(Walk, SeesABadByteWhereverItStandsInAString) {
  for (std::size_t length = 1; length < 50; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const auto& [bad, message] :
           {std::pair{"\x1f", "not valid JSON: a control character in a string"},
            std::pair{"\xff", "not valid JSON: not UTF-8"}, std::pair{"\\x", "not valid JSON at byte"},
            std::pair{"é\\u00e9\\\"\\\\€\x7f", "accepted"}}) {
        const std::string body = std::string(at, 'a') + bad + std::string(length - at - 1, 'a');
        for (const std::string& text :
             {with_value("\"" + body + "\""), with_value("{\"" + body + "\":1}"),
              R"({"orderId":1,"status":")" + body + "\"}", R"({"orderId":1,"status":"A",")" + body + "\":1}"}) {
          ASSERT_TRUE(error_of(text).starts_with(message)) << text << ": " << error_of(text);
        }
      }
    }
  }
}

TEST(Walk, UnescapesAsAnotherParserDoes) {
  Parser parser;
  const auto check = [&](const std::string& body) {
    const auto text = R"({"orderId":1,"status":")" + body + "\"}";
    const auto result = parser.parse_result(text);
    const auto expected = nlohmann::json::parse(text, nullptr, false);
    ASSERT_EQ(result.has_value(), !expected.is_discarded()) << text;
    if (result) {
      ASSERT_EQ(result->status, expected["status"].get<std::string>()) << text;
    }
  };
  const auto unit = [](unsigned code) {
    char text[8];
    std::snprintf(text, sizeof text, code % 2 == 0 ? "\\u%04x" : "\\u%04X", code);
    return std::string(text);
  };
  for (unsigned code = 0; code <= 0xFFFF; ++code) check("<" + unit(code) + ">");
  for (const unsigned first : {0x0041U, 0xD7FFU, 0xD800U, 0xD83DU, 0xDBFFU, 0xDC00U, 0xDFFFU, 0xE000U}) {
    for (const unsigned second : {0x0041U, 0xD7FFU, 0xD800U, 0xDBFFU, 0xDC00U, 0xDE00U, 0xDFFFU, 0xE000U}) {
      check(unit(first) + unit(second));
      check(unit(first) + "\\n" + unit(second));
    }
  }
  check(R"(\"\\\/\b\f\n\r\t)");
}

TEST(Walk, KnowsANumberWhenItSeesOne) {
  static const std::regex grammar(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)");
  constexpr std::string_view alphabet = "00123.-+eE";
  std::mt19937 random(5);
  int numbers = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = 1 + random() % 7; length > 0; --length) text += alphabet[random() % alphabet.size()];
    const bool is_number = std::regex_match(text, grammar);
    ASSERT_EQ(error_of(with_value(text)), is_number ? "accepted" : "not valid JSON at byte 35") << text;
    ASSERT_EQ(error_of(with_value("[" + text + " ]")), is_number ? "accepted" : "not valid JSON at byte 36") << text;
    numbers += is_number;
  }
  EXPECT_GT(numbers, 2'000);
}

TEST(Walk, ABracketIsClosedByItsOwnKind) {
  std::string open, close;
  for (int depth = 1; depth < 64; ++depth) {
    const bool object = depth % 3 != 0;
    open += object ? "{\"a\":" : "[";
    close.insert(0, object ? "}" : "]");
    const auto value = open + "0" + close;
    ASSERT_EQ(error_of(with_value(value)), "accepted") << value;
    for (std::size_t at = value.size() - close.size(); at < value.size(); ++at) {
      std::string wrong = value;
      wrong[at] = wrong[at] == '}' ? ']' : '}';
      ASSERT_TRUE(error_of(with_value(wrong)).starts_with("not valid JSON at byte")) << wrong;
    }
  }
}

TEST(Walk, CountsTheDepthFromTheOutermostObject) {
  const auto order_error = [](std::size_t brackets) {  // the object, items and the item are three
    const std::string nested = std::string(brackets, '[') + std::string(brackets, ']');
    const auto order = Parser().parse_order(std::string(whole).replace(whole.find("-0.5e+1"), 7, nested));
    return order ? "accepted" : order.error().message;
  };
  EXPECT_EQ(order_error(60), "accepted");  // and the member x, an array, is the fourth
  EXPECT_EQ(order_error(61), "nested deeper than 64");
}

TEST(Walk, SaysWhereTheTextStopsBeingJson) {
  EXPECT_EQ(error_of(R"({"orderId":1,"x":truee})"), "not valid JSON at byte 17");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":[nul]})"), "not valid JSON at byte 18");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":12"a"})"), "not valid JSON at byte 17");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":[1,]})"), "not valid JSON at byte 20");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":[1 2]})"), "not valid JSON at byte 20");
  EXPECT_EQ(error_of(R"({"orderId":1 "x":1})"), "not valid JSON at byte 13");
  EXPECT_EQ(error_of(R"({"orderId":1,"x" 1})"), "not valid JSON at byte 17");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":"a"b})"), "not valid JSON at byte 20");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":{"\q":1}})"), "not valid JSON at byte 18");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":{})"), "not valid JSON at byte 19");
  EXPECT_EQ(error_of(R"({"orderId":1,"x":[])"), "not valid JSON: does not end with the object's closing brace");
}

TEST(Walk, ANumberOrWordIsReadToItsEndBeforeItsMemberIsJudged) {
  EXPECT_EQ(error_of(R"({"orderId":1.5x,"status":"ACCEPT"})"), "not valid JSON at byte 11");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":truee})"), "not valid JSON at byte 22");
  EXPECT_EQ(error_of(R"({"orderId":1,"status":5"ACCEPT"})"), "not valid JSON at byte 22");
}

TEST(Walk, SaysFirstWhatIsWrongWithTheWholeText) {
  EXPECT_EQ(error_of("{\"orderId\":\"1\",\"x\":\"\xff\"}"), "not valid JSON: not UTF-8");
  EXPECT_EQ(error_of("{\"orderId\":01,\"x\":\"\xc3\xa9\",\"\xc3\":1}"), "not valid JSON: not UTF-8");
  EXPECT_EQ(error_of("{\"orderId\":1.5,\"x\":\"\n\"}"), "not valid JSON: a control character in a string");
  EXPECT_EQ(error_of(R"({"orderId":null,"x":"\"})"), "not valid JSON: a string is not closed");
  EXPECT_EQ(error_of("[\"\xff\"]"), "not valid JSON: not UTF-8");
}

/// A value of any kind; often deep, with space in odd places.
std::string random_value(std::mt19937& random, int depth) {
  const auto pick = [&](std::size_t n) { return random() % n; };
  const auto space = [&] { return std::string(pick(6) == 0 ? pick(20) : 0, " \n\t\r"[pick(4)]); };
  static const char* const scalars[] = {"0",
                                        "-1.5",
                                        "12345678901234567890",
                                        "true",
                                        "false",
                                        "null",
                                        "\"\"",
                                        "\"a,b]}{[\"",
                                        "1E2",
                                        "\"\\\"\\\\\"",
                                        "\"\\u20ac\"",
                                        "\"é€😀\"",
                                        "\"a string of more than sixteen bytes\""};
  if (depth == 0 || pick(60) == 0) return scalars[pick(std::size(scalars))];
  const bool object = pick(2) == 0;
  std::string text(1, object ? '{' : '[');
  const auto count = pick(60) == 0 ? pick(5) : 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += "," + space();
    if (object) text += space() + scalars[6 + pick(2)] + space() + ":" + space();
    text += random_value(random, depth - 1) + space();
  }
  return text + space() + (object ? "}" : "]");
}

/// How deep another parser finds the text nested, members of one name included; none: not JSON.
std::optional<int> depth_of(const std::string& text) {
  using Json = nlohmann::json;
  int deepest = 0;
  const auto note = [&](int outside, Json::parse_event_t event, const Json&) {
    const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens) deepest = std::max(deepest, outside + 1);
    return true;
  };
  if (Json::parse(text, note, false).is_discarded()) return std::nullopt;
  return deepest;
}

TEST(Walk, AgreesWithAnotherParserOnNestedDocuments) {
  constexpr std::string_view alphabet = "{}[]:,\"\\ 01-.tn";
  std::mt19937 random(6);
  Parser parser;
  int accepted = 0, too_deep = 0, refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string text = with_value(random_value(random, static_cast<int>(random() % 75)));
    for (auto damages = random() % 3; damages > 0; --damages) {
      const auto at = 34 + random() % (text.size() - 34);
      if (random() % 2 == 0) {
        text[at] = alphabet[random() % alphabet.size()];
      } else {
        text.erase(at, 1);
      }
    }
    const auto answer = parser.parse_answer(text);
    const auto depth = depth_of(text);
    if (answer) {
      ASSERT_TRUE(depth) << text;
      ASSERT_LE(*depth, 64) << text;
      ++accepted;
    } else if (answer.error().message == "nested deeper than 64") {
      ASSERT_TRUE(!depth || *depth > 64) << text;
      ++too_deep;
    } else if (answer.error().message.starts_with("not valid JSON")) {
      ASSERT_FALSE(depth) << text << ": " << answer.error().message;
      ++refused;
    }
  }
  EXPECT_GT(accepted, 2'000);
  EXPECT_GT(too_deep, 100);
  EXPECT_GT(refused, 2'000);
}

}  // namespace
}  // namespace orders::order
