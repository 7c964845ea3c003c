// What every verb prints for programs fits its published schema, on a real broker, database and daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/json_schema.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::IsEmpty;

constexpr auto line = "#/$defs/line";

class Outputs : public testing::Test {
 protected:
  Outputs() {
    fits("topics-create.json", {"topics", "create"}, 0, line);
    fits("db-status.json", {"db", "status"}, 1);  // there is none yet
    fits("db-migrate.json", {"db", "migrate"});
  }

  /// `json` fits the schema, and each line of `ndjson` its lines' ("/$defs/line" where that is another).
  void fits(const std::string& schema, std::vector<std::string> arguments, int exit_code = 0,
            const std::string& line_place = {}) {
    expect(schema, run(arguments, "json", exit_code));
    const auto lines = run(arguments, "ndjson", exit_code);
    EXPECT_THAT(schema_mistakes_of_lines(schema + line_place, lines.out), IsEmpty()) << lines.text();
  }
  void expect(const std::string& schema, const Output& output) {
    EXPECT_THAT(schema_mistakes(schema, output.out), IsEmpty()) << output.text();
  }
  [[nodiscard]] Output run(std::vector<std::string> arguments, const std::string& format, int exit_code = 0,
                           const std::string& input = {}) const {
    arguments.insert(arguments.end(), {"--output", format});
    auto output = daemon_.ctl(arguments, input);
    EXPECT_EQ(output.exit_code, exit_code) << output.text();
    return output;
  }

  /// Returns once a payment waits for its partner, and what was no answer is a dead letter.
  void leave_answers() {
    LogWriter writer(shared_broker().bootstrap());
    writer.write(answer(daemon_.payments(), -1, 700'001, "ACCEPT", 0));
    writer.write({daemon_.stock(), -1, int64_key(700'002), "no JSON", 0, {}});
    writer.flush();
    const auto left = [&] {
      return join_figure(daemon_, "/waiting") > 0 && daemon_.ctl_json({"dlq", "list"}).at("letters") > 0;
    };
    ASSERT_TRUE(wait_until(60s, left)) << daemon_.log();
  }
  void dead_letters_fit() {
    fits("dlq-list.json", {"dlq", "list"}, 0, line);
    fits("dlq-list.json", {"dlq", "list", "--letters"}, 0, line);
    fits("dlq-show.json", {"dlq", "show", "--reason", "invalid_value"}, 0, line);
    fits("dlq-drain.json", {"-q", "dlq", "drain"}, 5);
    fits("dlq-drain.json", {"-q", "dlq", "drain", "--execute", "--to-file", daemon_.folder() / "letters.ndjson"});
  }
  void replays_fit() {
    const std::string file = daemon_.folder() / "capture.ndjson";
    fits("replay-capture.json", {"-q", "replay", "capture", file, "--force"}, 0, line);
    fits("replay-topics.json", {"-q", "replay", "topics", file, "--into-live"}, 5);
    fits("replay-reset.json", {"replay", "reset", "--view", "database", "--to", "earliest"}, 5);
  }
  /// Of a daemon that is stopped.
  void left_behind_fits(const std::string& id) {
    fits("order-trace.json", {"order", "trace", id});
    fits("state-get.json", {"state", "get", id});
    fits("state-list.json", {"state", "list", "--limit", "10"}, 0, line);
    fits("state-count.json", {"state", "count"});
    fits("state-stats.json", {"state", "stats", "--against-ends"});
    fits("state-verify.json", {"-q", "state", "verify", "--against-topic"}, 0, line);
    fits("replay-reset.json", {"-q", "replay", "reset", "--wait", "PT30S", "--to", "earliest"}, 5);
  }

  PostgresDatabase database_;
  Daemon daemon_{"outputs",
                 {{"kafka.bootstrap_servers", shared_broker().bootstrap()},
                  {"database.backend", "postgresql"},
                  {"database.url", database_.url()}}};
};

TEST_F(Outputs, OfEveryVerbFitItsSchema) {
  fits("topics-check.json", {"topics", "check"}, 0, line);
  fits("db-status.json", {"db", "status"});
  fits("config-check.json", {"config", "check"});
  fits("config-show.json", {"config", "show"}, 0, line);
  daemon_.start_and_await();

  const std::vector<std::string> create = {"order", "create", "--customer", "7", "--item", "mug:2@12.50"};
  fits("order-create.json", create);
  const auto batch = batch_of_orders(20) + "{}\n";
  const std::vector<std::string> create_batch = {"-q", "order", "create", "--batch", "-"};
  expect("order-create.json", run(create_batch, "json", 1, batch));
  const auto lines = run(create_batch, "ndjson", 1, batch);
  EXPECT_THAT(schema_mistakes_of_lines(std::string("order-create.json") + line, lines.out), IsEmpty()) << lines.text();

  expect("simulate.json", run({"-q", "simulate", "--count", "42", "--payment-reject", "30", "--verify"}, "json"));
  const auto answers = run({"-q", "simulate", "--make", "20", "--count", "20"}, "ndjson");
  EXPECT_THAT(schema_mistakes_of_lines(std::string("simulate.json") + line, answers.out), IsEmpty()) << answers.text();

  const auto decided = [&] { return daemon_.ctl_json({"order", "count"}).at("counts").value("NEW", 0) == 0; };
  ASSERT_TRUE(wait_until(60s, decided)) << daemon_.log();
  const auto list = daemon_.ctl_json({"order", "list"});
  const auto id = list.at("orders").front().at("orderId").dump();
  fits("order-list.json", {"order", "list", "--limit", "10"}, 0, line);
  fits("order-get.json", {"order", "get", id});
  fits("order-count.json", {"order", "count"});
  fits("state-list.json", {"state", "list", "--limit", "10"}, 0, line);
  fits("state-get.json", {"state", "get", id});
  fits("state-count.json", {"state", "count"});
  fits("state-verify.json", {"state", "verify", "--against-ends"}, 0, line);
  fits("state-stats.json", {"state", "stats"});
  fits("state-export.json", {"-q", "state", "export", "--file", daemon_.folder() / "table.ndjson"});
  fits("status.json", {"status"});
  fits("log-level.json", {"log-level"});
  fits("log-level.json", {"log-level", "warn", "--for", "1h"});
  fits("order-trace.json", {"order", "trace", id});
  fits("lag.json", {"lag", "--interval", "100ms"}, 0, line);
  fits("topology.json", {"topology"});
  fits("doctor.json", {"doctor"}, 0, line);
  fits("doctor.json", {"doctor", "--acls"}, 0, line);
  leave_answers();
  fits("join-list.json", {"join", "list"}, 0, line);
  dead_letters_fit();
  replays_fit();
  EXPECT_EQ(daemon_.stop(), 0);
  left_behind_fits(id);
}

}  // namespace
}  // namespace orders::test
