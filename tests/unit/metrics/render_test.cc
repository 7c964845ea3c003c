// Prometheus' text format, made of what the parts say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "made_snapshot.h"

namespace orders::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The text of one metric: its two comments and its series.
std::string family(const std::string& text, const std::string& name) {
  const auto begin = text.find("# HELP " + name + " ");
  if (begin == std::string::npos) return "there is no " + name;
  const auto end = text.find("# HELP ", begin + 1);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

TEST(Render, ACounterByItsLabels) {
  EXPECT_EQ(family(render(made_snapshot()), "ordersd_join_records_total"),
            "# HELP ordersd_join_records_total Records by what became of them.\n"
            "# TYPE ordersd_join_records_total counter\n"
            "ordersd_join_records_total{side=\"payment\",fate=\"joined\"} 5\n"
            "ordersd_join_records_total{side=\"payment\",fate=\"unmatched\"} 1\n"
            "ordersd_join_records_total{side=\"payment\",fate=\"late\"} 2\n"
            "ordersd_join_records_total{side=\"payment\",fate=\"duplicate\"} 1\n"
            "ordersd_join_records_total{side=\"payment\",fate=\"invalid\"} 1\n"
            "ordersd_join_records_total{side=\"payment\",fate=\"skipped\"} 1\n"
            "ordersd_join_records_total{side=\"stock\",fate=\"joined\"} 7\n"
            "ordersd_join_records_total{side=\"stock\",fate=\"unmatched\"} 0\n"
            "ordersd_join_records_total{side=\"stock\",fate=\"late\"} 0\n"
            "ordersd_join_records_total{side=\"stock\",fate=\"duplicate\"} 0\n"
            "ordersd_join_records_total{side=\"stock\",fate=\"invalid\"} 0\n"
            "ordersd_join_records_total{side=\"stock\",fate=\"skipped\"} 0\n");
}

TEST(Render, AHistogramInSeconds) {
  const auto text = family(render(made_snapshot()), "ordersd_join_latency_seconds");
  EXPECT_THAT(text, HasSubstr("# TYPE ordersd_join_latency_seconds histogram\n"
                              "ordersd_join_latency_seconds_count 2\n"
                              "ordersd_join_latency_seconds_sum 2.004\n"
                              "ordersd_join_latency_seconds_bucket{le=\"0.001\"} 0\n"
                              "ordersd_join_latency_seconds_bucket{le=\"0.002\"} 0\n"
                              "ordersd_join_latency_seconds_bucket{le=\"0.004\"} 0\n"
                              "ordersd_join_latency_seconds_bucket{le=\"0.008\"} 1\n"
                              "ordersd_join_latency_seconds_bucket{le=\"0.016\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("le=\"1.024\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("le=\"2.048\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("le=\"+Inf\"} 2\n"));
}

TEST(Render, AHistogramOfNumbersWithWhatIsAtMost) {
  const auto text = family(render(made_snapshot()), "ordersd_database_batch_records");
  EXPECT_THAT(text, HasSubstr("ordersd_database_batch_records_bucket{le=\"7\"} 0\n"
                              "ordersd_database_batch_records_bucket{le=\"15\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ordersd_database_batch_records_bucket{le=\"8191\"} 1\n"));
}

TEST(Render, AStateAsTheOneOfItsValuesThatIsOne) {
  const auto text = render(made_snapshot());
  EXPECT_EQ(family(text, "ordersd_state"),
            "# HELP ordersd_state Whether the daemon is in this state, that of its worst part.\n"
            "# TYPE ordersd_state gauge\n"
            "ordersd_state{state=\"running\"} 0\n"
            "ordersd_state{state=\"starting\"} 0\n"
            "ordersd_state{state=\"rebuilding\"} 0\n"
            "ordersd_state{state=\"degraded\"} 1\n");
  EXPECT_THAT(text, HasSubstr("ordersd_join_worker_state{worker=\"one-0\",state=\"running\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ordersd_join_task_state{partition=\"3\",state=\"running\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ordersd_view_state{view=\"table\",state=\"current\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ordersd_intake_state{state=\"running\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ordersd_catalog_breaker_state{state=\"half_open\"} 1\n"));
}

TEST(Render, NumbersInBaseUnits) {
  const auto text = render(made_snapshot());
  EXPECT_THAT(text, HasSubstr("\nordersd_join_results_total 5\n")) << "6, of which 1 was refused";
  EXPECT_THAT(text, HasSubstr("\nordersd_join_oldest_waiting_timestamp_seconds{side=\"payment\"} 1700000000\n"));
  EXPECT_THAT(text,
              HasSubstr("ordersd_join_stream_timestamp_seconds{side=\"payment\",partition=\"3\"} 1700000000.25\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_join_lag_records{side=\"payment\",partition=\"3\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_view_lag_records{view=\"table\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_retries_total{part=\"join\",class=\"abort\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_dead_letters_total{origin=\"join\",reason=\"late\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_dead_letters_total{origin=\"database\",reason=\"invalid_key\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("\nordersd_http_requests_total{method=\"GET\",route=\"/api/orders/{id}\",code=\"404\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_intake_unchecked_total 3\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_catalog_failures_total 2\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_log_messages_total{level=\"critical\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_thread_silence_seconds 1.25\n"));
  EXPECT_THAT(text, HasSubstr("\nordersd_rocksdb_memory_limit_bytes 134217728\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_start_time_seconds 1700000000.25\n"));
}

TEST(Render, NothingForWhatIsNotKnown) {
  auto snapshot = made_snapshot();
  auto& task = snapshot.join->status.workers[0].tasks[0];
  task.payment.end = -1;
  task.payment.oldest_waiting.reset();
  snapshot.views[1].status.partitions[0].end = -1;
  snapshot.looked_up = {};
  const auto text = render(snapshot);
  EXPECT_THAT(text, Not(HasSubstr("\nordersd_join_lag_records")));
  EXPECT_THAT(text, Not(HasSubstr("\nordersd_join_oldest_waiting_timestamp_seconds")));
  EXPECT_THAT(text, Not(HasSubstr("\nordersd_view_lag_records{view=\"database\"}")));
  EXPECT_THAT(text, HasSubstr("\nordersd_view_lag_records{view=\"table\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nordersd_table_rows")));
  EXPECT_THAT(text, Not(HasSubstr("\nordersd_dead_letter_queue_records")));
}

TEST(Render, APartitionThatTwoWorkersTellOfOnce) {
  auto snapshot = made_snapshot();
  auto& workers = snapshot.join->status.workers;
  workers.push_back(workers[0]);
  workers[0].tasks[0].state = topology::TaskStatus::State::rebuilding;
  workers[1].name = "one-1";
  const auto text = render(snapshot);
  EXPECT_THAT(text, HasSubstr("ordersd_join_task_state{partition=\"3\",state=\"running\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("ordersd_join_task_state{partition=\"3\",state=\"rebuilding\"} 1\n")));
  std::set<std::string> series;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second || line.starts_with("#")) << line;
  }
}

TEST(Render, AllNamesWithoutAnyPart) {
  std::size_t names = 0;
  std::istringstream with(render(made_snapshot()));
  std::set<std::string> comments;
  for (std::string line; std::getline(with, line);) {
    if (line.starts_with("# TYPE")) comments.insert(line);
  }
  std::istringstream without(render({}));
  for (std::string line; std::getline(without, line);) {
    if (!line.starts_with("# TYPE")) continue;
    ++names;
    EXPECT_TRUE(comments.contains(line)) << line;
  }
  EXPECT_EQ(names, comments.size());
}

TEST(Process, IsThisOne) {
  const auto process = metrics::process();
  const auto now = static_cast<double>(to_millis(wall_clock_now())) / 1000;
  EXPECT_GT(process.started, now - 3600);
  EXPECT_LE(process.started, now + 1);
  EXPECT_GT(process.resident_bytes, 1u << 20);
  EXPECT_GT(process.virtual_bytes, process.resident_bytes);
  EXPECT_GE(process.open_fds, 3u);
  EXPECT_GT(process.max_fds, process.open_fds);
  EXPECT_GE(process.cpu_seconds, 0);
}

}  // namespace
}  // namespace orders::metrics
