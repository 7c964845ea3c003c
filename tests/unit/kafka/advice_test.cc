// What is said of failures that only an operator can mend. The texts are librdkafka's own.
#include "kafka/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/client.h"

namespace orders::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr auto untrusted =
    "ssl://db:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker "
    "certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA certificates "
    "are installed (install ca-certificates package) (after 5ms in state SSL_HANDSHAKE)";

TEST(Advice, NamesTheSettingToLookAt) {
  const std::pair<const char*, const char*> cases[] = {
      {untrusted, "ssl.ca.location"},
      {"ssl://h:1/1: its certificate is not trusted: it is for another host name than h", "kafka.bootstrap_servers"},
      {"SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL "
       "mechanism SCRAM-SHA-512 (after 312ms in state AUTH_REQ)",
       "librdkafka before 2.6.1"},
      {"SASL authentication error: Authentication failed: Invalid username or password (after 302ms in state AUTH_REQ)",
       "sasl.password"},
      {"SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: "
       "SCRAM-SHA-512",
       "set sasl.mechanism"},
      {"Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration "
       "(connecting to a SSL listener?) or broker version is < 0.10",
       "security.protocol"},
      {"SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?", "security.protocol"},
      {"Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
       "ssl.certificate.location"},
  };
  for (const auto& [said, setting] : cases) EXPECT_THAT(connection_advice(said), HasSubstr(setting)) << said;
}

TEST(Advice, IsNotGivenForABrokerThatIsJustAway) {
  for (const char* said : {"", "Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)",
                           "Failed to resolve 'kafka:9092': Name or service not known",
                           "ApiVersionRequest failed: Local: Timed out"}) {
    EXPECT_EQ(connection_advice(said), "") << said;
  }
}

TEST(Advice, ACertificateThatIsNotTrustedHasItsReason) {
  ClientContext context;
  context.failed(std::string("[thrd:ssl://db:9093/bootstrap]: ") + untrusted);
  EXPECT_EQ(context.last_failure(), untrusted) << "as librdkafka says it, where nothing more is known";
  context.distrusted(certificate_reason(62, "db:9093"));
  context.failed(untrusted);
  EXPECT_EQ(context.last_failure(),
            "ssl://db:9093/bootstrap: its certificate is not trusted: it is for another host name than db");
  context.failed("ssl://db:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 4ms)");
  EXPECT_THAT(context.last_failure(), HasSubstr("/bootstrap: its certificate is not trusted: it is for another host"));
  context.failed("ssl://db:9093/bootstrap: Connect to ipv4#10.0.0.1:9093 failed: Connection refused");
  EXPECT_THAT(context.last_failure(), HasSubstr("Connection refused"));
  EXPECT_THAT(certificate_reason(20, "db:9093"), HasSubstr("not signed by a CA"));
  EXPECT_THAT(certificate_reason(10, "db:9093"), HasSubstr("expired"));
  EXPECT_THAT(certificate_reason(23, "db:9093"), HasSubstr("error 23"));
}

TEST(Advice, ATimeoutSaysWhyAndWhatToLookAt) {
  ClientContext context;
  context.distrusted(certificate_reason(20, "db:9093"));
  context.failed(untrusted);
  const auto failed = failure(RD_KAFKA_RESP_ERR__TIMED_OUT, "listing the topics at db:9093", &context).value();
  EXPECT_EQ(failed.error_class, ErrorClass::wait);
  EXPECT_THAT(failed.message, HasSubstr("not signed by a CA that is trusted here"));
  EXPECT_THAT(failed.hint, HasSubstr("ssl.ca.location"));
}

TEST(Advice, AMissingPermissionIsNoBrokerThatIsAway) {
  const std::pair<rd_kafka_resp_err_t, const char*> cases[] = {
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "on the topic"},
      {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "consumer groups"},
      {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "transactional ids"},
      {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "cluster"},
  };
  for (const auto& [code, resource] : cases) {
    const auto failed = failure(code, "reading orders[0]").value();
    EXPECT_EQ(failed.error_class, ErrorClass::denied);
    EXPECT_THAT(failed.hint, AllOf(HasSubstr("ACL"), HasSubstr(resource)));
  }
  for (const auto code : {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL,
                          RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED}) {
    EXPECT_EQ(failure(code, "reading").value().error_class, ErrorClass::wait) << "nobody was reached";
  }
}

}  // namespace
}  // namespace orders::kafka
