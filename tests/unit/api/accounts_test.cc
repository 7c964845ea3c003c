// I5 as an identity, and that it can fail.
#include "api/accounts.h"

#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;
using Task = topology::TaskStatus;

Task task_with(Task::State state, std::uint64_t payments, std::uint64_t stock) {
  Task task;
  task.state = state;
  task.payment.waiting = payments;
  task.stock.waiting = stock;
  return task;
}

topology::Status join_in_balance() {
  topology::Status join;
  static_cast<topology::RecordFates&>(join.fates) = {.read = 100,
                                                     .joined = 60,
                                                     .unmatched = 5,
                                                     .late = 4,
                                                     .duplicate = 3,
                                                     .invalid = 2,
                                                     .skipped = 1,
                                                     .carried = -10};
  join.fates.results = 30;
  join.workers.resize(2);
  join.workers[0].tasks = {task_with(Task::State::running, 7, 3)};
  join.workers[1].tasks = {task_with(Task::State::running, 5, 0), task_with(Task::State::rebuilding, 1'000, 1'000)};
  return join;
}

TEST(Accounts, TheJoinsIdentityHoldsWhereReadAndCarriedAreTheSumOfTheFates) {
  EXPECT_EQ(waiting(join_in_balance()), 15U) << "what a rebuild has found so far is not counted as carried yet";
  EXPECT_EQ(unaccounted(join_in_balance()), 0);
}

TEST(Accounts, EachCounterOfTheJoinThatIsWrongByOneShows) {
  using topology::Fates;
  auto join = join_in_balance();
  for (auto counter :
       {&Fates::joined, &Fates::unmatched, &Fates::late, &Fates::duplicate, &Fates::invalid, &Fates::skipped}) {
    ++(join.fates.*counter);
    EXPECT_EQ(unaccounted(join), -1);
    join.fates.*counter -= 2;
    EXPECT_EQ(unaccounted(join), 1);
    ++(join.fates.*counter);
  }
  ++join.fates.read;
  EXPECT_EQ(unaccounted(join), 1);
  join.fates.carried -= 3;
  EXPECT_EQ(unaccounted(join), -2);
  --join.workers[1].tasks[0].payment.waiting;
  EXPECT_EQ(unaccounted(join), -1);
  join.workers[0].tasks[0].stock.waiting -= 3;
  EXPECT_EQ(unaccounted(join), 2);
}

TEST(Accounts, EachCounterOfAViewThatIsWrongByOneShows) {
  using view::ViewStatus;
  ViewStatus view;
  view.read = 21;
  view.applied = 6;
  view.superseded = 5;
  view.tombstone = 4;
  view.missing = 3;
  view.invalid = 2;
  view.failed = 1;
  EXPECT_EQ(unaccounted(view), 0);
  for (auto counter : {&ViewStatus::applied, &ViewStatus::superseded, &ViewStatus::tombstone, &ViewStatus::missing,
                       &ViewStatus::invalid, &ViewStatus::failed}) {
    --(view.*counter);
    EXPECT_EQ(unaccounted(view), 1);
    view.*counter += 2;
    EXPECT_EQ(unaccounted(view), -1);
    --(view.*counter);
  }
}

TEST_F(Api, TheStatusTellsWhetherTheIdentityHoldsAndByHowMuchNot) {
  const auto identity = [&](const char* part) {
    return json::parse(get("/api/status").body).at(json::json_pointer(part)).at("identity");
  };
  join_ = join_in_balance();
  table_view_.read = table_view_.applied = 5;
  const json holds = {{"holds", true}, {"off_by", 0}};
  for (const auto* part : {"/join", "/views/table", "/views/database"}) EXPECT_EQ(identity(part), holds) << part;
  join_.fates.read += 3;
  ++table_view_.tombstone;
  EXPECT_EQ(identity("/join"), json({{"holds", false}, {"off_by", 3}}));
  EXPECT_EQ(identity("/views/table"), json({{"holds", false}, {"off_by", -1}}));
  EXPECT_EQ(identity("/views/database"), holds);
}

}  // namespace
}  // namespace orders::api
