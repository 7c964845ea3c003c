// What the parser costs, and whether it agrees with another parser on damaged documents.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <nlohmann/json.hpp>
#include <random>

#include "order/document.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Not inlined, or the compiler sees free() meet its own operator new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace orders::order {
namespace {

constexpr std::string_view whole =
    R"({"orderId":1,"customerId":15,"status":"ACCEPT","source":"PAYMENT","items":[{"itemId":68,"productId":"p-1",)"
    R"("quantity":6,"productPrice":95.24},{"itemId":2,"x":[true,false,null,{"\u00fc":"a\"b\\"}],"y":-0.5}]} )";

TEST(Parser, AllocatesNothingForAnAnswerOnceItIsWarm) {
  Parser parser;
  ASSERT_TRUE(parser.parse_answer(whole));
  const std::string escaped = std::string(whole).replace(whole.find("ACCEPT"), 6, "ACC\\u0045PT");
  ASSERT_TRUE(parser.parse_answer(escaped));
  const std::size_t before = allocations;
  for (int i = 0; i < 1'000; ++i) {
    const bool both = parser.parse_answer(whole).has_value() && parser.parse_answer(escaped).has_value();
    if (!both) FAIL();
  }
  EXPECT_EQ(allocations, before);
}

/// What the other parser judges differently on purpose: numbers that overflow a double, and lone surrogates.
bool is_out_of_scope(const std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const char c = text[i], next = text[i + 1];
    if (c >= '0' && c <= '9' && (next == 'e' || next == 'E')) return true;
  }
  return text.find("\\ud") != std::string::npos || text.find("\\uD") != std::string::npos;
}

void expect_same_contents(const Answer& answer, const std::string& text) {
  const auto other = nlohmann::json::parse(text);
  const auto& splice = answer.splice;
  const auto at = [&](std::uint32_t begin, std::uint32_t end) {
    return nlohmann::json::parse(text.substr(begin, end - begin));
  };
  ASSERT_EQ(answer.order_id, other.at("orderId").get<OrderId>()) << text;
  ASSERT_EQ(answer.status, parse_status(other.at("status").get<std::string>())) << text;
  ASSERT_EQ(at(splice.status_begin, splice.status_end), other.at("status")) << text;
  ASSERT_EQ(splice.source_end != 0, other.contains("source")) << text;
  if (splice.source_end != 0) {
    ASSERT_EQ(at(splice.source_begin, splice.source_end), other.at("source")) << text;
  }
  ASSERT_EQ(splice.close, text.rfind('}')) << text;
}

std::string damaged(std::string text, std::mt19937& random) {
  constexpr std::string_view alphabet = "{}[]:,\"\\ \n019-.tfnux/\x01\x7f\xc3\xa9\xff";
  const auto pick = [&](std::size_t n) { return random() % n; };
  for (auto damages = 1 + pick(3); damages > 0; --damages) {
    const auto at = pick(text.size());
    const char c = alphabet[pick(alphabet.size())];
    switch (pick(4)) {
      case 0:
        text[at] = c;
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      case 2:
        text.erase(at, 1);
        break;
      default:
        std::swap(text[at], text[pick(text.size())]);
    }
  }
  return text;
}

TEST(Parser, AgreesWithAnotherParserOnDamagedDocuments) {
  std::mt19937 random(4);
  Parser parser;
  int accepted = 0, refused = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto text = damaged(std::string(whole), random);
    if (is_out_of_scope(text)) continue;
    const auto answer = parser.parse_answer(text);
    const bool is_json = nlohmann::json::accept(text);
    if (answer) {
      ASSERT_TRUE(is_json) << text;
      ASSERT_NO_FATAL_FAILURE(expect_same_contents(*answer, text));
      ++accepted;
    } else if (answer.error().message.starts_with("not valid JSON")) {
      ASSERT_FALSE(is_json) << text << ": " << answer.error().message;
      ++refused;
    }
  }
  EXPECT_GT(accepted, 10'000);
  EXPECT_GT(refused, 50'000);
}

/// Whether what is said of the other was believed: then nothing but status and source was read.
bool is_believed(Parser& parser, std::string_view json, std::string_view other) {
  constexpr OrderId lie = 4'711;
  const auto answer = parser.parse_answer(json, {other, lie, parser.parse_answer(other).value().splice});
  return answer && answer->order_id == lie;
}

TEST(Parser, DoesNotReadAgainWhatBothAnswersOfAnOrderHold) {
  Parser parser;
  const auto answer = [](std::string_view status, std::string_view source) {
    return fmt::format(R"( {{"x":"\u00fcü","status":{},"orderId":1,"source":{},"items":[1,"é"]}} )", status, source);
  };
  const auto payment = answer(R"("REJECT")", R"("PAYMENT")");
  for (const auto& stock : {payment, answer(R"("ACCEPT")", R"("INVENTORY")"), answer(R"("")", "null"),
                            answer(R"("REJECTED by somebody for a long reason")", R"("PAYMENT")")}) {
    EXPECT_TRUE(is_believed(parser, stock, payment)) << stock;
    EXPECT_TRUE(is_believed(parser, payment, stock)) << stock;
  }
  constexpr std::string_view source_first = R"({"source":null,"status":"ACCEPT","orderId":1})";
  EXPECT_TRUE(is_believed(parser, R"({"source":"INVENTORY","status":"REJECT","orderId":1})", source_first));
  constexpr std::string_view no_source = R"({"orderId":1,"status":"ACCEPT"})";
  EXPECT_TRUE(is_believed(parser, R"({"orderId":1,"status":"REJECT"})", no_source));
  // Whatever else differs is read.
  EXPECT_FALSE(is_believed(parser, R"({"orderId":2,"status":"ACCEPT"})", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":"ACCEPT"} )", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":"ACCEPT","source":null})", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":"\u0041"})", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":"é"})", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":null})", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":"ACCEPT)", no_source));
  EXPECT_FALSE(is_believed(parser, R"({"orderId":1,"status":)", no_source));
  EXPECT_FALSE(is_believed(parser, "", no_source));
}

TEST(Parser, FindsTheSameBesideAnotherAnswer) {
  std::mt19937 random(5);
  Parser parser;
  std::string other(whole);
  int believed = 0;
  for (int i = 0; i < 200'000; ++i) {
    auto text = damaged(other, random);
    const auto alone = parser.parse_answer(text);
    const auto passed = parser.parse_answer(other).value();
    const auto beside = parser.parse_answer(text, {other, passed.order_id, passed.splice});
    ASSERT_EQ(alone.has_value(), beside.has_value()) << text << " beside " << other;
    if (!alone) {
      ASSERT_EQ(alone.error().message, beside.error().message) << text;
      continue;
    }
    ASSERT_EQ(*alone, *beside) << text << " beside " << other;
    believed += is_believed(parser, text, other) ? 1 : 0;
    if (text.size() < 2 * whole.size() && random() % 4 == 0) other = std::move(text);
    if (random() % 100 == 0) other = whole;
  }
  EXPECT_GT(believed, 2'000);
}

}  // namespace
}  // namespace orders::order
