// What the stand-ins answer, how far they are, and what they expect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/simulate_decision.h"
#include "ordersctl/simulate_make.h"
#include "ordersctl/simulate_progress.h"
#include "ordersctl/simulate_verify.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using order::Status;

constexpr auto new_order =
    R"({"orderId":42, "customerId":7,"status":"NEW","source":null,"extra":[1.10],"items":[{"productPrice":12.50}]})";

order::Splice splice_of(std::string_view json) {
  order::Parser parser;
  auto answer = parser.parse_answer(json);
  EXPECT_TRUE(answer.has_value()) << answer.error().text();
  return answer->splice;
}

TEST(Simulate, DecidesTheSameForTheSameSeed) {
  const AnswerRules rules{7, 30, 30, 0ms, 0ms};
  AnswerRules other = rules;
  other.seed = 8;
  int differ = 0;
  for (order::OrderId id = 1; id <= 1'000; ++id) {
    EXPECT_EQ(decide(rules, id, Side::payment), decide(rules, id, Side::payment));
    differ += decide(rules, id, Side::payment) != decide(other, id, Side::payment);
  }
  EXPECT_GT(differ, 300);  // 420 expected
}

TEST(Simulate, RejectsAsOftenAsAsked) {
  const AnswerRules rules{1, 10, 2.5, 0ms, 0ms};
  int payment = 0, stock = 0, both = 0;
  for (order::OrderId id = 1; id <= 100'000; ++id) {
    const bool p = decide(rules, id << 22, Side::payment) == Status::reject;
    const bool s = decide(rules, id << 22, Side::stock) == Status::reject;
    payment += p;
    stock += s;
    both += p && s;
  }
  EXPECT_NEAR(payment, 10'000, 400);
  EXPECT_NEAR(stock, 2'500, 200);
  EXPECT_NEAR(both, 250, 70) << "the sides decide apart from each other";
}

TEST(Simulate, RejectsNoneAndAll) {
  for (order::OrderId id = 1; id <= 1'000; ++id) {
    EXPECT_EQ(decide({1, 0, 100, 0ms, 0ms}, id, Side::payment), Status::accept);
    EXPECT_EQ(decide({1, 0, 100, 0ms, 0ms}, id, Side::stock), Status::reject);
  }
}

TEST(Simulate, DelaysWithinTheRangeBothEndsIncluded) {
  std::set<Milliseconds> seen;
  for (order::OrderId id = 1; id <= 1'000; ++id) seen.insert(delay_of({1, 0, 0, 3ms, 6ms}, id, Side::stock));
  EXPECT_THAT(seen, testing::ElementsAre(3ms, 4ms, 5ms, 6ms));
}

TEST(Simulate, AnswersWithTheOrdersOwnJson) {
  EXPECT_EQ(
      answer_json(new_order, splice_of(new_order), Side::payment, Status::reject),
      R"({"orderId":42, "customerId":7,"status":"REJECT","source":"PAYMENT","extra":[1.10],"items":[{"productPrice":12.50}]})");
  const auto stock = answer_json(new_order, splice_of(new_order), Side::stock, Status::accept);
  EXPECT_EQ(raw_json::text(stock, "source"), "INVENTORY");
  EXPECT_EQ(raw_json::text(stock, "status"), "ACCEPT");
}

TEST(Simulate, ExpectsWhatTheSagaMakesOfTheStockAnswer) {
  const auto splice = splice_of(new_order);
  for (const auto payment : {Status::accept, Status::reject}) {
    for (const auto stock : {Status::accept, Status::reject}) {
      const auto answer = answer_json(new_order, splice, Side::stock, stock);
      const auto resolution = order::resolve(payment, stock);
      const auto result = order::splice_result(answer, splice_of(answer), resolution);
      const auto expected = expected_result(new_order, splice, payment, stock);
      EXPECT_EQ(expected.value, result);
      EXPECT_EQ(expected.status, resolution.status);
      EXPECT_EQ(expected.source, raw_json::text(result, "source"));
    }
  }
}

TEST(AnswerProgress, MovesPastWhatIsDone) {
  AnswerProgress progress(10);
  progress.read(10);
  progress.read(11);
  progress.answer(10, Side::payment);
  EXPECT_EQ(progress.position(), 10);
  progress.answer(10, Side::stock);
  EXPECT_EQ(progress.position(), 11);
  progress.done(11);
  EXPECT_EQ(progress.position(), 12);
  EXPECT_EQ(progress.metadata(), "");
}

TEST(AnswerProgress, TakesWhatIsNoRecordAsDone) {
  AnswerProgress progress(0);
  progress.read(5);
  EXPECT_EQ(progress.position(), 5);
  progress.read(9);
  progress.done(5);
  EXPECT_EQ(progress.position(), 9);
  progress.done(9);
  progress.reached_end(14);
  EXPECT_EQ(progress.position(), 14);
}

TEST(AnswerProgress, RemembersWhatWasAnsweredOutOfOrder) {
  AnswerProgress before(100);
  for (int offset = 100; offset < 110; ++offset) before.read(offset);
  before.answer(101, Side::stock);
  before.answer(104, Side::payment);
  before.answer(104, Side::stock);
  before.answer(107, Side::payment);
  EXPECT_EQ(before.position(), 100);

  auto after = AnswerProgress::restore(before.position(), before.metadata());
  EXPECT_EQ(after.position(), 100);
  for (int offset = 100; offset < 112; ++offset) {
    for (const auto side : {Side::payment, Side::stock}) {
      EXPECT_EQ(after.answered(offset, side), before.answered(offset, side)) << offset;
    }
  }
  // Read again, nothing that is not answered is passed.
  for (int offset = 100; offset < 110; ++offset) after.read(offset);
  EXPECT_EQ(after.position(), 100);
  after.done(100);
  EXPECT_EQ(after.position(), 101);
  after.answer(101, Side::payment);
  EXPECT_EQ(after.position(), 102);
}

TEST(AnswerProgress, NeverPassesWhatWasNotReadYet) {
  AnswerProgress before(0);
  before.read(0);
  before.read(1);
  before.done(1);
  auto after = AnswerProgress::restore(before.position(), before.metadata());
  after.read(0);
  after.done(0);
  EXPECT_EQ(after.position(), 1) << "1 is done, but not read again";
  after.read(1);
  EXPECT_EQ(after.position(), 2);
}

TEST(AnswerProgress, FitsIntoACommitWhenFull) {
  AnswerProgress progress(0);
  std::int64_t offset = 0;
  for (; !progress.full(); ++offset) {
    progress.read(offset);
    if (offset > 0) progress.answer(offset, Side::stock);
  }
  EXPECT_LE(progress.metadata().size(), 4'096u);
  const auto after = AnswerProgress::restore(0, progress.metadata());
  EXPECT_TRUE(after.answered(offset - 1, Side::stock));
  EXPECT_FALSE(after.answered(offset - 1, Side::payment));
}

TEST(AnswerProgress, TakesForeignMetadataAsNone) {
  for (const char* text : {"", "v9:AAAA", "s1:A A", "nonsense"}) {
    const auto progress = AnswerProgress::restore(5, text);
    EXPECT_EQ(progress.position(), 5) << text;
    EXPECT_FALSE(progress.answered(5, Side::payment)) << text;
    EXPECT_FALSE(progress.answered(6, Side::stock)) << text;
  }
}

TEST(Verifier, IsContentWithTheVeryBytes) {
  Verifier verifier;
  verifier.expect(1, R"({"orderId":1,"status":"CONFIRMED"})");
  EXPECT_EQ(verifier.waiting(), 1u);
  verifier.result(1, R"({"orderId":1,"status":"CONFIRMED"})");
  EXPECT_EQ(verifier.waiting(), 0u);
  EXPECT_EQ(verifier.verified(), 1u);
  EXPECT_TRUE(verifier.differences().empty());
}

TEST(Verifier, NamesTheMembersThatDiffer) {
  Verifier verifier;
  verifier.expect(7, R"({"status":"CONFIRMED","source":null,"items":[]})");
  verifier.result(7, R"({"status":"ROLLBACK","source":"PAYMENT","items":[]})");
  ASSERT_EQ(verifier.differences().size(), 2u);
  EXPECT_EQ(verifier.differences()[0].text(), R"(order 7: status: expected "CONFIRMED", got "ROLLBACK")");
  EXPECT_EQ(verifier.differences()[1].text(), R"(order 7: source: expected null, got "PAYMENT")");
}

TEST(Verifier, SeesMembersThatComeAndGo) {
  const auto differences = compare(1, R"({"a":1,"b":2})", R"({"a":1,"c":3})");
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0].text(), "order 1: b: expected 2, got nothing");
  EXPECT_EQ(differences[1].text(), "order 1: c: expected nothing, got 3");
  EXPECT_EQ(compare(1, R"({"a":1,"b":2})", R"({"b":2,"a":1})").at(0).member, "record");
}

TEST(Verifier, CountsResultsThatComeTwiceOrNever) {
  Verifier verifier;
  verifier.expect(1, "{}");
  verifier.expect(2, "{}");
  verifier.result(1, "{}");
  verifier.result(1, "{}");
  verifier.result(99, "{}");  // not ours
  verifier.give_up();
  ASSERT_EQ(verifier.differences().size(), 2u);
  EXPECT_EQ(verifier.differences()[0].text(), "order 1: results: expected 1, got one more");
  EXPECT_EQ(verifier.differences()[1].text(), "order 2: results: expected 1, got none");
}

TEST(MadeOrders, AreValidAndRepeatable) {
  std::set<std::string> different;
  for (std::uint64_t n = 0; n < 500; ++n) {
    const auto json = made_order(1, n, {});
    EXPECT_EQ(json, made_order(1, n, {}));
    ASSERT_TRUE(is_json(json)) << json;
    std::set<std::string> products;
    const auto items = raw_json::elements(raw_json::member(json, "items").value());
    for (const auto item : items) {
      products.insert(raw_json::text(item, "productId"));
      const auto price = raw_json::text(item, "productPrice");
      EXPECT_EQ(price.size() - price.find('.'), 3u) << price;
      EXPECT_GE(raw_json::integer(item, "quantity").value(), 1);
    }
    EXPECT_GE(items.size(), 1u);
    EXPECT_EQ(products.size(), items.size()) << "no item twice: " << json;
    different.insert(json);
  }
  EXPECT_GT(different.size(), 490u);
}

TEST(MadeOrders, TakeTheirProductsFromTheCatalog) {
  for (std::uint64_t n = 0; n < 50; ++n) {
    const auto json = made_order(1, n, {"mug", "plate"});
    for (const auto item : raw_json::elements(raw_json::member(json, "items").value())) {
      const auto product = raw_json::text(item, "productId");
      EXPECT_TRUE(product == "mug" || product == "plate") << json;
    }
  }
}

}  // namespace
}  // namespace orders::ctl
