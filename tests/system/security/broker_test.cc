// TLS and SASL to the broker: what lets the daemon and ordersctl in, and what they say when something does not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "secured.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// No encryption is left out on the way, that of PostgreSQL neither.
TEST(Secured, AnOrderGoesAllTheWay) {
  PostgresDatabase database(secured_postgres());
  const auto url = database.url() + "?sslmode=verify-full&sslrootcert=" + certificates().ca().string();
  Daemon daemon("sasl",
                with(secured_broker().sasl("orders"), {{"database.backend", "postgresql"}, {"database.url", url}}));
  daemon.ctl_ok({"topics", "create", "--partitions", "2"});
  daemon.ctl_ok({"topics", "check"});
  daemon.ctl_ok({"db", "migrate"});
  daemon.start_and_await();
  daemon.ctl_ok({"-q", "simulate", "--make", "20", "--count", "20", "--payment-reject", "30", "--verify"});

  EXPECT_TRUE(wait_until(60s, [&] {
    return database.query("SELECT count(*) FROM orders WHERE status <> 'NEW'") == "20";
  })) << daemon.log();
  EXPECT_TRUE(wait_until(60s, [&] {
    const auto rows = daemon.ctl_lines({"state", "list", "--limit", "100"});
    return std::ranges::count_if(rows, [](const auto& row) { return row.at("value").at("status") != "NEW"; }) == 20;
  })) << "the table";
  EXPECT_EQ(database.query("SELECT count(*) > 0 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                           "WHERE usename = '" +
                           database.name() + "'"),
            "t");
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_THAT(daemon.log(), AllOf(Not(HasSubstr(SecuredBroker::password)), Not(HasSubstr(database.password()))));
}

TEST(Secured, AClientCertificateIsShownWhereTheBrokerWantsOne) {
  Daemon daemon("mutual", secured_broker().mutual());
  daemon.ctl_ok({"topics", "create", "--partitions", "1"});
  daemon.start_and_await();
  LogWriter writer(secured_broker().bootstrap());
  writer.write(answer(daemon.payments(), 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.write(answer(daemon.stock(), 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.flush();
  ResultFollower(secured_broker().bootstrap(), daemon.orders()).await(1, 60s);
  EXPECT_EQ(daemon.stop(), 0);

  auto settings = secured_broker().mutual();
  settings.erase("kafka.properties.ssl.certificate.location");
  settings.erase("kafka.properties.ssl.key.location");
  const Daemon without("mutual-without", settings);
  const auto check = without.ctl({"topics", "check"});
  EXPECT_EQ(check.exit_code, 4) << check.text();
  EXPECT_THAT(check.err, AllOf(HasSubstr("the broker wants a client certificate"),
                               HasSubstr("ssl.certificate.location and ssl.key.location")));
}

struct Mistake {
  std::string name;
  Settings settings;    ///< over what would be right
  std::string cause;    ///< what is said of it
  std::string setting;  ///< to look at
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

constexpr auto wrong_password = "wr0ng-word";

std::vector<Mistake> mistakes() {
  return {
      {"ForeignCa", {}, "it is not signed by a CA that is trusted here", "ssl.ca.location"},
      {"WrongHostName", {}, "it is for another host name than 127.0.0.1", "kafka.bootstrap_servers"},
      {"WrongPassword", {}, "Authentication failed", "sasl.password"},
      {"WrongMechanism",
       {{"kafka.properties.sasl.mechanism", "SCRAM-SHA-256"}},
       "supported mechanisms: ",
       "set sasl.mechanism"},
      // A mistake only until librdkafka is 2.6.1 or later. Then this fails, and docs/secure.md can recommend SCRAM.
      {"ScramWithKafka4",
       {{"kafka.properties.sasl.mechanism", "SCRAM-SHA-512"}},
       "Authentication failed",
       "librdkafka before 2.6.1"},
      {"WithoutTls", {{"kafka.properties.security.protocol", "plaintext"}}, "security.protocol", "security.protocol"},
  };
}

class MistakenBroker : public testing::TestWithParam<Mistake> {
 protected:
  /// What depends on the servers can be said only when they run.
  Settings settings() const {
    const auto settings = with(secured_broker().sasl("orders"), GetParam().settings);
    if (GetParam().name == "ForeignCa") {
      return with(settings, {{"kafka.properties.ssl.ca.location", certificates().foreign_ca()}});
    }
    if (GetParam().name == "WrongHostName") {
      return with(settings, {{"kafka.bootstrap_servers", secured_broker().misnamed()}});
    }
    if (GetParam().name == "WrongPassword") {
      write_secret(folder_ / "password", wrong_password);
      return with(settings, {{"kafka.properties.sasl.password", "file:" + (folder_ / "password").string()}});
    }
    return settings;
  }
  TempFolder folder_{"mistaken"};
};

TEST_P(MistakenBroker, IsNamedWithTheSettingToLookAt) {
  const auto& mistake = GetParam();
  const auto named = AllOf(HasSubstr(mistake.cause), HasSubstr(mistake.setting), Not(HasSubstr(wrong_password)),
                           Not(HasSubstr(SecuredBroker::password)));
  Daemon daemon("mistaken", settings());
  const auto check = daemon.ctl({"topics", "check"});
  EXPECT_EQ(check.exit_code, 4) << check.text();
  EXPECT_THAT(check.err, named);

  daemon.start();
  std::string reason;
  ASSERT_TRUE(wait_until(60s, [&] {
    const auto status = daemon.get("/api/status");
    reason = status ? status->value("reason", "") : "";
    return status && status->at("state") == "degraded" && reason.find(mistake.cause) != std::string::npos;
  })) << reason
      << daemon.log();
  EXPECT_THAT(reason, named);
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_THAT(daemon.log(), named);
}

INSTANTIATE_TEST_SUITE_P(Each, MistakenBroker, testing::ValuesIn(mistakes()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace orders::test
