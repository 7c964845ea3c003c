// PostgreSQL away, refusing, killed, hanging.
#include <future>

#include "fixture.h"
#include "support/wait_until.h"

namespace orders::database {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// Brings the shared server back whatever a test did to it.
class PostgresAway : public Postgres {
 protected:
  ~PostgresAway() override {
    server_side().server().kill();
    server_side().server().start();
  }
  test::PostgresServer& server() { return server_side().server(); }
};

Error connect_failure(const std::string& url) {
  const auto database = open(postgres_options(url)).value();
  const auto found = database->session()->find(1);
  EXPECT_FALSE(found);
  return found ? Error{} : found.error();
}

TEST_F(PostgresAway, ASessionOutlivesARestart) {
  ASSERT_TRUE(ok(session_->apply(batch_of(0, {change(0, 0, 1, "NEW")}))));
  server().stop();
  const auto away = session_->apply(batch_of(1, {change(0, 1, 1, "CONFIRMED")}));
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().error_class, ErrorClass::wait);
  EXPECT_THAT(away.error().message, HasSubstr("can't connect to PostgreSQL at 127.0.0.1:"));
  EXPECT_THAT(away.error().text(), Not(HasSubstr(test::PostgresDatabase::password())));
  EXPECT_EQ(database_->schema().error().error_class, ErrorClass::wait);
  server().start();
  EXPECT_EQ(position(*session_), 1);
  ASSERT_TRUE(ok(session_->apply(batch_of(1, {change(0, 1, 1, "CONFIRMED")}))));
  server().restart();
  ASSERT_TRUE(ok(session_->apply(batch_of(2, {change(0, 2, 1, "REJECTED")})))) << "a dead connection is not shown";
  EXPECT_EQ(status_of(*session_, 1), "REJECTED");
}

TEST_F(PostgresAway, KilledInTheMiddleOfABatchNothingOfItIsThere) {
  ASSERT_TRUE(ok(session_->apply(batch_of(0, {change(0, 0, 1, "NEW")}))));
  Batch batch = batch_of(1, {change(0, 1, 1, "CONFIRMED")});
  batch.before_commit = [&](const Applied&) -> Result<> {
    server().kill();
    return {};
  };
  const auto lost = session_->apply(batch);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().error_class, ErrorClass::abort) << "the commit was sent: who knows";
  EXPECT_THAT(lost.error().message, HasSubstr("unknown"));
  server().start();
  EXPECT_EQ(position(*session_), 1);
  EXPECT_EQ(status_of(*session_, 1), "NEW");
  batch.before_commit = {};
  ASSERT_TRUE(ok(session_->apply(batch)));
  EXPECT_EQ(position(*session_), 2);
}

TEST_F(PostgresAway, ASessionThatTheServerEndsIsMadeAnew) {
  session_.reset();
  database_.options().timeouts.lock = 1min;  // one of them waits for the end of its session, not of its patience
  database_.reopen();
  session_ = database_->session();
  ASSERT_TRUE(ok(session_->apply(batch_of(0, {change(0, 0, 1, "NEW")}))));
  ASSERT_TRUE(becomes_connected(1)) << "the connection of the migration may still be on its way out";
  const std::string end_all =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '" + server_side().name() + "'";
  EXPECT_EQ(server_side().query(end_all), "1");
  ASSERT_TRUE(becomes_connected(0)) << "it ends a moment later";
  ASSERT_TRUE(ok(session_->apply(batch_of(1, {change(0, 1, 1, "CONFIRMED")}))));

  // In the middle of a statement: it waits for a lock that this test's own session holds.
  auto blocker = database_->session();
  Batch holding = batch_of(2, {change(0, 2, 1, "REJECTED")});
  holding.before_commit = [&](const Applied&) -> Result<> {
    auto blocked =
        std::async(std::launch::async, [&] { return session_->apply(batch_of(2, {change(0, 2, 1, "ROLLBACK")})); });
    const std::string end_blocked =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    EXPECT_TRUE(test::wait_until(30s, [&] { return server_side().query(end_blocked) == "1"; }));
    const auto lost = blocked.get();
    EXPECT_FALSE(lost);
    EXPECT_EQ(lost.error().error_class, ErrorClass::wait) << lost.error().text();
    return {};
  };
  ASSERT_TRUE(ok(blocker->apply(holding)));
  EXPECT_EQ(status_of(*session_, 1), "REJECTED");
}

TEST_F(PostgresAway, AServerThatHangsIsGivenUp) {
  Options options = database_.options();
  options.timeouts.hung = 2s;
  options.timeouts.connect = 2s;
  const auto database = open(options).value();
  const auto session = database->session();
  ASSERT_TRUE(ok(session->positions()));
  server().suspend();
  const auto begin = std::chrono::steady_clock::now();
  const auto hung = session->apply(batch_of(0, {change(0, 0, 1, "NEW")}));
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().error_class, ErrorClass::wait);
  EXPECT_LT(took, 30s) << "not after the 40 s that are usual";
  server().resume();
  ASSERT_TRUE(ok(session->apply(batch_of(0, {change(0, 0, 1, "NEW")}))));
  EXPECT_EQ(position(*session), 1);
}

TEST_F(PostgresAway, ACallThatHangsCanBeInterrupted) {
  Options options = database_.options();
  options.timeouts.connect = 2s;
  const auto database = open(options).value();
  const auto session = database->session();
  ASSERT_TRUE(ok(session->positions()));
  server().suspend();
  auto call = std::async(std::launch::async, [&] { return session->positions(); });
  EXPECT_TRUE(test::wait_until(30s, [&] {
    database->interrupt();
    return call.wait_for(0s) == std::future_status::ready;
  }));
  const auto interrupted = call.get();
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().error_class, ErrorClass::wait);
  server().resume();
  EXPECT_TRUE(ok(session->positions())) << "later calls work";
}

TEST_F(Postgres, APausedWritersTransactionIsEndedByTheServer) {
  Options options = database_.options();
  options.timeouts.idle_in_transaction = 1s;  // longer than it pauses between its own statements
  const auto database = open(options).value();
  const auto session = database->session();
  Batch paused = batch_of(0, {change(0, 0, 1, "NEW")});
  paused.before_commit = [&](const Applied&) -> Result<> {
    // Waits for the position's row until the paused writer has been thrown out.
    EXPECT_TRUE(ok(session_->apply(batch_of(0, {change(0, 0, 1, "NEW"), change(0, 1, 1, "CONFIRMED")}))));
    return {};
  };
  const auto late = session->apply(paused);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().error_class, ErrorClass::abort);
  EXPECT_EQ(position(*session), 2);
  EXPECT_EQ(status_of(*session, 1), "CONFIRMED");
}

TEST_F(Postgres, AStatementThatTakesTooLongIsEnded) {
  Options options = database_.options();
  options.timeouts.statement = 100ms;
  const auto database = open(options).value();
  server_side().query(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
      "CREATE TRIGGER slow BEFORE INSERT ON orders EXECUTE FUNCTION slow()");
  const auto slow = database->session()->apply(batch_of(0, {change(0, 0, 1, "NEW")}));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().error_class, ErrorClass::wait);
  EXPECT_THAT(slow.error().message, HasSubstr("57014"));
  EXPECT_EQ(position(*session_), 0);
}

TEST_F(Postgres, AWrongPasswordIsWaitedForAndSaid) {
  auto& server = server_side().server();
  const auto error = connect_failure(server.url(server_side().name(), server_side().name(), "wr0ng-word"));
  EXPECT_EQ(error.error_class, ErrorClass::wait);
  EXPECT_THAT(error.message, HasSubstr("password authentication failed for user"));
  EXPECT_THAT(error.hint, HasSubstr("database.url"));
  EXPECT_THAT(error.text(), Not(HasSubstr("wr0ng-word")));
}

TEST_F(Postgres, AnUnknownDatabaseIsWaitedForAndSaid) {
  auto& server = server_side().server();
  const auto error = connect_failure(server.url("nowhere", server_side().name(), test::PostgresDatabase::password()));
  EXPECT_EQ(error.error_class, ErrorClass::wait);
  EXPECT_THAT(error.message, HasSubstr("does not exist"));
  EXPECT_EQ(error.hint, "create it: createdb nowhere");
}

TEST_F(Postgres, APasswordOfAnyCharactersGoesThrough) {
  auto& server = server_side().server();
  const std::string password = "a'b\\c \"d@e/f:g?h&i%20=j";
  server.create_user("odd " + server_side().name(), password);
  server_side().query("GRANT " + server_side().name() + " TO \"odd " + server_side().name() + "\"");
  const auto database =
      open(postgres_options(server.socket_url(server_side().name(), "odd " + server_side().name(), password))).value();
  EXPECT_EQ(database->schema().value().found, database->schema().value().needed);
}

TEST_F(Postgres, AReadOnlyDatabaseIsWaitedFor) {
  server_side().query("ALTER DATABASE " + server_side().name() + " SET default_transaction_read_only = on");
  const auto database = open(database_.options()).value();
  const auto session = database->session();
  EXPECT_TRUE(ok(session->find(1)));
  const auto written = session->apply(batch_of(0, {change(0, 0, 1, "NEW")}));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().error_class, ErrorClass::wait);
  EXPECT_THAT(written.error().message, HasSubstr("25006"));
  server_side().server().psql("postgres",
                              "ALTER DATABASE " + server_side().name() + " RESET default_transaction_read_only");
  EXPECT_TRUE(ok(session->apply(batch_of(0, {change(0, 0, 1, "NEW")})))) << "the session began when it was read-only";
}

TEST_F(Postgres, TooManyConnectionsAreWaitedFor) {
  ASSERT_TRUE(becomes_connected(0)) << "the connection of the migration may still be on its way out";
  server_side().query("ALTER ROLE " + server_side().name() + " CONNECTION LIMIT 1");
  ASSERT_TRUE(ok(session_->find(1)));
  const auto second = database_->session()->find(1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error_class, ErrorClass::wait);
}

TEST_F(Postgres, ALackOfPrivilegesIsWaitedForAndSaid) {
  server_side().query("ALTER TABLE positions OWNER TO postgres");
  const auto denied = session_->positions();
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().error_class, ErrorClass::wait);
  EXPECT_THAT(denied.error().text(), HasSubstr("permission denied for table positions"));
}

TEST_F(Postgres, ATableThatIsMissingAsksForAMigration) {
  server_side().query("DROP TABLE positions");
  const auto missing = session_->positions();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().error_class, ErrorClass::invalid);
  EXPECT_EQ(missing.error().hint, "run: ordersctl db migrate");
}

TEST_F(Postgres, EverySessionHasItsLimits) {
  // What the server says about a session, seen from a trigger within it.
  server_side().query(
      "CREATE TABLE seen (name text, value text); GRANT ALL ON seen TO PUBLIC;"
      "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " INSERT INTO seen SELECT name, setting FROM pg_settings; RETURN NULL; END $$;"
      "CREATE TRIGGER look AFTER INSERT ON orders EXECUTE FUNCTION look()");
  ASSERT_TRUE(ok(session_->apply(batch_of(0, {change(0, 0, 1, "NEW")}))));
  const auto seen = [&](const std::string& name) {
    return server_side().query("SELECT value FROM seen WHERE name = '" + name + "'");
  };
  EXPECT_EQ(seen("statement_timeout"), "30000");
  EXPECT_EQ(seen("lock_timeout"), "5000");
  EXPECT_EQ(seen("idle_in_transaction_session_timeout"), "30000");
  EXPECT_EQ(seen("transaction_isolation"), "read committed");
  EXPECT_EQ(seen("client_encoding"), "UTF8");
  EXPECT_EQ(seen("application_name"), "ordersd/app");
}

}  // namespace
}  // namespace orders::database
