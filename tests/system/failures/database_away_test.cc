// Every way in which PostgreSQL does not take rows for a while: the saga goes on, the lag is shown, and all is right
// again within ten seconds of the cause going away, without a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// One of this file's own. It can be a standby; transactions can be left open without a session (prepared ones); and a
/// commit that asks for a synchronous standby waits, since there is none.
PostgresServer& server() {
  static PostgresServer server(PostgresServer::Options{.fsync = false,
                                                       .settings = {{"wal_level", "replica"},
                                                                    {"max_wal_senders", "1"},
                                                                    {"max_prepared_transactions", "2"},
                                                                    {"synchronous_standby_names", "nobody"},
                                                                    {"synchronous_commit", "local"}}});
  return server;
}

class DatabaseAway : public testing::Test {
 protected:
  DatabaseAway() { create_topics(bootstrap_, daemon_); }
  ~DatabaseAway() override {
    if (!HasFailure()) return;
    server().kill();  // whatever it was left in
    server().start();
  }

  void start(const Settings& settings = {}) {
    for (const auto& [name, value] : settings) daemon_.set(name, value);
    daemon_.ctl_ok({"db", "migrate"});
    daemon_.start_and_await();
  }
  /// With a limit of the sessions' own, in milliseconds.
  std::string url_with(const std::string& limit) { return database_.url() + "?options=-c%20" + limit; }

  /// Answers to `count` more orders. Their results are published when it returns: whatever the database does, the join
  /// goes on.
  void more(int count) {
    LogWriter writer(bootstrap_);
    for (int i = 0; i < count; ++i) {
      const auto id = ++made_;
      const auto partition = static_cast<std::int32_t>(id % 4);
      const std::int64_t time = 1'700'000'000'000 + id;
      writer.write(answer(daemon_.payments(), partition, id, "ACCEPT", time));
      writer.write(answer(daemon_.stock(), partition, id, id % 3 == 0 ? "REJECT" : "ACCEPT", time));
    }
    writer.flush();
    ResultFollower(bootstrap_, daemon_.orders()).await(static_cast<std::size_t>(made_), 60s);
  }

  json status() const { return daemon_.get("/api/status").value_or(json::object()); }
  json view() const { return status().value(json::json_pointer("/views/database"), json::object()); }
  std::int64_t lag() const { return view().value("lag", std::int64_t{-1}); }

  /// While the database takes nothing.
  void expect_course(const std::string& reason) {
    const auto before = lag();
    more(12);
    EXPECT_TRUE(wait_until(30s, [&] {
      const auto now = view();
      return now.value("state", "") == "degraded" && now.value("reason", "").find(reason) != std::string::npos;
    })) << status();
    EXPECT_TRUE(wait_until(30s, [&] { return lag() >= before + 12; })) << status();
    more(12);
    EXPECT_TRUE(wait_until(30s, [&] { return lag() >= before + 24; })) << status();
    EXPECT_EQ(status().value("state", ""), "degraded");
  }

  /// Right after the cause has gone.
  void expect_recovery() {
    EXPECT_TRUE(wait_until(10s, [&] { return status().value("state", "") == "running"; })) << status();
    expect_rows_of_the_topic();
    EXPECT_EQ(read_topic(bootstrap_, daemon_.dead_letters()).size(), refused_.size());
    expect_no_lag();
  }

  /// Then no answer of the database is under way: a lag that is seen afterwards does not fall by what was there before.
  void expect_no_lag() {
    EXPECT_TRUE(wait_until(30s, [&] { return lag() == 0; })) << status();
  }

  /// Each order's newest result, and nothing else, is a row.
  void expect_rows_of_the_topic() {
    std::map<std::int64_t, std::string> newest;
    for (const auto& record : read_topic(bootstrap_, daemon_.orders())) {
      const auto value = json::parse(record.value.value());
      const auto source = value.at("source").is_null() ? "" : value.at("source").get<std::string>();
      newest[value.at("orderId")] = value.at("status").get<std::string>() + "|" + source;
    }
    EXPECT_EQ(newest.size(), static_cast<std::size_t>(made_));
    std::string expected;
    for (const auto& [id, rest] : newest) {
      if (!refused_.contains(id)) expected += std::to_string(id) + "|" + rest + "\n";
    }
    std::string rows;
    EXPECT_TRUE(wait_until(30s, [&] {
      rows = database_.query("SELECT id, status, coalesce(source, '') FROM orders ORDER BY id") + "\n";
      return rows == expected;
    })) << rows;
  }

  void end_sessions() {
    database_.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + database_.name() +
                    "'");
  }
  /// Of the database or the role, by a session elsewhere: some of them keep sessions of their own from writing, too.
  void alter(const std::string& what) { server().psql("postgres", "ALTER " + what); }
  /// A trigger on every new row of orders.
  void create_trigger(const std::string& body) {
    database_.query("CREATE OR REPLACE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body +
                    " RETURN NEW; END $$;"
                    "CREATE OR REPLACE TRIGGER meddle BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION meddle()");
  }
  static std::size_t lock_timeouts() {
    const std::string log = server().log(), line = "due to lock timeout";
    std::size_t count = 0;
    for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) ++count;
    return count;
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  PostgresDatabase database_{server()};
  Daemon daemon_{
      "away",
      {{"kafka.bootstrap_servers", bootstrap_}, {"database.backend", "postgresql"}, {"database.url", database_.url()}}};
  std::int64_t made_ = 0;
  std::set<std::int64_t> refused_;
};

TEST_F(DatabaseAway, InRecovery) {
  start();
  more(8);
  server().stop();
  server().start_as_standby();
  expect_course("the database system is");
  server().promote();
  expect_recovery();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, OutOfConnectionsHoweverLongTheConfiguredWait) {
  start({{"database.retry.backoff.initial", "PT30S"}});
  more(8);
  alter("ROLE " + database_.name() + " CONNECTION LIMIT 0");
  end_sessions();
  expect_course("too many connections");
  alter("ROLE " + database_.name() + " CONNECTION LIMIT -1");
  expect_recovery();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, ReadOnly) {
  start();
  more(8);
  alter("DATABASE " + database_.name() + " SET default_transaction_read_only = on");
  end_sessions();
  expect_course("25006");
  alter("DATABASE " + database_.name() + " RESET default_transaction_read_only");
  expect_recovery();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, Stopped) {
  start();
  more(8);
  expect_rows_of_the_topic();
  expect_no_lag();
  server().suspend();
  expect_course("has not answered for");
  server().resume();
  expect_recovery();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, LockedByAnotherForLongerThanAllTheTries) {
  start({{"database.url", url_with("lock_timeout%3D200")},
         {"database.retry.attempts", "2"},
         {"database.retry.backoff.initial", "50ms"},
         {"database.retry.backoff.max", "200ms"}});
  more(8);
  expect_rows_of_the_topic();
  for (const std::string lock : {"SELECT FROM positions FOR UPDATE", "LOCK TABLE orders", "LOCK TABLE positions"}) {
    SCOPED_TRACE(lock);
    database_.query("BEGIN; " + lock + "; PREPARE TRANSACTION 'held'");
    expect_course("55P03");
    const auto tries = lock_timeouts();
    EXPECT_TRUE(wait_until(30s, [&] { return lock_timeouts() > tries + 8; }));
    database_.query("ROLLBACK PREPARED 'held'");
    expect_recovery();
  }
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, EndedInTheMiddleOfCommitsAgainAndAgain) {
  start();
  more(8);
  alter("DATABASE " + database_.name() + " SET synchronous_commit = on");  // for ever, without a standby
  end_sessions();
  for (int i = 0; i < 5; ++i) {
    more(8);
    EXPECT_TRUE(wait_until(30s, [&] {
      return database_.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = "
                             "'SyncRep' AND usename = '" + database_.name() + "'") == "1";
    })) << status();
    EXPECT_TRUE(wait_until(30s, [&] {
      return view().value("reason", "").find("its outcome is unknown") != std::string::npos;
    })) << status();
    end_sessions();  // those that are idle, too
  }
  alter("DATABASE " + database_.name() + " RESET synchronous_commit");
  end_sessions();
  expect_recovery();
  EXPECT_TRUE(wait_until(30s, [&] { return view().value("read", std::int64_t{0}) == made_; }))
      << status() << "one fate for each of " << made_ << ", those of the unknown commits too";
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, RestoredFromAnOlderBackupWhileTheDaemonRuns) {
  start();
  more(40);
  expect_rows_of_the_topic();
  const auto yesterday = database_.dump();
  more(40);
  expect_rows_of_the_topic();
  const auto committed = [&] {
    std::int64_t sum = 0;
    for (const auto offset : committed_offsets(bootstrap_, daemon_.setting("application_id") + "-database",
                                               daemon_.orders())) {
      sum += std::max<std::int64_t>(offset, 0);
    }
    return std::to_string(sum);
  };
  const auto applied = [&] { return database_.query("SELECT sum(next_offset) FROM positions"); };
  EXPECT_TRUE(wait_until(30s, [&] { return committed() == applied(); }));
  server().drop_database(database_.name());
  expect_course("does not exist");
  database_.restore(yesterday);
  expect_recovery();
  EXPECT_THAT(daemon_.log(), HasSubstr("it was restored from a backup; catching up"));
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, TooSlowForItsStatementsThenSlow) {
  start({{"database.url", url_with("statement_timeout%3D1000")}});
  more(8);
  expect_rows_of_the_topic();
  create_trigger("PERFORM pg_sleep(5);");
  expect_course("57014");
  create_trigger("PERFORM pg_sleep(0.06);");  // too slow for all that waits at once, not for a part of it
  expect_recovery();
  database_.query("DROP TRIGGER meddle ON orders");
  more(20);
  expect_recovery();
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(DatabaseAway, ARowThatItRefusesIsOneDeadLetterAndTheViewGoesOn) {
  start();
  database_.query("ALTER TABLE orders ADD CHECK (id <> 3)");
  create_trigger("IF NEW.id = 6 THEN RAISE 'not this one'; END IF;");
  refused_ = {3, 6};
  more(12);
  expect_rows_of_the_topic();
  more(12);  // beside which the one that the trigger raises for is refused, should it have been alone so far
  EXPECT_TRUE(wait_until(30s, [&] { return view().value("failed", 0) == 2; })) << status();
  expect_recovery();
  std::vector<std::int64_t> ids;
  for (const auto& letter : read_topic(bootstrap_, daemon_.dead_letters())) {
    ids.push_back(from_int64_key(letter.key.value()));
    EXPECT_EQ(letter.header("orders-reason"), "database_refused");
    EXPECT_EQ(letter.header("orders-origin"), "database");
  }
  EXPECT_THAT(ids, UnorderedElementsAre(3, 6));
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
