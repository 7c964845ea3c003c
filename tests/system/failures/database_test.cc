// What is wrong on PostgreSQL's side: the password, the schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Database : public testing::Test {
 protected:
  Database() { create_topics(bootstrap_, daemon_); }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  PostgresDatabase database_;
  Daemon daemon_{
      "database",
      {{"kafka.bootstrap_servers", bootstrap_}, {"database.backend", "postgresql"}, {"database.url", database_.url()}}};
};

TEST_F(Database, AMissingSchemaIsRefusedWithTheCommandThatMendsIt) {
  daemon_.start();
  EXPECT_EQ(daemon_.wait(30s), 2) << daemon_.log();
  EXPECT_THAT(daemon_.log(), HasSubstr("ordersctl db migrate"));
  EXPECT_NE(daemon_.ctl({"db", "status"}).exit_code, 0);
  daemon_.ctl_ok({"db", "migrate"});
  EXPECT_EQ(daemon_.ctl({"db", "status"}).exit_code, 0);
  daemon_.start_and_await();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Database, ASchemaThatIsTooNewIsRefused) {
  daemon_.ctl_ok({"db", "migrate"});
  database_.query("INSERT INTO ordersd_schema (version, name) VALUES (9999, 'of the future')");
  daemon_.start();
  EXPECT_EQ(daemon_.wait(30s), 2) << daemon_.log();
  EXPECT_THAT(daemon_.log(), HasSubstr("this ordersd is too old for the schema (version 9999, it knows 1)"));
}

TEST_F(Database, AWrongPasswordIsToldWithoutShowingItAndTheJoinGoesOn) {
  daemon_.ctl_ok({"db", "migrate"});
  const std::string wrong = "wr0ng-s3cret";
  daemon_.set("database.url", database_.server().url(database_.name(), database_.name(), wrong));
  daemon_.start();
  LogWriter writer(bootstrap_);
  writer.write(answer(daemon_.payments(), 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.write(answer(daemon_.stock(), 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.flush();
  ResultFollower(bootstrap_, daemon_.orders()).await(1, 60s);
  std::string status;
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto now = daemon_.ctl_json({"status"});
    status = now.dump();
    return now.at("state") == "degraded" &&
           now.at("reason").get<std::string>().find("password authentication failed") != std::string::npos;
  })) << daemon_.log();
  EXPECT_THAT(status, Not(HasSubstr(wrong)));
  EXPECT_THAT(daemon_.log(), Not(HasSubstr(wrong)));
  const auto created = daemon_.ctl({"order", "create", "--customer", "1", "--item", "mug:1@2.50"});
  EXPECT_EQ(created.exit_code, 4) << created.text();
  const auto migrate = daemon_.ctl({"db", "migrate"});
  EXPECT_EQ(migrate.exit_code, 4) << migrate.text();
  EXPECT_THAT(migrate.err, HasSubstr("password authentication failed"));
  EXPECT_THAT(migrate.err, Not(HasSubstr(wrong)));
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
