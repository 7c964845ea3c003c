// Which outputs are found to be refused, and what becomes of them, against a broker that is a few lines of code.
#include "topology/refusals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace orders::topology {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAreArray;

const failure::Origin origin{"app", "one", "join"};

std::optional<std::string> header(const kafka::OutputRecord& record, std::string_view name) {
  for (const auto& [at, value] : record.headers) {
    if (at == name) return value;
  }
  return std::nullopt;
}

class RefusedOutputs : public testing::Test {
 protected:
  void add_results(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string stock = R"({"orderId":1,"status":"ACCEPT","source":null,"n":)" + std::to_string(i) + "}";
      const order::Splice splice{.status_begin = 22, .status_end = 30, .source_begin = 40, .source_end = 44,
                                 .close = static_cast<std::uint32_t>(stock.size() - 1), .has_members = true};
      ASSERT_TRUE(order::is_splice_of(stock, splice, order::Status::accept));
      const auto resolution = order::resolve(order::Status::reject, order::Status::accept);
      outputs.add_result({.topic = "orders",
                          .partition = 3,
                          .key = "key",
                          .value = order::splice_result(stock, splice, resolution),
                          .headers = {{"trace", "kept"}},
                          .timestamp = from_millis(5'000)},
                         {.key = 1,
                          .payment_status = order::Status::reject,
                          .stock_status = order::Status::accept,
                          .timestamp = from_millis(5'000),
                          .stock_splice = splice,
                          .stock_value = stock,
                          .stock_headers = {},
                          .stock_offset = 1'000 + i,
                          .stock_timestamp = from_millis(4'000)});
    }
  }
  void add_letter() {
    outputs.add(failure::dead_letter("dead",
                                     {.topic = "payments",
                                      .partition = 3,
                                      .offset = 17,
                                      .timestamp = from_millis(4'000),
                                      .key = "key",
                                      .value = "no JSON",
                                      .headers = {}},
                                     failure::Reason::invalid_value, "no JSON", origin, from_millis(5'000)));
  }

  /// As the unit of work sends to a topic with one partition, and as a broker answers that does not take `bad` results.
  /// False: a batch was refused.
  bool send(const std::set<std::size_t>& bad) {
    std::vector<std::size_t> produced;  // output of each number
    std::size_t group = 0;
    for (std::size_t i = 0; i <= outputs.records.size(); ++i) {
      const bool end = i == outputs.records.size();
      if (end || refusals.begins_group(i)) {
        std::vector<kafka::Refusal> batch;
        bool refused = false;
        for (auto number = group; number < produced.size(); ++number) {
          if (outputs.records[produced[number]].topic != "orders") continue;
          batch.push_back({number, "too large"});
          refused = refused || bad.contains(produced[number]);
        }
        if (refused) {
          refusals.settle(outputs, batch);
          return false;
        }
        group = produced.size();
      }
      if (!end && !refusals.is_dropped(i)) produced.push_back(i);
    }
    refusals.committed();
    return true;
  }
  int tries_until_sent(const std::set<std::size_t>& bad) {
    int tries = 1;
    while (!send(bad) && tries < 10'000) ++tries;
    return tries;
  }
  std::set<std::size_t> dead_results() const {
    std::set<std::size_t> found;
    for (std::size_t i = 0; i < outputs.records.size(); ++i) {
      if (header(outputs.records[i], "orders-reason") == "broker_refused") found.insert(i);
    }
    return found;
  }

  Outputs outputs;
  Refusals refusals{{.name = "test", .stock_topic = "stock", .dead_letter_topic = "dead", .origin = origin}};
};

TEST_F(RefusedOutputs, OneAmongTenThousandIsFoundInFiveTriesAndTheSixthSucceeds) {
  add_results(10'000);
  EXPECT_LE(tries_until_sent({7'777}), 6);
  EXPECT_THAT(dead_results(), ElementsAre(7'777));
  EXPECT_EQ(refusals.fates().refused, 1u);
  EXPECT_EQ(refusals.fates().letters_dropped, 0u);
}

TEST_F(RefusedOutputs, AreFoundOneByOneWhereverTheyAreAndNoOthers) {
  std::mt19937 random(1);
  for (int round = 0; round < 30; ++round) {
    outputs.clear();
    add_results(500);
    std::set<std::size_t> bad;
    for (auto count = random() % 20 + 1; count > 0; --count) bad.insert(random() % 500);
    const auto before = refusals.fates().refused;
    EXPECT_LE(tries_until_sent(bad), 6 * static_cast<int>(bad.size()));
    EXPECT_THAT(dead_results(), UnorderedElementsAreArray(bad));
    EXPECT_EQ(refusals.fates().refused, before + bad.size());
  }
}

TEST_F(RefusedOutputs, AreFoundEvenWhenAllOfThemAre) {
  add_results(100);
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < 100; ++i) all.insert(i);
  EXPECT_LE(tries_until_sent(all), 200);
  EXPECT_EQ(dead_results(), all);
}

TEST_F(RefusedOutputs, AResultBecomesADeadLetterOfItsStockRecord) {
  add_results(3);
  refusals.decide(outputs, 1, "too large");
  const auto& letter = outputs.records[1];
  EXPECT_EQ(letter.topic, "dead");
  EXPECT_EQ(letter.partition, -1);
  EXPECT_EQ(letter.key, "key");
  EXPECT_EQ(letter.value, R"({"orderId":1,"status":"ACCEPT","source":null,"n":1})");
  EXPECT_EQ(failure::original_of(letter), "stock[3]@1001");
  EXPECT_EQ(header(letter, "trace"), "kept");
  EXPECT_EQ(header(letter, "orders-reason"), "broker_refused");
  EXPECT_EQ(header(letter, "kafka_dlt-exception-message"), "the broker refuses the result: too large");
  EXPECT_EQ(header(letter, "kafka_dlt-original-timestamp"), std::string("\0\0\0\0\0\0\x0f\xa0", 8));
  EXPECT_EQ(header(letter, "kafka_dlt-original-timestamp-type"), "CreateTime");
  EXPECT_EQ(outputs.records[2].topic, "orders");
}

TEST_F(RefusedOutputs, ADeadLetterGoesWithoutItsValueAndThenNotAtAll) {
  add_letter();
  refusals.decide(outputs, 0, "too large");
  EXPECT_FALSE(outputs.records[0].value);
  EXPECT_EQ(header(outputs.records[0], "orders-value-left-out"), "7 bytes, refused by the broker");
  EXPECT_FALSE(refusals.is_dropped(0));
  refusals.decide(outputs, 0, "too large");
  EXPECT_TRUE(refusals.is_dropped(0));
  EXPECT_EQ(refusals.fates().letters_dropped, 0u) << "not committed yet";
  refusals.committed();
  EXPECT_EQ(refusals.fates().letters_dropped, 1u);
  EXPECT_FALSE(refusals.is_dropped(0)) << "the next unit has other outputs";
}

TEST_F(RefusedOutputs, WhatIsBehindADroppedOneIsFoundAsWell) {
  add_letter();
  refusals.decide(outputs, 0, "too large");
  refusals.decide(outputs, 0, "too large");
  add_results(50);
  tries_until_sent({1, 30});
  EXPECT_THAT(dead_results(), ElementsAre(1, 30));
}

TEST_F(RefusedOutputs, OfAUnitThatIsForgottenCountNothing) {
  add_results(2);
  refusals.settle(outputs, {{0, "too large"}, {1, "too large"}});
  refusals.decide(outputs, 0, "too large");
  refusals.forget();
  refusals.committed();
  EXPECT_EQ(refusals.fates().refused, 0u);
  EXPECT_FALSE(refusals.begins_group(1));
}

}  // namespace
}  // namespace orders::topology
