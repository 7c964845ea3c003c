// What is another in a configuration that is read anew, and what of it can be taken at once.
#include "config/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "config/options.h"
#include "loading.h"

namespace orders::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Config of(const std::string& yaml) {
  const auto loaded = load_text(yaml);
  EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
  return loaded.config;
}

TEST(Difference, IsNothingBetweenEqualConfigurationsHoweverTheyAreWritten) {
  EXPECT_THAT(difference(of(""), of("")), IsEmpty());
  EXPECT_THAT(difference(of("join: {window: 10s}"), of("join: {window: {before: PT10S, after: 10000ms}}")), IsEmpty());
}

TEST(Difference, NamesEachOptionInTheTablesOrder) {
  const auto one = of("topics: {orders: a}\nstream: {threads: 2}\nlog: {level: info}");
  const auto other = of("log: {level: debug, format: json}\nstream: {threads: 3}\ntopics: {orders: b}");
  EXPECT_THAT(difference(one, other), ElementsAre("topics.orders", "stream.threads", "log.level", "log.format"));
  EXPECT_THAT(difference(other, one), ElementsAre("topics.orders", "stream.threads", "log.level", "log.format"));
}

TEST(Difference, NamesAnOptionThatHasPartsAsAWhole) {
  EXPECT_THAT(difference(of(""), of("join: {window: {after: 11s}}")), ElementsAre("join.window"));
}

TEST(Difference, NamesThePropertiesOfLibrdkafkaOneByOne) {
  const auto one = of("kafka: {properties: {linger.ms: 5, client.rack: a, socket.timeout.ms: 1000}}");
  const auto other = of("kafka: {properties: {linger.ms: 6, socket.timeout.ms: 1000, debug: msg}}");
  EXPECT_THAT(difference(one, other),
              ElementsAre("kafka.properties.client.rack", "kafka.properties.debug", "kafka.properties.linger.ms"));
}

TEST(Difference, OfAPasswordInAFileIsSeenAndNotTold) {
  const test::TempFolder folder("difference");
  const auto load = [&] { return of("database: {password_file: " + (folder / "password").string() + "}"); };
  write_secret(folder / "password", "s3cret-one");
  const auto one = load();
  write_secret(folder / "password", "s3cret-two");
  EXPECT_THAT(difference(one, load()), ElementsAre("database.url"));
}

TEST(Reloadable, AreTheLogWhoMayAskOverTcpAndWhatOnlyTheToolReads) {
  std::vector<std::string> names;
  for (const auto& option : options()) {
    if (option.reloadable) names.push_back(option.name);
  }
  EXPECT_THAT(names, AllOf(Contains("log.level"), Contains("log.format"), Contains("api.token_file"),
                           Contains("api.tls_certificate"), Contains("api.tls_key"), Contains("api.hosts")));
  EXPECT_THAT(names, AllOf(Not(Contains("api.listen")), Not(Contains("topics.orders")), Not(Contains("database.url"))));
  for (const auto& name : names) EXPECT_TRUE(is_reloadable(name)) << name;
  EXPECT_FALSE(is_reloadable("topics.orders"));
  EXPECT_FALSE(is_reloadable("kafka.properties.linger.ms"));
}

TEST(Reloadable, NoneIsASecretForTheirValuesAreLogged) {
  for (const auto& option : options()) {
    EXPECT_FALSE(option.reloadable && (option.secret || option.maybe_url)) << option.name;
  }
}

TEST(Reloadable, AreTakenAndTheOthersStay) {
  auto config = of("topics: {orders: a}\nlog: {level: info}\nstream: {threads: 2}");
  const auto wanted = of("topics: {orders: b}\nlog: {level: debug, format: json}\napi: {hosts: \"x, y\"}");
  take_reloadable(config, wanted);
  EXPECT_EQ(config.log, wanted.log);
  EXPECT_EQ(config.api, wanted.api);
  EXPECT_EQ(config.topics.orders, "a");
  EXPECT_THAT(difference(config, wanted), ElementsAre("topics.orders"));
}

}  // namespace
}  // namespace orders::config
