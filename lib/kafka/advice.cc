#include "kafka/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace orders::kafka {
namespace {

// <openssl/x509_vfy.h>; part of its binary interface.
constexpr int not_yet_valid = 9;
constexpr int has_expired = 10;
constexpr int self_signed = 18;
constexpr int self_signed_in_chain = 19;
constexpr int no_local_issuer = 20;
constexpr int unverifiable_leaf = 21;
constexpr int host_differs = 62;
constexpr int ip_differs = 64;

struct Advice {
  std::array<std::string_view, 5> said;  ///< any of these; empty ones are none
  std::string_view advice;
};

// The texts are those of librdkafka 2.0.2, of OpenSSL 3 and of Kafka's SASL server. The first that fits counts.
constexpr std::string_view client_certificate =
    "the broker wants a client certificate that it trusts: check ssl.certificate.location and ssl.key.location in "
    "kafka.properties";
constexpr std::string_view protocol =
    "check security.protocol in kafka.properties against the broker's listener: plaintext, ssl, sasl_plaintext or "
    "sasl_ssl";
constexpr Advice connection_advices[] = {
    {{"another host name"},
     "name the brokers in kafka.bootstrap_servers and advertised.listeners as their certificates do, or have "
     "these made anew with that name (subjectAltName)"},
    {{"not signed by"}, "check ssl.ca.location in kafka.properties: it must hold the CA of the broker's certificate"},
    {{"has expired", "not valid yet"}, "have the broker's certificate made anew, and check the clocks"},
    {{"certificate verify failed", "is not trusted"}, "check ssl.ca.location in kafka.properties"},
    {{"alert bad certificate", "alert certificate required", "alert unknown ca", "alert certificate unknown",
      "client SSL authentication might be required"},
     client_certificate},
    {{"mechanism handshake failed", "nsupported SASL mechanism"},
     "set sasl.mechanism in kafka.properties to one that the broker supports"},
    {{"SASL mechanism SCRAM"},
     "check sasl.username and sasl.password in kafka.properties. If they are right: librdkafka before 2.6.1 can't do "
     "SCRAM with Kafka 4 (its issue 4895); use sasl.mechanism PLAIN, over TLS, or a client certificate"},
    {{"SASL authentication error", "SASL authentication failure", "Authentication failed", "invalid credentials"},
     "check sasl.username, sasl.password and sasl.mechanism in kafka.properties"},
    {{"security.protocol", "PLAINTEXT broker listener", "wrong version number"}, protocol},
};

bool says(std::string_view text, const Advice& advice) {
  return std::ranges::any_of(advice.said, [&](std::string_view words) {
    return !words.empty() && text.find(words) != std::string_view::npos;
  });
}

}  // namespace

std::string certificate_reason(int code, std::string_view address) {
  switch (code) {
    case host_differs:
    case ip_differs:
      return fmt::format("it is for another host name than {}", address.substr(0, address.rfind(':')));
    case self_signed:
    case self_signed_in_chain:
    case no_local_issuer:
    case unverifiable_leaf:
      return "it is not signed by a CA that is trusted here";
    case has_expired:
      return "it has expired";
    case not_yet_valid:
      return "it is not valid yet";
    default:
      return fmt::format("OpenSSL's verify error {}", code);
  }
}

std::string connection_advice(std::string_view failure) {
  const auto found =
      std::ranges::find_if(connection_advices, [&](const Advice& advice) { return says(failure, advice); });
  return found == std::end(connection_advices) ? std::string{} : std::string(found->advice);
}

bool is_denied(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

std::string permission_advice(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "grant this user the ACL on the topic: Read to read it, Write to write to it, Create to create it";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return "grant this user the ACL Read on the consumer groups that begin with the application_id";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "grant this user the ACL Write on the transactional ids that begin with the application_id";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "grant this user the ACL on the cluster, or Create on the topics that are to be created";
    default:
      return {};
  }
}

std::string group_advice(rd_kafka_resp_err_t code) {
  if (code != RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL) return permission_advice(code);
  return "another program's members are in this group, such as those of a Kafka Streams application of the same id: "
         "stop it, or give this one another application_id. Its members stay until they leave or their session is over "
         "(45 s by default); then this one takes over by itself";
}

}  // namespace orders::kafka
