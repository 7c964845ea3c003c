#include "rocks/store.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "temporary_folder.h"

namespace orders::rocks {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Store open_store(const StoreOptions& options) {
  auto store = Store::open(options);
  if (!store) throw std::runtime_error(store.error().text());
  return std::move(*store);
}

void put(Store& store, std::string_view key, std::string_view value, bool sync = false) {
  Batch batch;
  batch.put(key, value);
  auto written = store.write(batch, sync);
  ASSERT_TRUE(written) << written.error().text();
}

Pairs read_all(Cursor cursor) {
  Pairs found;
  for (; cursor.valid(); cursor.next()) found.emplace_back(cursor.key(), cursor.value());
  EXPECT_TRUE(cursor.status());
  return found;
}

[[noreturn]] void kill_this_process() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

TEST(Store, ReadsBackWhatABatchWroteAndRemoved) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  Batch batch;
  EXPECT_TRUE(batch.empty());
  batch.put("a", "1");
  batch.put("b", std::string("\0\xff", 2));
  batch.put("c", "");
  batch.remove("a");
  EXPECT_GT(batch.bytes(), 4u);
  ASSERT_TRUE(store.write(batch));
  EXPECT_EQ(*store.get("a"), std::nullopt);
  EXPECT_EQ(*store.get("b"), std::string("\0\xff", 2));
  EXPECT_EQ(*store.get("c"), "");
  batch.clear();
  EXPECT_TRUE(batch.empty());
}

TEST(Store, PeeksOnlyAtWhatNeedsNoFile) {
  TemporaryFolder folder;
  const StoreOptions options{.path = folder / "table"};
  const std::optional<std::optional<std::string>> nothing_there(std::in_place);
  {
    auto store = open_store(options);
    put(store, "in a file", "1");
    EXPECT_EQ(store.peek("in a file"), std::optional<std::string>("1")) << "a write buffer is memory";
    EXPECT_EQ(store.peek("nowhere"), nothing_there);
  }
  auto store = open_store(options);
  put(store, "in a buffer", "2");
  EXPECT_EQ(store.peek("in a file"), std::nullopt);
  EXPECT_EQ(store.peek("in a buffer"), std::optional<std::string>("2"));
  ASSERT_EQ(*store.get("in a file"), "1");
  EXPECT_EQ(store.peek("in a file"), std::optional<std::string>("1")) << "it is in the cache now";
}

TEST(Store, ScansAPrefixInKeyOrderFromAnyKeyOn) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  for (const char* key : {"q", "r3", "r1", "r2", "s"}) put(store, key, key);
  EXPECT_EQ(read_all(store.scan("r")), (Pairs{{"r1", "r1"}, {"r2", "r2"}, {"r3", "r3"}}));
  EXPECT_EQ(read_all(store.scan("r", "r2")), (Pairs{{"r2", "r2"}, {"r3", "r3"}}));
  EXPECT_EQ(read_all(store.scan("r", "r4")), Pairs{});
  EXPECT_EQ(read_all(store.scan("x")), Pairs{});
  EXPECT_EQ(read_all(store.scan("")).size(), 5u);
}

TEST(Store, ScansAPrefixOfTheHighestBytes) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  put(store,
      "\xff\xff"
      "a",
      "1");
  put(store, "\xfe", "2");
  EXPECT_EQ(read_all(store.scan("\xff\xff")).size(), 1u);
  EXPECT_EQ(read_all(store.scan("\xfe")).size(), 1u);
}

TEST(Store, ACursorSeesTheMomentItWasMade) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  put(store, "r1", "before");
  auto cursor = store.scan("r");
  put(store, "r1", "after");
  put(store, "r2", "after");
  EXPECT_EQ(read_all(std::move(cursor)), (Pairs{{"r1", "before"}}));
}

TEST(Store, KeepsWhatWasWrittenWhenItIsClosedWithoutAFlush) {
  TemporaryFolder folder;
  {
    auto store = open_store({.path = folder / "table"});
    put(store, "a", "1");
  }
  EXPECT_EQ(*open_store({.path = folder / "table"}).get("a"), "1");
}

// The next three kill a second process that runs the lines inside EXPECT_EXIT.
TEST(StoreDeathTest, WithoutALogIsAsItWasAtTheLastFlushAfterKill9) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  TemporaryFolder folder;
  EXPECT_EXIT(
      {
        auto store = open_store({.path = folder / "table"});
        put(store, "a", "flushed");
        if (!store.flush()) ::exit(1);
        put(store, "a", "not flushed");
        put(store, "b", "not flushed");
        kill_this_process();
      },
      ::testing::KilledBySignal(SIGKILL), "");
  auto store = open_store({.path = folder / "table"});
  EXPECT_EQ(*store.get("a"), "flushed");
  EXPECT_EQ(*store.get("b"), std::nullopt);
}

TEST(StoreDeathTest, WithALogKeepsEveryWriteAfterKill9) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  TemporaryFolder folder;
  StoreOptions options{.path = folder / "database", .write_ahead_log = true};
  EXPECT_EXIT(
      {
        auto store = open_store(options);
        put(store, "a", "1", true);
        put(store, "b", "2");
        kill_this_process();
      },
      ::testing::KilledBySignal(SIGKILL), "");
  auto store = open_store(options);
  EXPECT_EQ(*store.get("a"), "1");
  EXPECT_EQ(*store.get("b"), "2");
}

TEST(StoreDeathTest, ASyncedWriteWithoutALogIsAFlush) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  TemporaryFolder folder;
  EXPECT_EXIT(
      {
        auto store = open_store({.path = folder / "table"});
        put(store, "a", "1", true);
        kill_this_process();
      },
      ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EQ(*open_store({.path = folder / "table"}).get("a"), "1");
}

TEST(Store, CreatesMissingFoldersForOwnerAndGroupOnly) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "state/orders/table"});
  using std::filesystem::perms;
  for (const char* made : {"state", "state/orders", "state/orders/table"}) {
    EXPECT_EQ(std::filesystem::status(folder / made).permissions() & perms::others_all, perms::none) << made;
  }
}

TEST(Store, AReaderSeesWhatWasFlushedWhileTheWriterGoesOn) {
  TemporaryFolder folder;
  auto writer = open_store({.path = folder / "table"});
  put(writer, "a", "flushed");
  ASSERT_TRUE(writer.flush());
  put(writer, "b", "not flushed");
  auto reader = open_store({.path = folder / "table", .read_only = true});
  EXPECT_EQ(*reader.get("a"), "flushed");
  EXPECT_EQ(*reader.get("b"), std::nullopt);
  Batch batch;
  batch.put("c", "3");
  EXPECT_FALSE(reader.write(batch));
}

TEST(Store, AReaderCreatesNothing) {
  TemporaryFolder folder;
  auto reader = Store::open({.path = folder / "table", .read_only = true});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().error_class, ErrorClass::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder / "table"));
}

TEST(Store, ALoadedFileIsNewerThanWhatWasWrittenAndOlderThanWhatIsWrittenLater) {
  TemporaryFolder folder;
  const StoreOptions options{.path = folder / "table"};
  {
    auto store = open_store(options);
    for (const auto* key : {"a", "b", "c"}) put(store, key, "written");
    auto loaded = store.load([](SortedRows& rows) {
      rows.put("a", "loaded");
      rows.remove("b");
      rows.put("d", "loaded");
    });
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(read_all(store.scan({})), (Pairs{{"a", "loaded"}, {"c", "written"}, {"d", "loaded"}}));
    put(store, "d", "later");
    EXPECT_EQ(*store.get("d"), "later");
    store.abandon();
  }
  auto store = open_store(options);
  EXPECT_EQ(read_all(store.scan({})), (Pairs{{"a", "loaded"}, {"c", "written"}, {"d", "loaded"}}))
      << "what was loaded, and all that is older, is on the disk";
}

TEST(Store, LoadsNothingAndWhatDoesNotRiseNotAtAll) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  ASSERT_TRUE(store.load([](SortedRows&) {}));
  auto loaded = store.load([](SortedRows& rows) {
    rows.put("b", "1");
    rows.put("a", "2");
    rows.put("c", "3");
  });
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().error_class, ErrorClass::bug) << loaded.error().text();
  EXPECT_EQ(read_all(store.scan({})), Pairs());
  EXPECT_FALSE(std::filesystem::exists(folder / "table" / "load.dbtmp"));
  put(store, "a", "1");
}

TEST(Store, TakesNoMoreFilesWhileManyWaitToBeRewritten) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  const std::string value(1'000, 'v');
  int files = 0;
  for (; store.may_load() && files < 1'000; ++files) {
    // Each overlaps all others, so that every one must be rewritten.
    ASSERT_TRUE(store.load([&](SortedRows& rows) {
      for (int i = 1'000; i < 2'000; ++i) rows.put("r" + std::to_string(i), value);
    }));
    if (files > 500) break;  // the rewriting keeps up: nothing to see on this machine
  }
  EXPECT_GT(files, 20);
  put(store, "r1000", "still written");
  EXPECT_EQ(*store.get("r1000"), "still written");
}

TEST(Store, StaysWithinItsMemory) {
  TemporaryFolder folder;
  constexpr std::uint64_t memory = 16ull << 20;
  auto store = open_store({.path = folder / "table", .memory = memory, .cache = 4ull << 20});
  std::uint64_t highest = 0;
  std::string value(1000, 'v');
  for (int round = 0; round < 640; ++round) {  // 64 MB in all
    Batch batch;
    for (int i = 0; i < 100; ++i) {
      for (int byte = 0; byte < 64; ++byte) value[static_cast<std::size_t>(byte)] = static_cast<char>(i * byte + round);
      batch.put("r" + std::to_string((round * 7919 + i) % 64000), value);
    }
    ASSERT_TRUE(store.write(batch));
    highest = std::max(highest, store.memory_bytes());
  }
  for (int i = 0; i < 64000; i += 16) ASSERT_TRUE(store.get("r" + std::to_string(i)));
  highest = std::max(highest, store.memory_bytes());
  EXPECT_LT(highest, memory * 5 / 4);
  EXPECT_GT(highest, memory / 8) << "nothing is measured";
  ASSERT_TRUE(store.flush());
  EXPECT_GT(store.disk_bytes(), 1ull << 20);
}

TEST(Store, TellsItsLevelsAndWhatIsNotFlushedYet) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "store"});
  for (int i = 0; i < 100; ++i) put(store, "r" + std::to_string(1'000 + i), std::string(1'000, 'v'));
  const auto before = store.stats();
  EXPECT_GE(before.unflushed_bytes, 100'000u);
  EXPECT_TRUE(before.levels.empty());
  ASSERT_TRUE(store.flush());
  const auto stats = store.stats();
  EXPECT_LT(stats.unflushed_bytes, before.unflushed_bytes);
  EXPECT_EQ(stats.keys, 100u);
  ASSERT_EQ(stats.levels.size(), 1u);
  EXPECT_EQ(stats.levels.front().level, 0);
  EXPECT_EQ(stats.levels.front().files, 1u);
  EXPECT_GT(stats.levels.front().bytes, 100'000u);
  EXPECT_GE(stats.disk_bytes, stats.levels.front().bytes);
  EXPECT_GT(stats.memory_bytes, 0u);
}

}  // namespace
}  // namespace orders::rocks
