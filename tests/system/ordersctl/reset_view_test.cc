// `replay reset --view`: a view is wound back or built anew, while the rest goes on or is stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "support/damage.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/views.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::int64_t base = 1'700'000'000'000;
constexpr int partitions = 2;

void write_answers(const Daemon& daemon, int first, int last) {
  LogWriter writer(shared_broker().bootstrap());
  for (int id = first; id <= last; ++id) {
    for (const auto& topic : {daemon.payments(), daemon.stock()})
      writer.write(answer(topic, id % partitions, id, "ACCEPT", base + id));
  }
  writer.flush();
}

/// -1 while the daemon does not answer.
std::int64_t view_figure(const Daemon& daemon, const std::string& view, const std::string& figure) {
  const auto status = daemon.get("/api/status");
  return status ? status->at("views").at(view).at(figure).get<std::int64_t>() : -1;
}

std::filesystem::path state_folder(const Daemon& daemon) {
  return std::filesystem::path(daemon.setting("state.directory")) / daemon.setting("application_id");
}

Output reset(const Daemon& daemon, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"replay", "reset", "--view"});
  return daemon.ctl(arguments);
}
std::string reset_ok(const Daemon& daemon, std::vector<std::string> arguments) {
  arguments.push_back("--execute");
  const auto output = reset(daemon, arguments);
  EXPECT_EQ(output.exit_code, 0) << output.text();
  return output.out;
}

class ResetView : public testing::Test {
 protected:
  ResetView() {
    create_topics(bootstrap_, daemon_, partitions);
    daemon_.ctl_ok({"db", "migrate"});
  }
  void await_results(std::size_t count) { ResultFollower(bootstrap_, daemon_.orders()).await(count, 60s); }
  void await_rows(int count) {
    EXPECT_TRUE(wait_until(30s, [&] {
      return database_.query("SELECT count(*) FROM orders") == std::to_string(count);
    })) << daemon_.log();
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  PostgresDatabase database_;
  Daemon daemon_{"views",
                 {{"kafka.bootstrap_servers", bootstrap_},
                  {"database.backend", "postgresql"},
                  {"database.url", database_.url()}}};
};

TEST_F(ResetView, OfTheDatabaseBringsLostRowsBackWhileNothingComes) {
  daemon_.start_and_await();
  write_answers(daemon_, 1, 300);
  await_results(300);
  await_rows(300);
  database_.query("TRUNCATE orders CASCADE");
  const auto plan = reset(daemon_, {"database", "--to", "earliest"});
  EXPECT_EQ(plan.exit_code, 5) << plan.text();
  EXPECT_THAT(plan.out, HasSubstr("again"));
  EXPECT_EQ(reset(daemon_, {"database", "--to", "1000000", "--partition", "0", "--execute"}).exit_code, 2);
  EXPECT_THAT(reset_ok(daemon_, {"database", "--to", "earliest"}), HasSubstr("done"));
  await_rows(300);
  expect_views_equal_the_topic(bootstrap_, daemon_, 300);
  EXPECT_EQ(daemon_.stop(), 0);

  database_.query("UPDATE positions SET next_offset = 1000000 WHERE partition = 0");  // as a topic that is made anew
  const auto results_of = [&](int partition) {
    return database_.query("SELECT count(*) FROM orders WHERE result_partition = " + std::to_string(partition));
  };
  const auto others = results_of(1);
  EXPECT_EQ(reset(daemon_, {"database", "--accept-gap", "--forget-results"}).exit_code, 5);
  EXPECT_NE(results_of(0), "0");
  EXPECT_THAT(reset_ok(daemon_, {"database", "--accept-gap", "--forget-results"}),
              testing::AllOf(HasSubstr("made anew"),
                             HasSubstr("rows whose result is of " + daemon_.orders() + "[0] forget its offset")));
  EXPECT_EQ(results_of(0), "0");
  EXPECT_EQ(results_of(1), others);
  EXPECT_THAT(reset_ok(daemon_, {"database", "--accept-gap"}), HasSubstr("nothing to do"));
  daemon_.start_and_await();
  expect_views_equal_the_topic(bootstrap_, daemon_, 300);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(ResetView, OfBothWhileOrdersFlowLeavesThemEqualToTheTopic) {
  daemon_.start_and_await();
  write_answers(daemon_, 1, 300);
  await_results(300);
  EXPECT_EQ(reset(daemon_, {"table"}).exit_code, 5);
  std::jthread flow([&] {
    for (int first = 301; first <= 3'000; first += 100) write_answers(daemon_, first, first + 99);
  });
  reset_ok(daemon_, {"table"});
  reset_ok(daemon_, {"database", "--to", "earliest"});
  flow.join();
  await_results(3'000);
  expect_views_equal_the_topic(bootstrap_, daemon_, 3'000);
  EXPECT_EQ(view_figure(daemon_, "table", "rebuilds"), 1);
  EXPECT_TRUE(files_like(state_folder(daemon_), "table.corrupt-").empty());
  EXPECT_TRUE(read_topic(bootstrap_, daemon_.dead_letters()).empty());
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(ResetView, OfAStoppedDaemonsTableIsBuiltByTheNextStart) {
  write_answers(daemon_, 1, 20);
  daemon_.start_and_await();
  await_results(20);
  expect_views_equal_the_topic(bootstrap_, daemon_, 20);
  ASSERT_EQ(daemon_.stop(), 0);
  const auto table = state_folder(daemon_) / "table";
  const auto plan = reset(daemon_, {"table"});
  EXPECT_EQ(plan.exit_code, 5) << plan.text();
  EXPECT_THAT(plan.out, HasSubstr(table.string()));
  ASSERT_TRUE(std::filesystem::exists(table));
  reset_ok(daemon_, {"table"});
  EXPECT_TRUE(files_like(state_folder(daemon_), "table").empty());
  EXPECT_THAT(reset_ok(daemon_, {"table"}), HasSubstr("nothing to do"));
  daemon_.start_and_await();
  expect_views_equal_the_topic(bootstrap_, daemon_, 20);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST(ResetEmbeddedView, GoesThroughTheDaemonThatRunsAndWithoutOneToTheFolder) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("embedded", {{"kafka.bootstrap_servers", bootstrap}, {"database.backend", "embedded"}});
  create_topics(bootstrap, daemon, partitions);
  const auto await_read = [&](std::int64_t records) {
    EXPECT_TRUE(wait_until(30s, [&] { return view_figure(daemon, "database", "read") == records; })) << daemon.log();
  };
  write_answers(daemon, 1, 20);
  daemon.start_and_await();
  await_read(20);
  EXPECT_EQ(reset(daemon, {"database", "--to", "earliest"}).exit_code, 5);
  EXPECT_THAT(reset_ok(daemon, {"database", "--to", "earliest"}), HasSubstr("running daemon"));
  await_read(40);
  EXPECT_EQ(view_figure(daemon, "database", "superseded"), 20) << "no row changes";
  ASSERT_EQ(daemon.stop(), 0);
  reset_ok(daemon, {"database", "--to", "earliest"});
  daemon.start_and_await();
  await_read(20);
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
