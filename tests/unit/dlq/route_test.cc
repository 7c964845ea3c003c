// Where dead letters go, and which of them stay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dlq/route.h"
#include "letters.h"

namespace orders::dlq {
namespace {

using failure::Reason;
using test::make_letter;
using test::make_stranger;
using testing::HasSubstr;

constexpr Timestamp now = from_millis(1'800'000'000'000);

Router::Options options() {
  Router::Options options;
  options.has_database = true;
  options.topics = {"orders", "payment-orders", "stock-orders", "aside"};
  return options;
}

Route route(const Letter& letter, Router::Options with = options(), const config::Config& config = {}) {
  return Router(config, std::move(with)).route(letter);
}

void expect_held(const Route& route, const std::string& why) {
  EXPECT_EQ(route.way, Way::held);
  EXPECT_THAT(route.why, HasSubstr(why));
}

TEST(Route, GoesBackToWhereTheRecordCameFrom) {
  const auto back = route(make_letter(Reason::late));
  EXPECT_EQ(back.way, Way::topic);
  EXPECT_EQ(back.to, "payment-orders");
}

TEST(Route, OfALetterOfTheDatabaseViewIsThatViewAndNeverOrders) {
  const auto letter = make_letter(Reason::missing_order, "database", "orders");
  EXPECT_EQ(route(letter).way, Way::database);
  auto without = options();
  without.has_database = false;
  expect_held(route(letter, without), "database.backend is none");
  config::Config embedded;
  embedded.database.backend = config::DatabaseBackend::embedded;
  expect_held(route(letter, without, embedded), "embedded database");
  expect_held(route(make_letter(Reason::missing_order, "database", "other-orders")), "other-orders");
  expect_held(route(make_letter(Reason::invalid_value, "", "orders")), "only results go");
}

TEST(Route, IsTheTopicOrTheFileThatIsAskedFor) {
  const auto letter = make_letter(Reason::missing_order, "database", "orders");
  auto with = options();
  with.to_topic = "aside";
  EXPECT_EQ(route(letter, with).to, "aside");
  with.to_topic = "nowhere";
  expect_held(route(letter, with), "nowhere is not there");
  with.to_topic.clear();
  with.to_file = "letters.ndjson";
  EXPECT_EQ(route(letter, with).way, Way::file);
  EXPECT_EQ(route(make_stranger(), with).way, Way::file);
}

TEST(Route, HoldsWhatCanNotGoBack) {
  expect_held(route(make_stranger()), "does not say where it came from");
  expect_held(route(make_letter(Reason::late, "join", "gone-orders")), "gone-orders is not there");
  auto letter = make_letter(Reason::late);
  letter.of.value_left_out = true;
  expect_held(route(letter), "without its value");
  letter = make_letter(Reason::late);
  letter.of.application = "other";
  expect_held(route(letter), "of application other");
}

TEST(Route, HoldsWhatCameBackTooOften) {
  auto letter = make_letter(Reason::late);
  config::Config config;
  config.limits.redrives = 2;
  letter.of.attempt = 2;
  EXPECT_EQ(route(letter, options(), config).way, Way::topic) << "it was redriven once";
  letter.of.attempt = 3;
  expect_held(route(letter, options(), config), "limits.redrives is 2");
  auto to_file = options();
  to_file.to_file = "letters.ndjson";
  EXPECT_EQ(route(letter, to_file, config).way, Way::file) << "nothing comes back from a file";
  config.limits.redrives = 0;
  letter.of.attempt = 1;
  expect_held(route(letter, options(), config), "limits.redrives is 0");
}

TEST(Redriven, IsTheRecordAsItWasAndTheCountOfItsAttempts) {
  const auto record = redriven(make_letter(Reason::invalid_status), "payment-orders", now);
  EXPECT_EQ(record.topic, "payment-orders");
  EXPECT_EQ(record.partition, -1) << "by its key";
  EXPECT_EQ(record.key, "key");
  EXPECT_EQ(record.value, "{}");
  EXPECT_EQ(record.timestamp, test::written);
  EXPECT_EQ(record.headers, (std::vector<kafka::Header>{{"trace", "kept"}, {"orders-attempt", "1"}}));
}

TEST(Redriven, IsDatedAnewIfItMissedItsPartnerOrItsTimeCanNotBeWritten) {
  EXPECT_EQ(redriven(make_letter(Reason::late), "payment-orders", now).timestamp, now);
  EXPECT_EQ(redriven(make_letter(Reason::unmatched), "payment-orders", now).timestamp, now);
  auto letter = make_letter(Reason::invalid_timestamp);
  letter.of.timestamp = from_millis(-5);
  EXPECT_EQ(redriven(letter, "payment-orders", now).timestamp, now);
  EXPECT_EQ(redriven(make_stranger(), "aside", now).timestamp, now);
}

}  // namespace
}  // namespace orders::dlq
