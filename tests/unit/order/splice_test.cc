#include <gtest/gtest.h>

#include <random>

#include "order/document.h"

namespace orders::order {
namespace {

constexpr Resolution confirmed{false, Status::confirmed, SourceChange::null};
constexpr Resolution rejected{false, Status::rejected, SourceChange::keep};
constexpr Resolution by_payment{false, Status::rollback, SourceChange::payment};
constexpr Resolution by_inventory{false, Status::rollback, SourceChange::inventory};
constexpr Resolution as_it_came{true, Status::unknown, SourceChange::keep};

std::string spliced(std::string_view json, const Resolution& resolution) {
  const auto answer = Parser().parse_answer(json);
  EXPECT_TRUE(answer) << json << ": " << answer.error().message;
  return answer ? splice_result(json, answer->splice, resolution) : "";
}

TEST(Splice, ReplacesInPlace) {
  const std::string_view json = R"({"orderId":1,"status":"ACCEPT","source":"INVENTORY","items":[]})";
  EXPECT_EQ(spliced(json, confirmed), R"({"orderId":1,"status":"CONFIRMED","source":null,"items":[]})");
  EXPECT_EQ(spliced(json, rejected), R"({"orderId":1,"status":"REJECTED","source":"INVENTORY","items":[]})");
  EXPECT_EQ(spliced(json, by_payment), R"({"orderId":1,"status":"ROLLBACK","source":"PAYMENT","items":[]})");
  EXPECT_EQ(spliced(json, by_inventory), R"({"orderId":1,"status":"ROLLBACK","source":"INVENTORY","items":[]})");
  EXPECT_EQ(spliced(json, as_it_came), json);
}

TEST(Splice, KeepsOrderWhitespaceEscapesAndOddNumbers) {
  const std::string_view json =
      " \n{ \"\\u0073ource\" :\tnull , \"x\":1.10e+0005, \"st\\u0061tus\":\"ACC\\u0045PT\" ,\"orderId\": 1\r\n} \n";
  EXPECT_EQ(
      spliced(json, by_payment),
      " \n{ \"\\u0073ource\" :\t\"PAYMENT\" , \"x\":1.10e+0005, \"st\\u0061tus\":\"ROLLBACK\" ,\"orderId\": 1\r\n} \n");
  EXPECT_EQ(spliced(json, as_it_came), json);
}

TEST(Splice, AppendsASourceThatIsMissing) {
  EXPECT_EQ(spliced(R"({"status":"ACCEPT","orderId":1})", confirmed),
            R"({"status":"CONFIRMED","orderId":1,"source":null})");
  EXPECT_EQ(spliced("{\"orderId\":1,\"status\":\"REJECT\" } ", by_inventory),
            "{\"orderId\":1,\"status\":\"ROLLBACK\" ,\"source\":\"INVENTORY\"} ");
  EXPECT_EQ(spliced(R"({"orderId":1,"status":"REJECT"})", rejected), R"({"orderId":1,"status":"REJECTED"})");
}

TEST(Splice, AppendsBothToAnObjectWithoutThem) {
  // No answer is like this, but the contract of Splice allows it.
  EXPECT_EQ(splice_result("{}", {.close = 1}, confirmed), R"({"status":"CONFIRMED","source":null})");
  EXPECT_EQ(splice_result("{ }\n", {.close = 2}, rejected), "{ \"status\":\"REJECTED\"}\n");
  EXPECT_EQ(splice_result("{\"a\":1}", {.close = 6, .has_members = true}, by_payment),
            R"({"a":1,"status":"ROLLBACK","source":"PAYMENT"})");
  EXPECT_EQ(splice_result("{\"source\":\"a\"}",
                          {.source_begin = 10, .source_end = 13, .close = 13, .has_members = true}, confirmed),
            R"({"source":null,"status":"CONFIRMED"})");
}

TEST(Splice, IsOfItsDocumentAndStatusOrNot) {
  const std::string json = R"({"orderId":1,"status":"ACCEPT","source":null})";
  const auto splice = Parser().parse_answer(json)->splice;
  EXPECT_TRUE(is_splice_of(json, splice, Status::accept));
  EXPECT_FALSE(is_splice_of(json, splice, Status::reject)) << "another status";
  EXPECT_FALSE(is_splice_of(json.substr(0, json.size() - 1), splice, Status::accept)) << "cut off";
  EXPECT_FALSE(is_splice_of(" " + json, splice, Status::accept)) << "moved";
  EXPECT_FALSE(is_splice_of("", {}, Status::accept));
  auto broken = splice;
  broken.status_end = broken.status_begin;
  EXPECT_FALSE(is_splice_of(json, broken, Status::accept));
  broken = splice;
  broken.status_begin = 0xFFFFFFFE;
  broken.status_end = 0xFFFFFFFF;
  EXPECT_FALSE(is_splice_of(json, broken, Status::accept));
  broken = splice;
  broken.source_end = broken.close + 1;
  EXPECT_FALSE(is_splice_of(json, broken, Status::accept));
}

TEST(Splice, IsOfItsDocumentWhateverIsWrittenWithEscapesOrUnknown) {
  for (const auto* json : {R"({"orderId":1,"status":"ACCEPT"} )", R"({"orderId":1,"status":"MAYBE"})",
                           R"({"source":"x","status":"REJECT","orderId":1})", R"({"orderId":1,"status":""})"}) {
    const auto answer = Parser().parse_answer(json);
    ASSERT_TRUE(answer) << json;
    EXPECT_TRUE(is_splice_of(json, answer->splice, answer->status)) << json;
  }
}

/// Builds random objects from pieces, so that the expected result is put together without any offsets.
class RandomDocument {
 public:
  explicit RandomDocument(std::mt19937& random) : random_(random) {
    std::vector<std::string> names{"orderId", "status"};
    if (pick(4) != 0) names.push_back("source");
    has_source_ = names.size() == 3;
    for (unsigned i = pick(5); i > 0; --i) names.push_back("member" + std::to_string(i));
    std::shuffle(names.begin(), names.end(), random_);
    add(space() + "{");
    for (const auto& name : names) {
      add((&name == &names.front() ? "" : ",") + space() + string(name) + space() + ":" + space());
      if (name == "status") status_at_ = pieces_.size();
      if (name == "source") source_at_ = pieces_.size();
      add(name == "orderId" ? "42" : name == "status" ? string("ACCEPT") : name == "source" ? source() : value(3));
      add(space());
    }
    close_at_ = pieces_.size();
    add("}" + space());
  }

  [[nodiscard]] std::string text() const { return join(pieces_); }
  [[nodiscard]] std::string expected(const std::string& status, const std::optional<std::string>& source) const {
    auto pieces = pieces_;
    pieces[status_at_] = status;
    if (source && has_source_) pieces[source_at_] = *source;
    if (source && !has_source_) pieces[close_at_] = ",\"source\":" + *source + pieces[close_at_];
    return join(pieces);
  }
  [[nodiscard]] std::optional<std::string> source_before() const { return source_; }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  void add(std::string piece) { pieces_.push_back(std::move(piece)); }
  static std::string join(const std::vector<std::string>& pieces) {
    std::string text;
    for (const auto& piece : pieces) text += piece;
    return text;
  }
  std::string space() {
    std::string text;
    while (pick(4) == 0) text += " \t\r\n"[pick(4)];
    return text;
  }
  /// A string whose ASCII letters are escaped now and then.
  std::string string(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, pick(2) == 0 ? "\\u%04x" : "\\u%04X", static_cast<unsigned>(c));
      out += pick(10) == 0 ? std::string(escaped) : std::string(1, c);
    }
    return out + "\"";
  }
  std::string source() {
    if (pick(3) == 0) return "null";
    source_ = pick(2) == 0 ? "INVENTORY" : "somebody else";
    return string(*source_);
  }
  std::string value(unsigned depth) {
    static const char* const scalars[] = {"0",          "-1.50",
                                          "1E400",      "99999999999999999999999",
                                          "true",       "false",
                                          "null",       "\"\"",
                                          "\"status\"", "\"}\"",
                                          "\"\\\"\"",   "\"\\\\\"",
                                          "\"€,:{\"",   "\"\\ud83d\\ude00\""};
    if (depth == 0 || pick(3) != 0) return scalars[pick(std::size(scalars))];
    const bool is_object = pick(2) == 0;
    std::string out = is_object ? "{" : "[";
    for (unsigned i = 0, n = pick(4); i < n; ++i) {
      out += (i > 0 ? "," : "") + space();
      if (is_object) out += string(pick(2) == 0 ? "status" : "source") + space() + ":" + space();
      out += value(depth - 1) + space();
    }
    return out + (is_object ? "}" : "]");
  }

  std::mt19937& random_;
  std::vector<std::string> pieces_;
  std::size_t status_at_ = 0, source_at_ = 0, close_at_ = 0;
  bool has_source_ = false;
  std::optional<std::string> source_;
};

TEST(Splice, ChangesNothingElseInRandomDocuments) {
  struct Case {
    Resolution resolution;
    const char* status;
    std::optional<std::string> source;  ///< as JSON; none: kept
  };
  const Case cases[] = {{confirmed, "CONFIRMED", "null"},
                        {rejected, "REJECTED", std::nullopt},
                        {by_payment, "ROLLBACK", "\"PAYMENT\""},
                        {by_inventory, "ROLLBACK", "\"INVENTORY\""}};
  std::mt19937 random(3);
  Parser parser;
  for (int i = 0; i < 20'000; ++i) {
    const RandomDocument document(random);
    const std::string text = document.text();
    const auto answer = parser.parse_answer(text);
    ASSERT_TRUE(answer) << text << ": " << answer.error().message;
    ASSERT_EQ(answer->status, Status::accept) << text;
    ASSERT_EQ(splice_result(text, answer->splice, as_it_came), text);
    const Case& c = cases[i % std::size(cases)];
    const std::string result = splice_result(text, answer->splice, c.resolution);
    ASSERT_EQ(result, document.expected("\"" + std::string(c.status) + "\"", c.source)) << text;
    const auto back = parser.parse_result(result);
    ASSERT_TRUE(back) << result << ": " << back.error().message;
    EXPECT_EQ(back->id, 42);
    EXPECT_EQ(back->status, c.status);
    const auto source =
        c.source ? (*c.source == "null" ? std::nullopt : std::optional(c.source->substr(1, c.source->size() - 2)))
                 : document.source_before();
    EXPECT_EQ(back->source, source) << result;
  }
}

}  // namespace
}  // namespace orders::order
