// What the buffer on disk promises beside what every buffer does.
#include "join/disk_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "join/disk_row.h"
#include "join/disk_state.h"
#include "rocks/store.h"
#include "support/temp_folder.h"

namespace orders::join {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

class OnDisk : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    buffer.reset();
    auto opened = DiskBuffer::open(options);
    ASSERT_TRUE(opened) << opened.error().text();
    buffer = *std::move(opened);
  }
  void crash() {
    buffer->abandon();
    open();
  }
  void insert(Side side, OrderId key, std::int64_t time, bool joined = false) {
    const auto at = offset++;
    buffer->insert(side, {.key = key,
                          .timestamp = from_millis(time),
                          .offset = at,
                          .status = order::Status::accept,
                          .joined = joined,
                          .splice = {},
                          .value = value,
                          .headers = {}});
  }
  std::vector<std::int64_t> join(Side side, OrderId key) {
    std::vector<std::int64_t> times;
    buffer->join(side, key, from_millis(0), from_millis(1'000'000),
                 [&](const Entry& entry, bool) { times.push_back(to_millis(entry.timestamp)); });
    return times;
  }
  std::vector<OrderId> expire(Side side, std::int64_t bound) {
    std::vector<OrderId> left;
    buffer->expire(side, from_millis(bound), [&](const Entry& entry) { left.push_back(entry.key); });
    return left;
  }

  bool repeats(OrderId key, std::int64_t time, std::int64_t bound) {
    return buffer->repeats(Side::payment, key, order::status_id("HOLD"), from_millis(time), from_millis(bound));
  }

  test::TempFolder folder{"disk-buffer"};
  std::atomic<std::uint64_t> set_aside = 0;
  DiskOptions options{.path = folder / "0", .memory = {}, .set_aside = &set_aside};
  std::unique_ptr<DiskBuffer> buffer;
  std::int64_t offset = 0;
  std::string value = "a value";
};

TEST_F(OnDisk, IsAfterACrashAsItWasAtTheLastFlushPositionIncluded) {
  insert(Side::payment, 1, 100);
  ASSERT_TRUE(buffer->apply("first"));
  ASSERT_TRUE(buffer->flush());
  insert(Side::payment, 2, 200);
  EXPECT_THAT(join(Side::payment, 1), ElementsAre(100));
  ASSERT_TRUE(buffer->apply("second"));  // written, but to memory only
  insert(Side::payment, 3, 300);
  crash();
  EXPECT_EQ(buffer->position(), "first");
  EXPECT_EQ(buffer->waiting(Side::payment), 1u);
  EXPECT_THAT(join(Side::payment, 2), IsEmpty());
  EXPECT_THAT(expire(Side::payment, 1'000), ElementsAre(1));
}

TEST_F(OnDisk, WritesWhatWasAppliedWhenItCloses) {
  insert(Side::stock, 1, 100);
  ASSERT_TRUE(buffer->apply("here"));
  insert(Side::stock, 2, 100);  // and no more than that
  open();
  EXPECT_EQ(buffer->position(), "here");
  EXPECT_EQ(buffer->waiting(Side::stock), 1u);
}

TEST_F(OnDisk, WithoutAPositionItIsEmpty) {
  MemoryBuffer memory;
  for (int i = 0; i < 40'000; ++i) {
    const auto long_value = std::string(300, 'v');
    memory.insert(Side::payment, {.key = i,
                                  .timestamp = from_millis(i),
                                  .offset = i,
                                  .status = order::Status::accept,
                                  .joined = false,
                                  .splice = {},
                                  .value = long_value,
                                  .headers = {}});
  }
  ASSERT_TRUE(buffer->take_over(memory));
  ASSERT_LT(buffer->unwritten(), 8u << 20) << "most of it is written on the way";
  ASSERT_TRUE(buffer->flush());
  crash();  // before the last part
  EXPECT_EQ(buffer->position(), "");
  EXPECT_THAT(join(Side::payment, 1), IsEmpty());
  ASSERT_TRUE(buffer->take_over(memory));
  ASSERT_TRUE(buffer->apply("over"));
  open();
  EXPECT_EQ(buffer->waiting(Side::payment), 40'000u);
  EXPECT_EQ(expire(Side::payment, 40'000).size(), 40'000u);
}

TEST_F(OnDisk, MemoryGoesWithWhatIsWritten) {
  value = std::string(500, 'v');
  options.cache = 1 << 20;
  open();
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 5'000; ++i) insert(Side::payment, round * 5'000 + i, i);
    EXPECT_GT(buffer->unwritten(), 2u << 20);
    ASSERT_TRUE(buffer->apply("here"));
    EXPECT_EQ(buffer->unwritten(), 0u);
    EXPECT_LT(buffer->bytes(), (1u << 20) + (1u << 18));
  }
  EXPECT_EQ(buffer->waiting(Side::payment), 50'000u);
  EXPECT_THAT(join(Side::payment, 7), ElementsAre(7));
}

TEST_F(OnDisk, SetsADamagedStoreAsideAndBeginsAnew) {
  insert(Side::payment, 1, 100);
  ASSERT_TRUE(buffer->apply("here"));
  buffer.reset();
  for (const auto& file : fs::directory_iterator(options.path)) {
    if (file.path().extension() == ".sst") fs::resize_file(file.path(), fs::file_size(file.path()) / 2);
  }
  open();
  EXPECT_EQ(buffer->position(), "");
  EXPECT_EQ(buffer->waiting(Side::payment), 0u);
  int aside = 0;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    aside += entry.path().filename().string().starts_with("0.corrupt-");
  EXPECT_EQ(aside, 1);
  EXPECT_EQ(set_aside.load(), 1u);
}

TEST_F(OnDisk, SetsAStoreWithoutAReadableCurrentOrManifestAsideAndCountsIt) {
  const auto damage = [&](const std::string& prefix, const std::string& content) {
    for (const auto& file : fs::directory_iterator(options.path)) {
      if (file.path().filename().string().starts_with(prefix)) std::ofstream(file.path(), std::ios::trunc) << content;
    }
  };
  const std::vector<std::pair<std::string, std::string>> damages = {
      {"CURRENT", "################"}, {"CURRENT", "MANIFEST-999999\n"}, {"CURRENT", ""}, {"MANIFEST-", ""}};
  std::uint64_t times = 0;
  for (const auto& [prefix, content] : damages) {
    SCOPED_TRACE(prefix + " " + content);
    insert(Side::payment, 1, 100);
    ASSERT_TRUE(buffer->apply("here"));
    buffer.reset();
    damage(prefix, content);
    open();
    EXPECT_EQ(buffer->position(), "");
    EXPECT_EQ(buffer->waiting(Side::payment), 0u);
    EXPECT_EQ(set_aside.load(), ++times);
  }
}

TEST_F(OnDisk, SetsAStoreOfAnotherFormatAsideAndBeginsAnew) {
  insert(Side::payment, 1, 100);
  ASSERT_TRUE(buffer->apply("here"));
  buffer.reset();
  {
    auto store = rocks::Store::open({.path = options.path, .apart = row_prefix});
    ASSERT_TRUE(store) << store.error().text();
    auto state = store->get(state_key);
    ASSERT_TRUE(state && *state);
    (*state)->front() = '1';
    rocks::Batch batch(row_prefix);
    batch.put(state_key, **state);
    ASSERT_TRUE(store->write(batch));
  }
  open();
  EXPECT_EQ(buffer->position(), "");
  EXPECT_EQ(buffer->waiting(Side::payment), 0u);
}

TEST_F(OnDisk, DamageThatARowShowsIsAFailureAndTheStoreIsSetAside) {
  value = std::string(3'000, 'v');
  for (int i = 0; i < 200; ++i) insert(Side::stock, i, 100 + i);
  ASSERT_TRUE(buffer->apply("here"));
  buffer.reset();
  for (const auto& file : fs::directory_iterator(options.path)) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(file.path()) / 3));
    bytes << std::string(64, '#');
  }
  open();
  ASSERT_EQ(buffer->position(), "here");
  for (int i = 0; i < 200; ++i) (void)join(Side::stock, i);
  ASSERT_TRUE(buffer->failed());
  EXPECT_EQ(buffer->failed()->error_class, ErrorClass::gap);
  EXPECT_FALSE(buffer->apply("there"));
  open();
  EXPECT_EQ(buffer->position(), "");
  EXPECT_EQ(set_aside.load(), 1u);
}

TEST_F(OnDisk, RowsThatHaveLeftGoFromTheDisk) {
  value = std::string(1'000, 'v');
  for (int i = 0; i < 3'000; ++i) insert(Side::stock, i, i, true);
  ASSERT_TRUE(buffer->apply("joined"));
  ASSERT_TRUE(buffer->flush());
  EXPECT_THAT(expire(Side::stock, 2'990), IsEmpty());
  ASSERT_TRUE(buffer->apply("past"));
  ASSERT_TRUE(buffer->flush());
  ASSERT_TRUE(buffer->compact());
  EXPECT_LT(buffer->rows_on_disk(), 100u);
  EXPECT_THAT(join(Side::stock, 2'989), IsEmpty());
  EXPECT_THAT(join(Side::stock, 2'990), ElementsAre(2'990));
}

TEST_F(OnDisk, NoRowGoesBeforeTheBoundThatLetItGoIsKnownToBeInTheFiles) {
  insert(Side::stock, 1, 100, true);
  ASSERT_TRUE(buffer->apply("joined"));
  ASSERT_TRUE(buffer->flush());
  EXPECT_THAT(expire(Side::stock, 200), IsEmpty());
  ASSERT_TRUE(buffer->apply("past"));
  ASSERT_TRUE(buffer->compact());
  EXPECT_EQ(buffer->rows_on_disk(), 1u);
  ASSERT_TRUE(buffer->flush());
  ASSERT_TRUE(buffer->compact());
  EXPECT_EQ(buffer->rows_on_disk(), 0u);
}

TEST_F(OnDisk, NoRowGoesByABoundFromBeforeItsEpoch) {
  insert(Side::stock, 1, 100, true);
  EXPECT_THAT(expire(Side::stock, 200), IsEmpty());
  ASSERT_TRUE(buffer->apply("a short window"));
  ASSERT_TRUE(buffer->flush());
  insert(Side::stock, 2, 150, true);  // the window is longer now
  insert(Side::stock, 3, 160);
  ASSERT_TRUE(buffer->apply("a longer one"));
  ASSERT_TRUE(buffer->compact());  // by the bound of the flush before
  EXPECT_EQ(buffer->rows_on_disk(), 2u);
  open();
  EXPECT_THAT(join(Side::stock, 1), IsEmpty());
  EXPECT_THAT(join(Side::stock, 2), ElementsAre(150));
  EXPECT_THAT(expire(Side::stock, 200), ElementsAre(3));
  ASSERT_FALSE(buffer->failed()) << buffer->failed()->text();
  ASSERT_TRUE(buffer->apply("past"));
  ASSERT_TRUE(buffer->flush());
  ASSERT_TRUE(buffer->compact());
  EXPECT_EQ(buffer->rows_on_disk(), 0u);
}

TEST_F(OnDisk, MarksThatWereForgottenGoAndThoseOfLaterStay) {
  EXPECT_FALSE(repeats(1, 200, 190));
  ASSERT_TRUE(buffer->apply("suppress"));
  ASSERT_TRUE(buffer->flush());
  buffer->forget(Side::payment);
  EXPECT_FALSE(repeats(2, 150, 100)) << "below the old bound, for the window is longer now";
  ASSERT_TRUE(buffer->apply("suppress again"));
  ASSERT_TRUE(buffer->compact());  // by the bound of the flush before
  EXPECT_EQ(buffer->rows_on_disk(), 2u);
  EXPECT_TRUE(repeats(2, 150, 100));
  ASSERT_TRUE(buffer->apply("suppress again"));
  ASSERT_TRUE(buffer->flush());
  ASSERT_TRUE(buffer->compact());
  EXPECT_EQ(buffer->rows_on_disk(), 1u);
  open();
  EXPECT_FALSE(repeats(1, 200, 100));
  EXPECT_TRUE(repeats(2, 150, 100));
}

TEST(StateOnDisk, WithBoundsThatAreOutOfOrderIsNoneOfOurs) {
  DiskState state;
  state.bounds[0].raise(from_millis(100));
  state.bounds[0].admit(from_millis(50));
  const auto bytes = encode(state);
  ASSERT_TRUE(decode_state(bytes));
  EXPECT_EQ(decode_state(bytes)->bounds[0].current(), from_millis(50));
  constexpr std::size_t steps = 1 + 8 + 16, step = 12;  // format, waiting, head of the bounds
  auto swapped = bytes;
  swapped.replace(steps, 2 * step, bytes.substr(steps + step, step) + bytes.substr(steps, step));
  EXPECT_FALSE(decode_state(swapped));
  auto beyond = bytes;
  beyond[steps + step] = 1;  // an epoch of more than 16 bits
  EXPECT_FALSE(decode_state(beyond));
}

}  // namespace
}  // namespace orders::join
