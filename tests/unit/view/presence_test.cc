// What is no longer in the table must not pass for what was never published.
#include "view/presence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>

#include "../../support/temp_folder.h"
#include "../../support/wait_until.h"
#include "view/status_board.h"
#include "view/table_keeper.h"

namespace orders::view {
namespace {

using ::testing::ElementsAre;

constexpr Milliseconds at_once{0};
constexpr Milliseconds long_enough{30'000};

/// A table view whose thread is the test.
class ByHand final : public TableView {
 public:
  explicit ByHand(const TableOptions& options) : keeper(options, board) {
    if (!keeper.ready()) throw std::runtime_error("the table can't be opened");
  }
  void stop() override {}
  ViewStatus status() const override { return board.snapshot(); }
  std::shared_ptr<const Table> table() const override { return keeper.get(); }
  bool wait_for(std::int32_t partition, std::int64_t offset, Milliseconds timeout) const override {
    const bool passed = board.wait_for(partition, offset, timeout);
    if (after_wait) std::exchange(after_wait, nullptr)();
    return passed;
  }
  void rebuild() override { keeper.replace(); }
  std::uint64_t epoch() const override { return board.epoch(); }

  /// The record of order `id` at offset `id` of partition 0.
  void write(order::OrderId id) {
    auto* table = ready();
    TableBatch batch;
    batch.put(id, 0, id, {}, "v");
    batch.set_position({0, id + 1, {}});
    ASSERT_TRUE(table->write(batch));
    show(id + 1);
  }
  void show(std::int64_t position) { board.set_partitions({{0, position, position}}); }
  /// What was not flushed is lost, as after an error of the disk.
  void lose() {
    ready()->store().abandon();
    (void)keeper.failed({ErrorClass::wait, "the disk was full", {}});
  }
  Table* ready() {
    auto ready = keeper.ready();
    return ready ? *ready : nullptr;
  }

  StatusBoard board{"table"};
  TableKeeper keeper;
  mutable std::function<void()> after_wait;
};

class PresenceTest : public ::testing::Test {
 protected:
  PresenceTest() {
    view_.write(1);
    EXPECT_TRUE(view_.ready()->store().flush());
    view_.write(2);
  }
  Result<std::vector<bool>> ask() { return present(view_, std::array<std::int64_t, 1>{3}, ids_, at_once); }
  void expect_wait() {
    const auto answer = ask();
    ASSERT_FALSE(answer) << "it said that an order which was published is not";
    EXPECT_EQ(answer.error().error_class, ErrorClass::wait);
  }

  const std::vector<order::OrderId> ids_{1, 2, 3};
  test::TempFolder folder_;
  ByHand view_{{.path = folder_ / "table", .memory = 16ull << 20, .cache = 4ull << 20}};
};

TEST_F(PresenceTest, SaysWhichOrdersAreThereOnceTheEndsArePassed) {
  EXPECT_THAT(ask().value(), ElementsAre(true, true, false));
  const auto later = present(view_, std::array<std::int64_t, 1>{4}, ids_, at_once);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().error_class, ErrorClass::wait);
}

TEST_F(PresenceTest, WaitsUntilATableThatWasOpenedAtItsLastFlushHasCaughtUp) {
  view_.lose();
  ASSERT_FALSE(view_.ready()->get(2).value()) << "it was not flushed";
  EXPECT_FALSE(view_.wait_for(0, 2, at_once));
  expect_wait();
  view_.show(2);
  expect_wait();
  view_.write(2);
  EXPECT_THAT(ask().value(), ElementsAre(true, true, false));
}

TEST_F(PresenceTest, WaitsUntilAnEmptyTableInPlaceOfAWrongOneHasCaughtUp) {
  view_.keeper.prove_wrong("a test says so");
  ASSERT_FALSE(view_.ready()->get(1).value());
  EXPECT_FALSE(view_.wait_for(0, 0, at_once));
  expect_wait();
}

TEST_F(PresenceTest, WaitsWhenTheTableIsOpenedAnewAfterItHadPassedTheEnds) {
  view_.after_wait = [&] {
    view_.lose();
    view_.ready();
  };
  expect_wait();
}

TEST_F(PresenceTest, WaitsWhenTheTableIsReplacedAfterItHadPassedTheEnds) {
  view_.after_wait = [&] {
    view_.keeper.prove_wrong("a test says so");
    view_.ready();
  };
  expect_wait();
}

TEST_F(PresenceTest, ThePositionsGoBeforeTheTableIsOpenedAnew) {
  const auto walk = view_.ready()->store().scan({});  // it can't be opened anew while this is alive
  (void)view_.keeper.failed({ErrorClass::wait, "the disk was full", {}});
  ASSERT_FALSE(view_.keeper.ready());
  EXPECT_TRUE(view_.table()->get(2).value()) << "queries go on";
  EXPECT_FALSE(view_.wait_for(0, 2, at_once));
}

TEST_F(PresenceTest, ThePositionsGoBeforeTheTableIsSetAside) {
  auto query = view_.table();
  view_.keeper.prove_wrong("a test says so");
  auto replaced = std::async(std::launch::async, [&] {  // it gives a query two seconds, and tries again
    return test::wait_until(long_enough, [&] { return view_.ready() != nullptr; });
  });
  ASSERT_TRUE(test::wait_until(long_enough, [&] { return view_.table() == nullptr; }, Milliseconds{1}));
  EXPECT_FALSE(view_.wait_for(0, 0, at_once)) << "the query still reads the old one";
  query.reset();
  EXPECT_TRUE(replaced.get());
}

}  // namespace
}  // namespace orders::view
