// What is wrong, from given facts, and how it is mended.
#include "ordersctl/doctor_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Timestamp noon = from_millis(1'700'000'000'000);

/// The one that there is.
Diagnosis only(const Diagnoses& diagnoses) {
  EXPECT_EQ(diagnoses.size(), 1u);
  return diagnoses.empty() ? Diagnosis{} : diagnoses.front();
}

TEST(DoctorGroup, IsWellWithMembersAndIllInARebalanceThatDoesNotEnd) {
  EXPECT_EQ(only(diagnose_group({"shop", "Stable", {"one-0", "one-1"}, false, true})).level, Level::ok);
  const auto stuck = only(diagnose_group({"shop", "PreparingRebalance", {"one-0"}, true, true}));
  EXPECT_EQ(stuck.level, Level::error);
  EXPECT_THAT(stuck.what, AllOf(HasSubstr("PreparingRebalance"), HasSubstr("one-0")));
  EXPECT_THAT(stuck.mend, HasSubstr("kafka.session_timeout"));
}

TEST(DoctorGroup, WithoutMembersTellsTheStoppedDaemonFromOneThatIsElsewhere) {
  EXPECT_THAT(only(diagnose_group({"shop", "Empty", {}, false, false})).mend, HasSubstr("start ordersd"));
  const auto elsewhere = only(diagnose_group({"shop", "Dead", {}, false, true}));
  EXPECT_EQ(elsewhere.level, Level::warn);
  EXPECT_THAT(elsewhere.mend, HasSubstr("application_id"));
}

TEST(DoctorTransactions, AreNamedWithTheCommandsThatFindAndAbortThem) {
  config::Config config;
  config.kafka.bootstrap_servers = "kafka-1:9092";
  const HeldBack held{{"payment-orders", 2}, 17, 1'017, noon};
  const auto young = only(diagnose_transactions({held}, config, noon + 90s));
  EXPECT_EQ(young.level, Level::warn);
  EXPECT_THAT(young.what,
              HasSubstr("payment-orders[2]: an open transaction of PT1M30S holds back 1,000 offsets, from 17"));
  EXPECT_THAT(young.mend,
              AllOf(HasSubstr("kafka-transactions.sh --bootstrap-server kafka-1:9092 describe-producers --topic "
                              "payment-orders --partition 2\n"),
                    HasSubstr("find-hanging --topic payment-orders --partition 2\n"),
                    HasSubstr("abort --topic payment-orders --partition 2 --start-offset 17")));
  EXPECT_EQ(only(diagnose_transactions({held}, config, noon + 16min)).level, Level::error) << "the broker has lost it";
  EXPECT_EQ(only(diagnose_transactions({{held.at, 17, 18, std::nullopt}}, config, noon)).level, Level::warn);
  EXPECT_EQ(only(diagnose_transactions({}, config, noon)).level, Level::ok);
}

TEST(DoctorKeys, OnDifferentPartitionNumbersAreAnErrorThatNamesThem) {
  const KeySample payments{{{1, 0}, {2, 3}, {3, 1}}, 3, 0};
  const KeySample stock{{{1, 0}, {2, 1}, {4, 2}}, 3, 2};
  const auto found = only(diagnose_keys(payments, stock, config::Topics{}));
  EXPECT_EQ(found.level, Level::error);
  EXPECT_THAT(found.what, AllOf(HasSubstr("1 order sits on different partition numbers"), HasSubstr("2 (3 and 1)")));
  EXPECT_THAT(found.mend, AllOf(HasSubstr("murmur2_random"), HasSubstr("2 records of stock-orders"),
                                Not(HasSubstr("records of payment-orders"))));
}

TEST(DoctorKeys, ThatLieAlikeAreWellWhateverThePartitioner) {
  const KeySample both{{{1, 0}, {2, 3}}, 2, 2};
  EXPECT_EQ(only(diagnose_keys(both, both, config::Topics{})).level, Level::ok);
  EXPECT_THAT(only(diagnose_keys(both, {}, config::Topics{})).what, HasSubstr("nothing to compare"));
}

TEST(DoctorDatabase, ThatIsAwayOldOrOfAnotherTopicIsAnError) {
  DatabaseFacts facts;
  facts.where = "PostgreSQL 15 at db:5432/orders";
  facts.schema_found = facts.schema_needed = 1;
  facts.positions = {{0, 10, kafka::Watermarks{0, 10}}};
  EXPECT_EQ(only(diagnose_database(facts, "orders")).level, Level::ok);

  facts.positions = {{0, 11, kafka::Watermarks{0, 10}}, {7, 1, std::nullopt}};
  const auto found = diagnose_database(facts, "orders");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0].what, HasSubstr("orders[0] is 11, and the topic ends at 10"));
  EXPECT_THAT(found[1].what, HasSubstr("orders[7], which is not there"));

  facts.schema_found = 0;
  EXPECT_EQ(only(diagnose_database(facts, "orders")).mend, "ordersctl db migrate");
  facts.schema_found = 2;
  EXPECT_THAT(only(diagnose_database(facts, "orders")).mend, HasSubstr("a newer one"));
  facts.unreachable = Error{ErrorClass::wait, "connection refused", {}};
  EXPECT_EQ(only(diagnose_database(facts, "orders")).level, Level::error);
}

TEST(DoctorState, WarnsOfAFullDiskBeforeItIsOne) {
  StateFacts facts{"/var/lib/ordersd", true, true, false, 50ull << 30, 100ull << 30};
  EXPECT_EQ(only(diagnose_state(facts)).level, Level::ok);
  facts.bytes_free = 500ull << 20;
  EXPECT_EQ(only(diagnose_state(facts)).level, Level::warn);
  facts.bytes_free = 5ull << 20;
  EXPECT_EQ(only(diagnose_state(facts)).level, Level::error);
  EXPECT_THAT(only(diagnose_state(facts)).what, HasSubstr("5 MiB of 100 GiB"));
  facts.bytes_free = 50ull << 30;
  facts.writable = false;
  EXPECT_THAT(only(diagnose_state(facts)).what, HasSubstr("can't be written"));
  facts.writable = facts.others_may_write = true;
  EXPECT_THAT(only(diagnose_state(facts)).mend, HasSubstr("chmod o-w"));
  facts.there = false;
  EXPECT_EQ(only(diagnose_state(facts)).level, Level::warn);
}

TEST(DoctorLimits, GrowWithThePartitions) {
  EXPECT_EQ(only(diagnose_limits({true, 65'536, 16})).level, Level::ok);
  const auto few = only(diagnose_limits({true, 1'024, 16}));
  EXPECT_EQ(few.level, Level::warn);
  EXPECT_THAT(few.mend, HasSubstr("LimitNOFILE"));
  EXPECT_THAT(only(diagnose_limits({false, 1'024, 1})).what, HasSubstr("this user"));
}

TEST(DoctorClock, ThatDiffersFromTheRecordsIsToldWithTheRecord) {
  EXPECT_EQ(only(diagnose_clock({true, noon, noon - 1h, "stock-orders[0]@1"})).level, Level::ok);
  EXPECT_EQ(only(diagnose_clock({std::nullopt, noon, noon + 1s, "stock-orders[0]@1"})).level, Level::ok);
  const auto ahead = only(diagnose_clock({true, noon, noon + 30s, "stock-orders[0]@1"}));
  EXPECT_EQ(ahead.level, Level::warn);
  EXPECT_THAT(ahead.what, HasSubstr("stock-orders[0]@1 is dated PT30S in the future"));
  EXPECT_THAT(only(diagnose_clock({false, noon, std::nullopt, ""})).what, HasSubstr("not synchronized"));
}

TEST(DoctorDaemon, OfAnotherConfigurationOrVersionIsTold) {
  config::Config config;
  config.application_id = "shop";
  config.instance_id = "one";
  DaemonFacts facts{std::nullopt, "0.1.0", "shop", "one", "running", {}};
  EXPECT_EQ(only(diagnose_daemon(facts, config, "0.1.0")).level, Level::ok);
  EXPECT_THAT(only(diagnose_daemon(facts, config, "0.2.0")).what, HasSubstr("version 0.1.0, and ordersctl is 0.2.0"));
  facts.application_id = "other";
  EXPECT_THAT(only(diagnose_daemon(facts, config, "0.1.0")).what,
              HasSubstr("application_id other, and the configuration says shop"));
  facts.application_id = "shop";
  facts.instance_id = "two";
  EXPECT_EQ(only(diagnose_daemon(facts, config, "0.1.0")).level, Level::error);
  config.api.url = "https://orders.example.com:8443";
  EXPECT_EQ(only(diagnose_daemon(facts, config, "0.1.0")).level, Level::ok) << "another machine's";
  facts.state = "degraded";
  facts.reasons = {"database view: away"};
  EXPECT_THAT(only(diagnose_daemon(facts, config, "0.1.0")).what, HasSubstr("degraded: database view: away"));
  facts.unreachable = Error{ErrorClass::wait, "ordersd can't be reached", {}};
  EXPECT_THAT(only(diagnose_daemon(facts, config, "0.1.0")).mend, HasSubstr("systemctl start ordersd"));
}

}  // namespace
}  // namespace orders::ctl
