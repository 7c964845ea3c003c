// TLS to PostgreSQL that does not come about: the saga goes on, and the database view says what to look at. That it
// does come about is in broker_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "secured.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void replace(std::string& text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
}

class MistakenPostgres : public testing::Test {
 protected:
  /// By ordersctl, and by the daemon, which joins meanwhile.
  void expect_named(const std::string& url, const std::string& cause, const std::string& setting) {
    const auto named = AllOf(HasSubstr(cause), HasSubstr(setting), HasSubstr("database.url"),
                             Not(HasSubstr(PostgresDatabase::password())));
    Daemon daemon(
        "postgres",
        {{"kafka.bootstrap_servers", bootstrap_}, {"database.backend", "postgresql"}, {"database.url", url}});
    const auto status = daemon.ctl({"db", "status"});
    EXPECT_EQ(status.exit_code, 4) << status.text();
    EXPECT_THAT(status.err, named);

    create_topics(bootstrap_, daemon, 1);
    daemon.start();
    LogWriter writer(bootstrap_);
    writer.write(answer(daemon.payments(), 0, 1, "ACCEPT", 1'700'000'000'000));
    writer.write(answer(daemon.stock(), 0, 1, "ACCEPT", 1'700'000'000'000));
    writer.flush();
    ResultFollower(bootstrap_, daemon.orders()).await(1, 60s);
    const auto view = [&] {
      const auto all = daemon.get("/api/status").value_or(nlohmann::json::object());
      return all.value(nlohmann::json::json_pointer("/views/database"), nlohmann::json::object());
    };
    EXPECT_TRUE(wait_until(60s, [&] {
      return view().value("state", "") == "degraded" && view().value("reason", "").find(cause) != std::string::npos;
    })) << view();
    EXPECT_THAT(view().value("reason", ""), named);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.log(), named);
  }

  const std::string& bootstrap_ = secured_broker().bootstrap();
};

TEST_F(MistakenPostgres, AForeignCa) {
  PostgresDatabase database(secured_postgres());
  expect_named(database.url() + "?sslmode=verify-full&sslrootcert=" + certificates().foreign_ca().string(),
               "certificate verify failed", "sslrootcert");
}

TEST_F(MistakenPostgres, AnotherHostName) {
  PostgresDatabase database(secured_postgres());
  auto url = database.url() + "?sslmode=verify-full&sslrootcert=" + certificates().ca().string();
  replace(url, "127.0.0.1", "localhost");
  expect_named(url, "does not match host name", "certificate");
}

TEST_F(MistakenPostgres, AServerWithoutTls) {
  PostgresDatabase database(shared_postgres());
  expect_named(database.url() + "?sslmode=require", "does not support SSL", "sslmode");
}

}  // namespace
}  // namespace orders::test
