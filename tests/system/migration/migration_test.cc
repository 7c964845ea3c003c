// From a Kafka Streams application to ordersd and back, and a shadow run beside it: docs/migrate.md, step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "kafka_streams.h"
#include "support/json_schema.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int partitions = 3;

class Migration : public testing::Test {
 protected:
  Migration() { create_topics(bootstrap_, daemon_, partitions); }

  /// The topics and the group of the Kafka Streams application.
  [[nodiscard]] Settings its_settings() const {
    return {{"kafka.bootstrap_servers", bootstrap_}, {"application_id", streams_.application_id()},
            {"topics.orders", prefix_ + "orders"},   {"topics.payments", prefix_ + "payment-orders"},
            {"topics.stock", prefix_ + "stock-orders"}};
  }

  /// Only what the application's own class knows: it refuses other members.
  [[nodiscard]] static std::string value(std::int64_t id, const std::string& status) {
    return R"({"orderId":)" + std::to_string(id) + R"(,"customerId":7,"status":")" + status +
           R"(","source":null,"items":[{"itemId":1,"productId":"mug","quantity":2,"productPrice":12.50}]})";
  }
  [[nodiscard]] static std::string payment_status(std::int64_t id) { return id % 7 == 0 ? "REJECT" : "ACCEPT"; }
  [[nodiscard]] static std::string stock_status(std::int64_t id) { return id % 5 == 0 ? "REJECT" : "ACCEPT"; }

  /// An hour ago and, from order to order, 60 ms on: so the window of 10 s holds 166 of them, however slow the machine.
  [[nodiscard]] static std::int64_t time_of(std::int64_t id) {
    static const auto base = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 (std::chrono::system_clock::now() - 1h).time_since_epoch())
                                 .count();
    return base + id * 60;
  }

  /// One side's answers of the orders `first` to `last`, `behind` the other's.
  void write_payments(std::int64_t first, std::int64_t last, std::chrono::milliseconds behind = 0ms) {
    for (auto id = first; id <= last; ++id) {
      writer_.write({daemon_.payments(), -1, int64_key(id), value(id, payment_status(id)), time_of(id) + behind.count(),
                     {}});
    }
    writer_.flush();
  }
  void write_stock(std::int64_t first, std::int64_t last, std::chrono::milliseconds behind = 0ms) {
    for (auto id = first; id <= last; ++id) {
      writer_.write({daemon_.stock(), -1, int64_key(id), value(id, stock_status(id)), time_of(id) + behind.count(),
                     {}});
    }
    writer_.flush();
  }
  void write_both(std::int64_t first, std::int64_t last) {
    write_payments(first, last);
    write_stock(first, last, 5ms);
  }

  void await_results(const std::string& topic, std::size_t count) const {
    ASSERT_NO_THROW(ResultFollower(bootstrap_, topic).await(count, 60s)) << streams_.log() << daemon_.log();
  }
  /// Whoever works in the group has committed all that is on the inputs.
  void await_committed() const {
    const auto group = streams_.application_id();
    const auto is_committed = [&](const std::string& topic) {
      return committed_offsets(bootstrap_, group, topic) == end_offsets(bootstrap_, topic);
    };
    ASSERT_TRUE(wait_until(60s, [&] { return is_committed(daemon_.payments()) && is_committed(daemon_.stock()); }))
        << streams_.log() << daemon_.log();
  }

  /// Its two join stores, which know nothing of what ordersd has done; its table's changelog stays.
  void forget_join_stores() const {
    for (const auto* store : {"KSTREAM-JOINTHIS-0000000004-store", "KSTREAM-JOINOTHER-0000000005-store"}) {
      const auto changelog = streams_.application_id() + "-" + store + "-changelog";
      ASSERT_EQ(partition_count(bootstrap_, changelog), partitions);
      delete_topic(bootstrap_, changelog);
      ASSERT_TRUE(wait_until(30s, [&] { return partition_count(bootstrap_, changelog) == 0; }));
    }
    streams_.wipe();
  }

  /// One result for each of the orders 1 to `last`, and nothing else.
  void expect_one_result_each(std::int64_t last) const {
    const auto results = by_order(read_topic(bootstrap_, daemon_.orders()));
    EXPECT_EQ(results.size(), static_cast<std::size_t>(last));
    for (std::int64_t id = 1; id <= last; ++id) {
      const auto found = results.find(id);
      ASSERT_TRUE(found != results.end()) << "order " << id << " has no result";
      ASSERT_EQ(found->second.size(), 1U) << "order " << id;
      const auto& result = found->second.front();
      EXPECT_EQ((Outcome{result.at("status"), result.at("source")}),
                decide(json::parse(value(id, payment_status(id))), json::parse(value(id, stock_status(id)))))
          << "order " << id;
    }
    EXPECT_THAT(read_topic(bootstrap_, daemon_.dead_letters()), IsEmpty());
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  const std::string prefix_ = unique_name("migration") + "-";
  KafkaStreams streams_{bootstrap_, prefix_};
  Daemon daemon_{"migration", its_settings()};
  LogWriter writer_{bootstrap_};
};

TEST_F(Migration, ToOrdersdAndBackLosesNothingAndDoublesNothing) {
  streams_.start();
  write_both(1, 100);
  write_payments(101, 150);
  write_stock(151, 200);
  await_results(daemon_.orders(), 100);
  await_committed();

  // Started too early, it says who is there, and takes over when they have gone.
  daemon_.start();
  ASSERT_TRUE(wait_until(60s, [&] { return daemon_.log().find("Kafka Streams") != std::string::npos; }))
      << daemon_.log();
  streams_.stop();
  write_stock(101, 140, 3s);  // 141 to 150 wait on, through both switches
  write_payments(151, 200, 3s);
  write_both(201, 300);
  await_results(daemon_.orders(), 290);
  EXPECT_THAT(daemon_.log(), HasSubstr("cold start"));

  write_payments(301, 350);
  write_stock(351, 400);
  await_committed();
  const auto refused = daemon_.ctl({"join", "export"});
  EXPECT_EQ(refused.exit_code, 5) << refused.text();
  EXPECT_THAT(refused.err, HasSubstr("the application runs"));
  ASSERT_EQ(daemon_.stop(), 0);
  write_payments(351, 360, 3s);  // the services do not wait

  const auto file = (daemon_.folder() / "waiting.ndjson").string();
  const auto exported = daemon_.ctl_ok({"join", "export", file, "--output", "json"});
  EXPECT_THAT(schema_mistakes("join-export.json", exported), IsEmpty());
  EXPECT_EQ(json::parse(exported), (json{{"file", file}, {"payments", 60}, {"stock", 50}, {"behind", 0}}));
  (void)daemon_.ctl_ok({"replay", "topics", file, "--into-live", "--execute"});
  forget_join_stores();
  streams_.start();
  write_stock(141, 150, 9s);
  write_stock(301, 350, 3s);
  write_payments(361, 400, 3s);
  write_both(401, 450);
  await_results(daemon_.orders(), 450);
  await_committed();
  streams_.stop();
  expect_one_result_each(450);
}

TEST_F(Migration, AShadowRunIsComparedOrderByOrder) {
  const auto shadow_orders = prefix_ + "shadow-orders";
  Daemon shadow("shadow", with(its_settings(), {{"application_id", prefix_ + "shadow"},
                                                {"topics.orders", shadow_orders},
                                                {"topics.dead_letter", prefix_ + "shadow-dlq"}}));
  create_topic(bootstrap_, shadow_orders, partitions);
  create_topic(bootstrap_, shadow.dead_letters(), 1);
  create_topic(bootstrap_, shadow.setting("topics.drained"), 1, {{"cleanup.policy", "compact"}});
  streams_.start();
  shadow.start_and_await();
  writer_.write({daemon_.orders(), -1, int64_key(1), value(1, "NEW"), time_of(1), {}});
  write_both(1, 200);
  write_payments(201, 220);
  await_results(daemon_.orders(), 200);
  await_results(shadow_orders, 200);
  ASSERT_EQ(shadow.stop(), 0);
  streams_.stop();

  const std::vector<std::string> compare = {"-q",     "replay",      "compare", "--topic", daemon_.orders(),
                                            "--with", shadow_orders, "--to",    "latest"};
  const auto equal = shadow.ctl_ok(compare);
  EXPECT_THAT(equal, HasSubstr("200"));

  writer_.write({shadow_orders, -1, int64_key(7), value(7, "CONFIRMED"), time_of(7), {}});
  writer_.write({daemon_.orders(), -1, int64_key(8), value(8, "CONFIRMED"), time_of(8), {}});
  writer_.write({shadow_orders, -1, int64_key(500), value(500, "CONFIRMED"), time_of(500), {}});
  writer_.write({daemon_.orders(), -1, int64_key(500), value(500, "ROLLBACK"), time_of(500), {}});
  writer_.flush();
  auto as_json = compare;
  as_json.insert(as_json.end(), {"--output", "json"});
  const auto differs = shadow.ctl(as_json);
  EXPECT_EQ(differs.exit_code, 6) << differs.text();
  EXPECT_THAT(schema_mistakes("replay-compare.json", differs.out), IsEmpty());
  const auto found = json::parse(differs.out);
  EXPECT_EQ(found.at("equal"), 200);
  EXPECT_EQ(found.at("different"), 1);
  EXPECT_EQ(found.at("missing"), 1);
  EXPECT_EQ(found.at("extra"), 1);
  EXPECT_THAT(differs.err, AllOf(HasSubstr("order 7: only in " + shadow_orders),
                                 HasSubstr("order 8: missing in " + shadow_orders),
                                 HasSubstr("order 500: value.status: \"ROLLBACK\" in " + daemon_.orders())));
}

}  // namespace
}  // namespace orders::test
