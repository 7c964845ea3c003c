// How many dead letters are left, over an embedded broker.
#include "dlq/undrained.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <stdexcept>

#include "dlq/letter.h"
#include "failure/dead_letter.h"
#include "kafka/embedded_cluster.h"
#include "kafka/producer.h"

namespace orders::dlq {
namespace {

using namespace std::chrono_literals;

class Left : public testing::Test {
 protected:
  static kafka::EmbeddedCluster make_cluster() {
    const std::array topics{kafka::NewTopic{"dead", 2, 1, {}}, kafka::NewTopic{"marks", 1, 1, {}}};
    auto cluster = kafka::EmbeddedCluster::start(topics);
    if (!cluster) throw std::runtime_error(cluster.error().text());
    return *std::move(cluster);
  }
  static config::Topics topics(const std::string& letters) {
    config::Topics topics;
    topics.dead_letter = letters;
    topics.drained = "marks";
    return topics;
  }
  static kafka::OutputRecord letter(std::int64_t offset) {
    failure::Rejected of{.topic = "in",
                         .partition = 1,
                         .offset = offset,
                         .timestamp = from_millis(1'000),
                         .key = "k",
                         .value = "v",
                         .headers = {}};
    return failure::dead_letter("dead", std::move(of), failure::Reason::late, "why", {"app", "one", "join"},
                                wall_clock_now());
  }
  static kafka::OutputRecord mark(std::int64_t offset) {
    Letter letter;
    letter.of.topic = "in";
    letter.of.partition = 1;
    letter.of.offset = offset;
    letter.of.timestamp = from_millis(1'000);
    letter.of.application = "app";
    return {.topic = "marks", .key = letter.identity(), .value = "drained", .headers = {}, .timestamp = {}};
  }
  void write(const std::vector<std::int64_t>& letters, const std::vector<std::int64_t>& marks) {
    auto producer = kafka::TransactionalProducer::create(connection_, {.transactional_id = "writer"});
    ASSERT_TRUE(producer) << producer.error().text();
    const auto ready = producer->init(30s);
    ASSERT_TRUE(ready) << ready.error().text();
    auto transaction = producer->begin();
    ASSERT_TRUE(transaction) << transaction.error().text();
    for (const auto offset : letters) ASSERT_TRUE(transaction->produce(letter(offset)));
    for (const auto offset : marks) ASSERT_TRUE(transaction->produce(mark(offset)));
    const auto committed = transaction->commit(30s);
    ASSERT_TRUE(committed) << committed.error().text();
  }
  std::uint64_t look() {
    const auto left = undrained_.look([] { return true; });
    if (!left) throw std::runtime_error(left.error().text());
    return left->value();
  }

  kafka::EmbeddedCluster cluster_ = make_cluster();
  kafka::Connection connection_{cluster_.bootstrap_servers(), {}, "test", true};
  Undrained undrained_{connection_, topics("dead")};
};

TEST_F(Left, AreCountedAsTheyComeAndGo) {
  EXPECT_EQ(look(), 0u);
  write({1, 2, 3}, {});
  EXPECT_EQ(look(), 3u);
  EXPECT_EQ(look(), 3u);
  write({3, 4}, {1});
  EXPECT_EQ(look(), 3u) << "3 was written twice, and 1 was drained";
  write({1, 5}, {2, 3});
  EXPECT_EQ(look(), 2u) << "a copy of 1 is as drained as 1 is";
  Undrained anew(connection_, topics("dead"));
  EXPECT_EQ(anew.look([] { return true; }).value(), 2u);
}

TEST_F(Left, AreNotKnownWhereTheCountIsBrokenOff) {
  write({1, 2, 3}, {});
  const auto broken_off = undrained_.look([] { return false; });
  ASSERT_TRUE(broken_off) << broken_off.error().text();
  EXPECT_EQ(*broken_off, std::nullopt);
  EXPECT_EQ(look(), 3u) << "it goes on from there";
}

TEST_F(Left, AreNotCountedNorReadAnyMoreWhenThereAreTooMany) {
  std::vector<std::int64_t> letters(500);
  std::iota(letters.begin(), letters.end(), 0);
  write(letters, {});
  Undrained few(connection_, topics("dead"), 3);
  int asked = 0;
  const auto left = few.look([&] { return ++asked > 0; });
  ASSERT_TRUE(left) << left.error().text();
  EXPECT_EQ(*left, std::nullopt);
  EXPECT_LT(asked, 400) << "once for each letter that was read, and while it waited for the first ones";
  Undrained enough(connection_, topics("dead"), 500);
  EXPECT_EQ(enough.look([] { return true; }).value(), 500u);
}

TEST_F(Left, AreNotFoundWithoutTheirTopic) {
  Undrained nowhere(connection_, topics("nowhere"));
  const auto left = nowhere.look([] { return true; });
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().error_class, ErrorClass::not_found);
}

}  // namespace
}  // namespace orders::dlq
