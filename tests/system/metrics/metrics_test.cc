// GET /metrics of a daemon that has had orders, results, dead letters and late answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "api/client.h"
#include "support/exposition.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/traffic.h"
#include "support/views.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int partitions = 4;
constexpr int created = 5;

class Metrics : public testing::Test {
 protected:
  Metrics() {
    daemon_.ctl_ok({"db", "migrate"});
    create_topics(bootstrap_, daemon_, partitions);
  }

  [[nodiscard]] std::string page() const {
    api::Client client(daemon_.setting("api.socket"));
    const auto response = client.get("/metrics", 30s);
    if (!response) throw std::runtime_error(response.error().text());
    EXPECT_EQ(response->status, 200) << response->body;
    EXPECT_EQ(response->header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    return response->body;
  }

  [[nodiscard]] Samples scrape() const { return parse_exposition(page()); }

  [[nodiscard]] double value(const std::string& series) const {
    const auto values = scrape();
    const auto found = values.find(series);
    return found == values.end() ? -1 : found->second;
  }

  /// All that it writes has its fate then.
  void let_orders_flow(Traffic& traffic) {
    write_file(daemon_.folder() / "batch.ndjson", batch_of_orders(created));
    daemon_.ctl_ok({"-q", "order", "create", "--batch", "batch.ndjson"});
    traffic.write(300);
    traffic.finish();
    ASSERT_TRUE(wait_until(60s, [&] {
      return inputs_committed(bootstrap_, daemon_) && views_current(bootstrap_, daemon_);
    })) << daemon_.log();
    // The workers tell of themselves five times a second, and ask for the ends once.
    ASSERT_TRUE(wait_until(30s, [&] {
      const auto values = scrape();
      double lag = 0;
      for (const auto& [series, records] : values) lag += series.starts_with("ordersd_join_lag_records{") ? records : 0;
      return lag == 0 && values.at("ordersd_join_unaccounted_records") == 0 &&
             values.at("ordersd_join_records_read_total{side=\"payment\"}") +
                     values.at("ordersd_join_records_read_total{side=\"stock\"}") ==
                 static_cast<double>(traffic.log().size());
    })) << page();
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  const JoinWindow window_;
  PostgresDatabase database_;
  Daemon daemon_{"metrics", with({{"kafka.bootstrap_servers", bootstrap_},
                                  {"database.backend", "postgresql"},
                                  {"database.url", database_.url()},
                                  {"stream.commit_interval", "100ms"}},
                                 window_.settings())};
};

/// "ordersd_join_records_total{side="payment",fate="late"}"
std::string fate(const std::string& side, const std::string& fate) {
  return "ordersd_join_records_total{side=\"" + side + "\",fate=\"" + fate + "\"}";
}

std::string of_side(const std::string& name, const std::string& side) { return name + "{side=\"" + side + "\"}"; }

std::string of_view(const std::string& name, const std::string& view) { return name + "{view=\"" + view + "\"}"; }

std::string letters(const std::string& origin, const std::string& reason) {
  return "ordersd_dead_letters_total{origin=\"" + origin + "\",reason=\"" + reason + "\"}";
}

double sum(const Samples& values, const std::string& name) {
  double sum = 0;
  for (const auto& [series, number] : values) {
    if (series.starts_with(name + "{")) sum += number;
  }
  return sum;
}

/// How many dead letters there must be of a side, for a reason.
double dead(const JoinFates& fates, const std::string& side, const std::string& reason) {
  const std::string topic = side == "payment" ? "payments[" : "stock[";
  return static_cast<double>(std::ranges::count_if(
      fates.dead, [&](const auto& letter) { return letter.first.starts_with(topic) && letter.second == reason; }));
}

void expect_the_join_as_it_must_be(const Samples& values, const Traffic& traffic, const JoinFates& fates) {
  const auto at = [&](const std::string& series) { return values.at(series); };
  for (const std::string side : {"payment", "stock"}) {
    EXPECT_EQ(at(fate(side, "late")), dead(fates, side, "late")) << side;
    EXPECT_EQ(at(fate(side, "unmatched")), dead(fates, side, "unmatched")) << side;
    EXPECT_EQ(at(fate(side, "invalid")), dead(fates, side, "invalid_value")) << side;
    EXPECT_EQ(at(fate(side, "duplicate")), 0) << side;
    EXPECT_EQ(at(fate(side, "skipped")), 0) << side;
    EXPECT_EQ(at(of_side("ordersd_join_lateness_seconds_count", side)), at(fate(side, "late"))) << side;
    const auto read = static_cast<double>(std::ranges::count(traffic.log(), side == "stock", &WrittenAnswer::stock));
    EXPECT_EQ(at(of_side("ordersd_join_records_read_total", side)), read);
    double fated =
        at(of_side("ordersd_join_waiting_records", side)) - at(of_side("ordersd_join_carried_records", side));
    for (const auto* one : {"joined", "late", "unmatched", "invalid", "duplicate", "skipped"})
      fated += at(fate(side, one));
    EXPECT_EQ(fated, read) << side;
  }
  EXPECT_GT(at(fate("payment", "late")), 0) << "else nothing is proven";
  EXPECT_GT(at(fate("stock", "joined")), 100);
  EXPECT_EQ(at("ordersd_join_results_total"), static_cast<double>(fates.results.size()));
  EXPECT_EQ(at("ordersd_join_latency_seconds_count"), static_cast<double>(fates.results.size()));
  EXPECT_EQ(at("ordersd_join_latency_seconds_bucket{le=\"+Inf\"}"), at("ordersd_join_latency_seconds_count"));
  EXPECT_EQ(at("ordersd_join_transaction_duration_seconds_count"), sum(values, "ordersd_join_commits_total"));
  EXPECT_EQ(at("ordersd_join_commit_duration_seconds_count"), sum(values, "ordersd_join_commits_total"));
  for (const auto* reason : {"late", "unmatched", "invalid_value"}) {
    EXPECT_EQ(at(letters("join", reason)), dead(fates, "payment", reason) + dead(fates, "stock", reason)) << reason;
  }
  EXPECT_EQ(at("ordersd_join_task_state{partition=\"0\",state=\"running\"}"), 1);
  EXPECT_EQ(at("ordersd_state{state=\"running\"}"), 1);
  EXPECT_EQ(at("ordersd_state_reasons"), 0);
}

void expect_what_the_status_says(const Samples& values, const json& status) {
  const auto& join = status.at("join");
  for (const auto* one : {"joined", "late", "unmatched", "invalid", "duplicate", "skipped"})
    EXPECT_EQ(values.at(fate("payment", one)) + values.at(fate("stock", one)), join.at("fates").at(one)) << one;
  EXPECT_EQ(sum(values, "ordersd_join_records_read_total"), join.at("fates").at("read"));
  EXPECT_EQ(sum(values, "ordersd_join_waiting_records"), join.at("waiting"));
  EXPECT_EQ(values.at("ordersd_join_latency_seconds_count"), join.at("latency_total").at("results"));
  for (const auto& worker : join.at("workers")) {
    const auto name = worker.at("name").get<std::string>();
    EXPECT_EQ(values.at("ordersd_join_commits_total{worker=\"" + name + "\"}"), worker.at("commits"));
    EXPECT_EQ(values.at("ordersd_join_aborts_total{worker=\"" + name + "\"}"), worker.at("aborts"));
  }
  for (const std::string name : {"table", "database"}) {
    const auto& view = status.at("views").at(name);
    EXPECT_EQ(values.at(of_view("ordersd_view_records_read_total", name)), view.at("read")) << name;
    for (const auto* one : {"applied", "superseded", "tombstone", "missing", "invalid", "failed"}) {
      const auto series = "ordersd_view_records_total{view=\"" + name + "\",fate=\"" + one + "\"}";
      EXPECT_EQ(values.at(series), view.at(one)) << name << " " << one;
    }
    EXPECT_EQ(values.at(of_view("ordersd_view_unaccounted_records", name)), 0) << name;
    EXPECT_EQ(values.at(of_view("ordersd_view_lag_records", name)), view.at("lag")) << name;
  }
}

TEST_F(Metrics, AreWhatHasHappenedAndWhatTheStatusSays) {
  daemon_.start_and_await();
  Traffic traffic(bootstrap_, daemon_, partitions, 21);
  let_orders_flow(traffic);
  const auto fates = fates_of(traffic.log(), window_, partitions);
  const auto values = scrape();
  expect_the_join_as_it_must_be(values, traffic, fates);
  expect_what_the_status_says(values, daemon_.get("/api/status").value());
  EXPECT_EQ(values.at("ordersd_intake_accepted_total"), created);
  EXPECT_EQ(values.at("ordersd_intake_published_total"), created);
  EXPECT_EQ(values.at(letters("database", "invalid_value")), traffic.bad_orders());
  EXPECT_EQ(values.at("ordersd_database_batch_records_sum"),
            values.at(of_view("ordersd_view_records_read_total", "database")));
  EXPECT_EQ(values.at("ordersd_database_transaction_duration_seconds_count"),
            values.at("ordersd_database_batch_records_count"));
  EXPECT_GT(values.at("ordersd_log_messages_total{level=\"info\"}"), 0);
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1e6);

  // What is left of the dead letters, before and after some are drained.
  const auto all = fates.dead.size() + static_cast<std::size_t>(traffic.bad_orders());
  const auto left = [&] { return value("ordersd_dead_letter_queue_records"); };
  EXPECT_TRUE(wait_until(60s, [&] { return left() == static_cast<double>(all); })) << left() << " of " << all;
  const auto late = dead(fates, "payment", "late") + dead(fates, "stock", "late");
  daemon_.ctl_ok({"-q", "dlq", "drain", "--execute", "--reason", "late", "--to-file", "late.ndjson"});
  EXPECT_TRUE(wait_until(60s, [&] { return left() == static_cast<double>(all) - late; })) << left() << " of " << all;
  EXPECT_GT(value("ordersd_table_disk_bytes"), 0);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Metrics, PassPromtoolAndAreThoseOfTheManual) {
  daemon_.start_and_await();
  Traffic traffic(bootstrap_, daemon_, partitions, 22);
  let_orders_flow(traffic);
  const auto text = page();
  const auto checked = run({{"promtool", "check", "metrics"}, {}, {}, {}, {}}, text);
  EXPECT_EQ(checked.exit_code, 0) << checked.text() << "\nscripts/setup.sh --test installs promtool";
  EXPECT_EQ(checked.out + checked.err, "");

  std::set<std::string> described, real;
  static const std::regex row("^\\| `(\\w+)` \\|");
  static const std::regex type("^# TYPE (\\w+) ");
  std::smatch name;
  std::ifstream manual(SOURCE_DIR "/docs/metrics.md");
  for (std::string line; std::getline(manual, line);) {
    if (std::regex_search(line, name, row)) described.insert(name[1]);
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, name, type)) real.insert(name[1]);
  }
  EXPECT_GT(described.size(), 50u);
  EXPECT_EQ(real, described);

  const auto scrapes = "ordersd_http_requests_total{method=\"GET\",route=\"/metrics\",code=\"200\"}";
  const auto before = value(scrapes);
  EXPECT_EQ(value(scrapes), before + 1);
  EXPECT_EQ(daemon_.get("/nothing"), std::nullopt);
  EXPECT_EQ(value("ordersd_http_requests_total{method=\"none\",route=\"none\",code=\"404\"}"), 1);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Metrics, AnswerWhileBrokerAndDatabaseHang) {
  daemon_.start_and_await();
  shared_broker().suspend();
  database_.server().suspend();
  const bool degraded = wait_until(60s, [&] { return value("ordersd_state{state=\"degraded\"}") == 1; });
  shared_broker().resume();
  database_.server().resume();
  EXPECT_TRUE(degraded) << daemon_.log();
  EXPECT_TRUE(wait_until(60s, [&] { return value("ordersd_state{state=\"running\"}") == 1; })) << daemon_.log();
  EXPECT_GT(value("ordersd_watchdog_looks_total"), 0);
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
