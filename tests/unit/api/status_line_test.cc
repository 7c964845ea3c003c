// The line that `systemctl status` shows.
#include "api/status_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::api {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Task = topology::TaskStatus;
using Worker = topology::WorkerStatus;
using View = view::ViewStatus;

constexpr Timestamp noon = from_millis(1'700'000'000'000);  // 2023-11-14T22:13:20Z

Task task(std::int32_t partition, std::int64_t behind, std::uint64_t waiting) {
  Task task;
  task.partition = partition;
  task.state = Task::State::running;
  task.payment.next_offset = 10;
  task.payment.end = 10 + behind;
  task.stock.next_offset = 7;  // its end is not known yet
  task.stock.waiting = waiting;
  return task;
}

Worker worker(std::vector<Task> tasks) {
  Worker worker;
  worker.name = "one-0";
  worker.state = Worker::State::running;
  worker.tasks = std::move(tasks);
  return worker;
}

View view(const char* name, View::State state, std::int64_t behind) {
  View view;
  view.name = name;
  view.state = state;
  view.partitions = {{0, 100, 100 + behind}};
  return view;
}

class AStatusLine : public testing::Test {
 protected:
  AStatusLine() {
    snapshot_.join.emplace();
    snapshot_.join->workers = {worker({task(0, 12, 1), task(1, 0, 2)}), worker({task(2, 0, 0)})};
    snapshot_.table = view("table", View::State::current, 0);
    snapshot_.database = view("database", View::State::catching_up, 5);
    snapshot_.intake.emplace();
  }
  std::string line(Milliseconds later = Milliseconds{0}) { return line_.of(snapshot_, noon + later); }

  Snapshot snapshot_;
  StatusLine line_;
};

TEST_F(AStatusLine, SaysHowFarBehindEachPartIs) {
  EXPECT_EQ(line(), "running: 2 threads, 3 partitions, 12 records behind, 3 waiting; table current; database 5 behind");
}

TEST_F(AStatusLine, CountsOneAsOneAndLeavesOutWhatIsNotThere) {
  snapshot_.join->workers = {worker({task(0, 1, 0)})};
  snapshot_.database.reset();
  snapshot_.intake.reset();
  EXPECT_EQ(line(), "running: 1 thread, 1 partition, 1 record behind, 0 waiting; table current");
}

TEST_F(AStatusLine, CountsTheOrdersThatAreSavedAndNotPublished) {
  snapshot_.intake->outbox = 1;
  EXPECT_THAT(line(), EndsWith("; 1 new order to be published"));
  snapshot_.intake->outbox = 20;
  EXPECT_THAT(line(), EndsWith("; 20 new orders to be published"));
}

TEST_F(AStatusLine, SaysOfWhatIsDegradedSinceWhenAndWhyAndWhatThatDelays) {
  (void)line();
  snapshot_.database->state = View::State::degraded;
  snapshot_.database->reason = "PostgreSQL is away";
  const auto* expected =
      "degraded since 2023-11-14T22:13:30.000Z: database view: PostgreSQL is away; 2 threads, 3 partitions, 12 records "
      "behind, 3 waiting; table current; database degraded, 5 behind";
  EXPECT_EQ(line(Milliseconds{10'000}), expected);
  EXPECT_EQ(line(Milliseconds{20'000}), expected) << "since it began, not since it was last looked at";
  snapshot_.database->state = View::State::current;
  EXPECT_THAT(line(Milliseconds{30'000}), StartsWith("running: "));
  snapshot_.table->state = View::State::degraded;
  EXPECT_THAT(line(Milliseconds{40'000}), StartsWith("degraded since 2023-11-14T22:14:00.000Z: table view: "));
}

TEST_F(AStatusLine, KeepsTheFiguresInSightBehindLongReasons) {
  snapshot_.table->state = View::State::degraded;
  snapshot_.table->reason = std::string(1'000, 'x') + "\n";
  EXPECT_LT(line().size(), 500U);
  EXPECT_THAT(line(), HasSubstr("; 2 threads, "));
}

TEST_F(AStatusLine, ShowsTheProgressOfARebuildOverAllTasks) {
  auto& workers = snapshot_.join->workers;
  workers[0].state = Worker::State::rebuilding;
  workers[0].tasks[0].rebuild = Task::Rebuild{.done = 80, .of = 100};
  workers[0].tasks[1].rebuild = Task::Rebuild{.done = 10, .of = 100};
  EXPECT_THAT(line(), StartsWith("rebuilding the buffer, 45 %: 2 threads, "));
  workers[0].tasks[0].rebuild = workers[0].tasks[1].rebuild = Task::Rebuild{};
  EXPECT_THAT(line(), StartsWith("rebuilding the buffer, 0 %: ")) << "of nothing, which is done in a moment";
}

TEST_F(AStatusLine, CountsNothingBeforeThereIsAnything) {
  snapshot_.join->workers.clear();
  EXPECT_EQ(line(), "starting: join: starting");
}

}  // namespace
}  // namespace orders::api
