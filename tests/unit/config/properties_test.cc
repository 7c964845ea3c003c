// librdkafka's properties: which pass and which are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loading.h"

namespace orders::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Properties, PassAsTheyStand) {
  const auto loaded = load_text(
      "kafka:\n  properties:\n    security.protocol: SASL_SSL\n    linger.ms: 5\n    "
      "enable.ssl.certificate.verification: "
      "true\n    client.id: \"0010\"\n    sasl.kerberos.principal: \"\"\n");
  ASSERT_THAT(texts(loaded), IsEmpty());
  const std::map<std::string, std::string> expected = {{"security.protocol", "SASL_SSL"},
                                                       {"linger.ms", "5"},
                                                       {"enable.ssl.certificate.verification", "true"},
                                                       {"client.id", "0010"},
                                                       {"sasl.kerberos.principal", ""}};
  EXPECT_EQ(loaded.config.kafka.properties, expected);
}

TEST(Properties, ThatOrdersdOwnsAreRefusedByName) {
  for (const char* name : {"isolation.level",
                           "enable.auto.commit",
                           "auto.commit.enable",
                           "enable.auto.offset.store",
                           "transactional.id",
                           "transaction.timeout.ms",
                           "session.timeout.ms",
                           "bootstrap.servers",
                           "metadata.broker.list",
                           "group.id",
                           "group.instance.id",
                           "enable.idempotence",
                           "partitioner",
                           "partition.assignment.strategy",
                           "auto.offset.reset",
                           "enable.partition.eof",
                           "plugin.library.paths",
                           "acks",
                           "request.required.acks",
                           "max.in.flight",
                           "max.in.flight.requests.per.connection",
                           "enable.gapless.guarantee",
                           "allow.auto.create.topics",
                           "dr_msg_cb",
                           "dr_cb",
                           "rebalance_cb",
                           "partitioner_cb",
                           "opaque",
                           "ssl.engine.location",
                           "test.mock.num.brokers"}) {
    EXPECT_TRUE(refused_property(name)) << name;
    EXPECT_EQ(load_flags({"kafka.properties." + std::string(name) + "=x"}).problems.size(), 1u) << name;
  }
}

TEST(Properties, ThatAreHarmlessPass) {
  for (const char* name : {"security.protocol", "sasl.password", "ssl.ca.location", "client.id", "client.rack",
                           "linger.ms", "compression.codec", "statistics.interval.ms", "debug", "unheard.of"}) {
    EXPECT_FALSE(refused_property(name)) << name;
  }
}

TEST(Properties, ThatAreRefusedSayWhatToUse) {
  EXPECT_THAT(refused_property("bootstrap.servers"), Optional(std::string("use kafka.bootstrap_servers")));
  EXPECT_THAT(
      problems_of("kafka:\n  properties:\n    session.timeout.ms: 5000\n    isolation.level: read_uncommitted\n"),
      ElementsAre("ordersd.yaml:3:25: kafka.properties.session.timeout.ms: is refused: use kafka.session_timeout",
                  "ordersd.yaml:4:22: kafka.properties.isolation.level: is refused: ordersd sets it, because "
                  "exactly-once depends on it"));
  EXPECT_THAT(texts(load_flags({}, {{"ORDERS_KAFKA_PROPERTIES_PLUGIN_LIBRARY_PATHS", "/x.so"}})),
              ElementsAre("environment ORDERS_KAFKA_PROPERTIES_PLUGIN_LIBRARY_PATHS: "
                          "kafka.properties.plugin.library.paths: is refused: it loads code into the daemon"));
}

}  // namespace
}  // namespace orders::config
