// The main job: 20,000 orders reach their final status exactly once, everywhere, while the daemon is killed and
// stopped.
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/views.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int orders = 20'000;

/// One row of whichever store: status and source.
using Rows = std::map<std::int64_t, Outcome>;

Rows rows_of_the_database(const Daemon& daemon) {
  Rows rows;
  for (const auto& row : daemon.ctl_lines({"order", "list", "--limit", "100000"})) {
    rows[row.at("orderId")] = {row.at("status"), row.at("source")};
  }
  return rows;
}

/// Page by page, as an operator would.
Rows rows_of_the_table(const Daemon& daemon) {
  Rows rows;
  for (json next = nullptr;;) {
    std::vector<std::string> command = {"state", "list", "--limit", "1000"};
    if (!next.is_null()) command.insert(command.end(), {"--after", next.dump()});
    const auto page = daemon.ctl_json(command);
    for (const auto& row : page.at("rows")) {
      const auto& value = row.at("value");
      EXPECT_EQ(row.at("key"), value.at("orderId"));
      rows[row.at("key")] = {value.at("status"), value.at("source")};
    }
    next = page.at("next");
    if (next.is_null()) return rows;
  }
}

Rows decisions(const std::string& bootstrap, const Daemon& daemon) {
  const auto payments = by_order(read_topic(bootstrap, daemon.payments()));
  const auto stock = by_order(read_topic(bootstrap, daemon.stock()));
  EXPECT_EQ(payments.size(), orders);
  EXPECT_EQ(stock.size(), orders);
  Rows decided;
  for (const auto& [id, answers] : payments) {
    const auto other = stock.find(id);
    if (answers.size() != 1 || other == stock.end() || other->second.size() != 1) {
      ADD_FAILURE() << id << " was not answered once by each side";
      continue;
    }
    decided[id] = decide(answers[0], other->second[0]);
  }
  return decided;
}

void expect_rows(const Rows& rows, const Rows& expected, const char* where) {
  EXPECT_EQ(rows.size(), expected.size()) << where;
  int wrong = 0;
  for (const auto& [id, outcome] : expected) {
    const auto row = rows.find(id);
    if (row == rows.end() || row->second != outcome) {
      if (++wrong <= 5) {
        ADD_FAILURE() << where << ": order " << id << " should be " << testing::PrintToString(outcome) << " and is "
                      << (row == rows.end() ? "missing" : testing::PrintToString(row->second));
      }
    }
  }
  EXPECT_EQ(wrong, 0) << where;
}

/// On the topic: exactly one NEW and exactly one result for every order.
Rows results_on_the_topic(const std::string& bootstrap, const Daemon& daemon) {
  Rows rows;
  std::map<std::int64_t, int> news;
  for (const auto& record : read_topic(bootstrap, daemon.orders())) {
    const auto value = json::parse(record.value.value());
    const std::int64_t id = value.at("orderId");
    EXPECT_EQ(from_int64_key(record.key.value()), id);
    if (value.at("status") == "NEW") {
      EXPECT_EQ(++news[id], 1) << "a second NEW of " << id;
    } else {
      EXPECT_TRUE(rows.emplace(id, Outcome{value.at("status"), value.at("source")}).second)
          << "a second result of " << id;
    }
  }
  EXPECT_EQ(news.size(), orders);
  return rows;
}

void expect_counts_to_agree(const Daemon& daemon, PostgresDatabase& database, const Rows& expected) {
  std::map<std::string, int> counts;
  for (const auto& [id, outcome] : expected) ++counts[outcome.status];
  EXPECT_EQ(daemon.get("/api/orders/counts").value().at("counts"), json(counts));
  EXPECT_EQ(daemon.ctl_json({"state", "count"}).at("count"), orders);
  EXPECT_EQ(database.query("SELECT count(*) FROM orders"), std::to_string(orders));
  EXPECT_EQ(database.query("SELECT count(*) FROM orders WHERE status = 'NEW'"), "0");
  EXPECT_EQ(database.query("SELECT count(*) FROM outbox"), "0") << "everything saved was published";
  EXPECT_GT(counts["CONFIRMED"], orders / 2);
  EXPECT_GT(counts["ROLLBACK"], orders / 10);
  EXPECT_GT(counts["REJECTED"], 0);
}

TEST(MainJob, EveryOrderReachesItsStatusExactlyOnceThroughThreeKillsAndAStop) {
  const auto& bootstrap = shared_broker().bootstrap();
  PostgresDatabase database;
  Daemon daemon(
      "main",
      {{"kafka.bootstrap_servers", bootstrap}, {"database.backend", "postgresql"}, {"database.url", database.url()}});
  daemon.ctl_ok({"topics", "create"});
  daemon.ctl_ok({"db", "migrate"});
  daemon.start_and_await();

  write_file(daemon.folder() / "batch.ndjson", batch_of_orders(orders));
  auto simulate = daemon.ctl_command(
      {"-q", "simulate", "--count", std::to_string(orders), "--payment-reject", "10", "--stock-reject", "10"});
  simulate.output = daemon.folder() / "simulate.log";
  auto simulator = Process::spawn(simulate);
  auto create = daemon.ctl_command({"-q", "order", "create", "--batch", "batch.ndjson", "--wait", "PT2M"});
  create.output = daemon.folder() / "create.log";
  auto creator = Process::spawn(create);

  ResultFollower results(bootstrap, daemon.orders());
  for (const std::size_t progress : {2'000, 6'000, 10'000}) {
    results.await(progress, 120s);
    daemon.kill();
    EXPECT_LT(results.catch_up(), orders) << "the kill came too late to prove anything";
    daemon.start();
  }
  daemon.await_ready();
  results.await(14'000, 120s);
  EXPECT_EQ(daemon.stop(10s), 0);
  EXPECT_LT(results.catch_up(), orders) << "the stop came too late to prove anything";
  daemon.start();

  const auto created = creator.wait(180s);
  // 4: some are saved, and after 5 s were not published yet.
  EXPECT_TRUE(created == 0 || created == 4) << slurp(create.output) << daemon.log();
  EXPECT_EQ(simulator.wait(180s), 0) << slurp(simulate.output) << daemon.log();
  results.await(orders, 120s);
  daemon.await_ready();
  ASSERT_TRUE(wait_until(60s, [&] {
    return views_current(bootstrap, daemon) &&
           database.query("SELECT count(*) FROM orders WHERE status <> 'NEW'") == std::to_string(orders) &&
           database.query("SELECT count(*) FROM outbox") == "0";
  })) << daemon.get("/api/status").value_or("no answer");

  const auto expected = decisions(bootstrap, daemon);
  ASSERT_EQ(expected.size(), orders);
  expect_rows(results_on_the_topic(bootstrap, daemon), expected, "topic");
  expect_rows(rows_of_the_database(daemon), expected, "database");
  expect_rows(rows_of_the_table(daemon), expected, "table");
  expect_counts_to_agree(daemon, database, expected);
  EXPECT_TRUE(read_topic(bootstrap, daemon.dead_letters()).empty());
  EXPECT_EQ(daemon.stop(10s), 0);
}

}  // namespace
}  // namespace orders::test
