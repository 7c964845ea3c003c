#include "secured.h"

namespace orders::test {
namespace {

using Properties = std::map<std::string, std::string>;

void add_identity(Properties& all, const std::string& listener, const Certificates::Identity& identity) {
  all["listener.name." + listener + ".ssl.keystore.type"] = "PEM";
  all["listener.name." + listener + ".ssl.keystore.location"] = identity.keystore;
}

Properties properties() {
  Properties all = {
      {"authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
      {"super.users", "User:ANONYMOUS;User:orders;User:CN=ordersd"},
      {"allow.everyone.if.no.acl.found", "true"},
      {"sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512"},
      {"listener.name.mutual.ssl.client.auth", "required"},
      {"listener.name.mutual.ssl.truststore.type", "PEM"},
      {"listener.name.mutual.ssl.truststore.location", certificates().ca()},
  };
  const auto broker = certificates().issue("broker");
  add_identity(all, "secured", broker);
  add_identity(all, "mutual", broker);
  add_identity(all, "misnamed", certificates().issue("elsewhere", "DNS:elsewhere.example"));
  const std::string is_password = "=\"" + std::string(SecuredBroker::password) + "\"";
  for (const std::string listener : {"secured", "misnamed"}) {
    all["listener.name." + listener + ".plain.sasl.jaas.config"] =
        "org.apache.kafka.common.security.plain.PlainLoginModule required user_orders" + is_password +
        " user_limited" + is_password + ";";
    all["listener.name." + listener + ".scram-sha-512.sasl.jaas.config"] =
        "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  }
  return all;
}

std::vector<std::string> scram_user() {
  return {"--add-scram", "SCRAM-SHA-512=[name=orders,password=" + std::string(SecuredBroker::password) + "]"};
}

}  // namespace

const Certificates& certificates() {
  static const Certificates certificates;
  return certificates;
}

SecuredBroker::SecuredBroker()
    : broker_({{"SECURED", "SASL_SSL", secured_, secured_},
               {"MISNAMED", "SASL_SSL", misnamed_, misnamed_},
               {"MUTUAL", "SSL", mutual_, mutual_}},
              properties(), scram_user()) {
  write_secret(folder_ / "password", password);
}

Settings SecuredBroker::sasl(const std::string& user) const {
  return {{"kafka.bootstrap_servers", "127.0.0.1:" + std::to_string(secured_)},
          {"kafka.properties.security.protocol", "sasl_ssl"},
          {"kafka.properties.ssl.ca.location", certificates().ca()},
          {"kafka.properties.sasl.mechanism", "PLAIN"},
          {"kafka.properties.sasl.username", user},
          {"kafka.properties.sasl.password", "file:" + (folder_ / "password").string()}};
}

Settings SecuredBroker::mutual() const {
  static const auto identity = certificates().issue("ordersd");
  return {{"kafka.bootstrap_servers", "127.0.0.1:" + std::to_string(mutual_)},
          {"kafka.properties.security.protocol", "ssl"},
          {"kafka.properties.ssl.ca.location", certificates().ca()},
          {"kafka.properties.ssl.certificate.location", identity.certificate},
          {"kafka.properties.ssl.key.location", identity.key}};
}

SecuredBroker& secured_broker() {
  static SecuredBroker broker;
  return broker;
}

PostgresServer& secured_postgres() {
  static const auto identity = certificates().issue("database", "IP:127.0.0.1");
  static PostgresServer server(PostgresServer::Options{
      .settings = {{"ssl", "on"}, {"ssl_cert_file", "server.crt"}, {"ssl_key_file", "server.key"}},
      .files = {{"server.crt", slurp(identity.certificate)}, {"server.key", slurp(identity.key)}}});
  return server;
}

}  // namespace orders::test
