#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/file.h"
#include "disk_fault.h"
#include "rocks/store.h"
#include "temporary_folder.h"

namespace orders::rocks {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

Store open_store(const StoreOptions& options) {
  auto store = Store::open(options);
  if (!store) throw std::runtime_error(store.error().text());
  return std::move(*store);
}

Result<> put(Store& store, std::string_view key, std::string_view value, bool sync = false) {
  Batch batch;
  batch.put(key, value);
  return store.write(batch, sync);
}

/// A closed store with one flushed file.
void make_store(const fs::path& path) {
  auto store = open_store({.path = path});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(put(store, "r" + std::to_string(i), std::string(300, 'v')));
  ASSERT_TRUE(store.flush());
}

fs::path file_like(const fs::path& folder, std::string_view part) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().find(part) != std::string::npos) return entry.path();
  }
  throw std::runtime_error("no such file");
}

void overwrite(const fs::path& path, std::size_t offset, std::size_t size) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file << std::string(size, '#');
}

ErrorClass class_of_open(const fs::path& path) {
  auto store = Store::open({.path = path});
  return store ? ErrorClass::bug : store.error().error_class;
}

TEST(StoreFailure, DamagedRowsAreAGap) {
  TemporaryFolder folder;
  make_store(folder / "table");
  overwrite(file_like(folder / "table", ".sst"), 100, 200);
  auto store = open_store({.path = folder / "table"});
  auto row = store.get("r0");
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().error_class, ErrorClass::gap) << row.error().text();
  auto cursor = store.scan("r");
  while (cursor.valid()) cursor.next();
  ASSERT_FALSE(cursor.status());
  EXPECT_EQ(cursor.status().error().error_class, ErrorClass::gap);
}

TEST(StoreFailure, ADamagedManifestIsAGap) {
  TemporaryFolder folder;
  make_store(folder / "table");
  overwrite(file_like(folder / "table", "MANIFEST"), 10, 60);
  EXPECT_EQ(class_of_open(folder / "table"), ErrorClass::gap);
}

TEST(StoreFailure, AGarbledCurrentIsAGap) {
  for (const std::string content : {"", "################", "MANIFEST-999999\n", "\n"}) {
    SCOPED_TRACE(content);
    TemporaryFolder folder;
    make_store(folder / "table");
    std::ofstream(folder / "table/CURRENT", std::ios::trunc) << content;
    EXPECT_EQ(class_of_open(folder / "table"), ErrorClass::gap);
    EXPECT_NO_THROW(file_like(folder / "table", ".sst")) << "the rows stay, for whoever looks";
  }
}

/// Cut anywhere, the manifest is damaged, or that of an earlier moment: then rows and position are those of one flush.
TEST(StoreFailure, ATruncatedManifestIsAGapOrAnEarlierFlush) {
  TemporaryFolder folder;
  {
    auto store = open_store({.path = folder / "table"});
    for (const std::string moment : {"1", "2", "3"}) {
      ASSERT_TRUE(put(store, "row" + moment, "v"));
      ASSERT_TRUE(put(store, "position", moment));
      ASSERT_TRUE(store.flush());
    }
  }
  const auto size = fs::file_size(file_like(folder / "table", "MANIFEST"));
  int gaps = 0;
  for (std::uintmax_t cut = 0; cut < size; cut += 1 + size / 40) {
    SCOPED_TRACE(cut);
    fs::remove_all(folder / "copy");
    fs::copy(folder / "table", folder / "copy");
    fs::resize_file(file_like(folder / "copy", "MANIFEST"), cut);
    auto store = Store::open({.path = folder / "copy"});
    if (!store) {
      EXPECT_EQ(store.error().error_class, ErrorClass::gap) << store.error().text();
      ++gaps;
      continue;
    }
    const auto position = *store->get("position");
    for (const std::string moment : {"1", "2", "3"}) {
      const auto row = *store->get("row" + moment);
      EXPECT_EQ(row.has_value(), position && moment <= *position) << moment;
    }
  }
  EXPECT_GT(gaps, 0);
}

TEST(StoreFailure, AMissingFileIsAGap) {
  TemporaryFolder folder;
  make_store(folder / "table");
  fs::remove(file_like(folder / "table", ".sst"));
  EXPECT_EQ(class_of_open(folder / "table"), ErrorClass::gap);
}

TEST(StoreFailure, RowsWithoutACurrentAreAGapAndStay) {
  TemporaryFolder folder;
  make_store(folder / "table");
  fs::remove(folder / "table/CURRENT");
  EXPECT_EQ(class_of_open(folder / "table"), ErrorClass::gap);
  EXPECT_NO_THROW(file_like(folder / "table", ".sst"));
}

TEST(StoreFailure, AFolderOfSomethingElseIsAGap) {
  TemporaryFolder folder;
  fs::create_directories(folder / "table");
  std::ofstream(folder / "table/letter.txt") << "dear reader";
  EXPECT_EQ(class_of_open(folder / "table"), ErrorClass::gap);
}

TEST(StoreFailure, AFirstStartThatWasCutOffIsTakenUp) {
  TemporaryFolder folder;
  fs::create_directories(folder / "table");
  std::ofstream(folder / "table/LOCK");
  std::ofstream(folder / "table/MANIFEST-000001") << "half";
  std::ofstream(folder / "table/000001.dbtmp") << "half";
  EXPECT_TRUE(Store::open({.path = folder / "table"}));
}

TEST(StoreFailure, ASecondStoreOfThisProcessIsRefused) {
  TemporaryFolder folder;
  auto first = open_store({.path = folder / "table"});
  EXPECT_EQ(class_of_open(folder / "table"), ErrorClass::refused);
}

TEST(StoreFailure, AStoreThatAnotherProcessHoldsIsRefusedAndNamed) {
  TemporaryFolder folder;
  make_store(folder / "table");
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready) + ::pipe(done), 0);
  auto lock = (folder / "table/LOCK").string();
  auto child = ::fork();
  if (child == 0) {  // only system calls here: the parent has threads
    int fd = ::open(lock.c_str(), O_RDWR);
    struct ::flock whole {};
    whole.l_type = F_WRLCK;
    char byte = ::fcntl(fd, F_SETLK, &whole) == 0 ? '1' : '0';
    (void)!::write(ready[1], &byte, 1);
    ::close(done[1]);
    (void)!::read(done[0], &byte, 1);
    ::_exit(0);
  }
  char held = 0;
  ASSERT_EQ(::read(ready[0], &held, 1), 1);
  ASSERT_EQ(held, '1');
  auto store = Store::open({.path = folder / "table"});
  for (int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
  ::waitpid(child, nullptr, 0);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().error_class, ErrorClass::refused) << store.error().text();
  EXPECT_THAT(store.error().text(), HasSubstr((folder / "table").string()));
  EXPECT_THAT(store.error().hint, HasSubstr("another process"));
}

TEST(StoreFailure, AFolderThatCannotBeMadeIsWaitedFor) {
  EXPECT_EQ(class_of_open("/proc/ordersd/table"), ErrorClass::wait);
}

TEST(StoreFailure, AFileInTheWayIsInvalid) {
  TemporaryFolder folder;
  std::ofstream(folder / "state") << "a file";
  EXPECT_EQ(class_of_open(folder / "state/table"), ErrorClass::invalid);
}

/// Writes until the store takes it, as its users do; with a log, write() opens it anew by itself.
TEST(StoreFailure, WithALogAFullDiskIsWaitedForAndNothingWrittenIsLost) {
  for (int error : {ENOSPC, EIO, EROFS}) {
    SCOPED_TRACE(error);
    TemporaryFolder folder;
    StoreOptions options{.path = folder / "database", .write_ahead_log = true};
    {
      auto store = open_store(options);
      ASSERT_TRUE(put(store, "a", "before"));
      {
        DiskFault fault(options.path, error);
        auto before = disk_faults();
        for (int i = 0; i < 3; ++i) {
          auto written = put(store, "b", "while full", true);
          ASSERT_FALSE(written);
          EXPECT_EQ(written.error().error_class, ErrorClass::wait) << written.error().text();
          EXPECT_EQ(*store.get("a"), "before");
        }
        EXPECT_GT(disk_faults(), before);
      }
      auto after = put(store, "c", "after");
      ASSERT_TRUE(after) << after.error().text();
      EXPECT_EQ(*store.get("a"), "before");
      EXPECT_EQ(*store.get("c"), "after");
    }
    auto store = open_store(options);
    EXPECT_EQ(*store.get("a"), "before");
    EXPECT_EQ(*store.get("c"), "after");
  }
}

TEST(StoreFailure, WithALogItRecoversWithoutAWrite) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "database", .write_ahead_log = true});
  ASSERT_TRUE(put(store, "a", "before"));
  EXPECT_TRUE(store.recover()) << "nothing is wrong";
  {
    DiskFault fault(folder / "database", ENOSPC);
    ASSERT_FALSE(put(store, "b", "while full", true));
    const auto recovered = store.recover();
    ASSERT_FALSE(recovered);
    EXPECT_EQ(recovered.error().error_class, ErrorClass::wait) << recovered.error().text();
    EXPECT_EQ(*store.get("a"), "before");
  }
  ASSERT_TRUE(store.recover());
  EXPECT_EQ(*store.get("a"), "before");
}

TEST(StoreFailure, WithoutALogAStoreOpenedAnewIsAsItWasAtItsFlush) {
  for (int error : {ENOSPC, EIO, EROFS}) {
    SCOPED_TRACE(error);
    TemporaryFolder folder;
    StoreOptions options{.path = folder / "table"};
    {
      auto store = open_store(options);
      ASSERT_TRUE(put(store, "a", "flushed", true));
      ASSERT_TRUE(put(store, "b", "in memory"));
      {
        DiskFault fault(options.path, error);
        auto flushed = store.flush();
        ASSERT_FALSE(flushed);
        EXPECT_EQ(flushed.error().error_class, ErrorClass::wait) << flushed.error().text();
        auto written = put(store, "c", "1");
        ASSERT_FALSE(written) << "a write after a failed flush must not be taken";
        EXPECT_EQ(written.error().text(), flushed.error().text());
        EXPECT_THAT(written.error().hint, HasSubstr(error == ENOSPC  ? "free some space"
                                                    : error == EROFS ? "must be writable"
                                                                     : ""));
        auto reopened = store.reopen();
        ASSERT_FALSE(reopened);
        EXPECT_EQ(reopened.error().error_class, ErrorClass::wait) << reopened.error().text();
        EXPECT_EQ(*store.get("b"), "in memory") << "reads go on";
      }
      EXPECT_FALSE(put(store, "c", "1")) << "what was in memory is not safe: the user must look at its position first";
      auto reopened = store.reopen();
      ASSERT_TRUE(reopened) << reopened.error().text();
      EXPECT_EQ(*store.get("a"), "flushed");
      EXPECT_EQ(*store.get("b"), std::nullopt);
      ASSERT_TRUE(put(store, "d", "after", true));
    }
    auto store = open_store(options);
    EXPECT_EQ(*store.get("a"), "flushed");
    EXPECT_EQ(*store.get("b"), std::nullopt);
    EXPECT_EQ(*store.get("d"), "after");
  }
}

TEST(StoreFailure, AFileThatCannotBeLoadedLeavesTheStoreAsItWas) {
  for (int error : {ENOSPC, EIO, EROFS}) {
    SCOPED_TRACE(error);
    TemporaryFolder folder;
    auto store = open_store({.path = folder / "table"});
    ASSERT_TRUE(put(store, "a", "before"));
    const auto load = [&] {
      return store.load([](SortedRows& rows) {
        for (int i = 10'000; i < 12'000; ++i) rows.put("a" + std::to_string(i), std::string(1'000, 'v'));
      });
    };
    {
      DiskFault fault(folder / "table", error);
      const auto loaded = load();
      ASSERT_FALSE(loaded);
      EXPECT_EQ(loaded.error().error_class, ErrorClass::wait) << loaded.error().text();
      EXPECT_EQ(*store.get("a"), "before");
      EXPECT_EQ(*store.get("a10000"), std::nullopt);
      EXPECT_FALSE(fs::exists(folder / "table" / "load.dbtmp"));
    }
    auto loaded = load();
    if (!loaded) {  // what the file overlaps must be written out first, and that may have been met by the fault
      ASSERT_TRUE(store.reopen());
      loaded = load();
    }
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_NE(*store.get("a11999"), std::nullopt);
  }
}

TEST(StoreFailure, AFlushInTheBackgroundThatFailsStopsTheWrites) {
  TemporaryFolder folder;
  StoreOptions options{.path = folder / "table", .memory = 4ull << 20, .cache = 1ull << 20};
  auto store = open_store(options);
  DiskFault full(options.path, ENOSPC);
  Result<> written;
  int i = 0;
  for (; written && i < 100'000; ++i) written = put(store, "r" + std::to_string(i), std::string(1000, 'v'));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().error_class, ErrorClass::wait) << written.error().text();
  EXPECT_LT(i, 10'000) << "more than twice the memory was taken before it showed";
}

TEST(StoreFailure, IsNotOpenedAnewUnderACursor) {
  TemporaryFolder folder;
  auto store = open_store({.path = folder / "table"});
  ASSERT_TRUE(put(store, "r1", "1", true));
  {
    auto cursor = store.scan("r");
    auto reopened = store.reopen();
    ASSERT_FALSE(reopened);
    EXPECT_EQ(reopened.error().error_class, ErrorClass::wait);
    EXPECT_TRUE(cursor.valid());
  }
  EXPECT_TRUE(store.reopen());
  EXPECT_EQ(*store.get("r1"), "1");
}

TEST(Quarantine, MovesTheFolderBesideItselfWithTheReason) {
  TemporaryFolder folder;
  make_store(folder / "table");
  auto moved = quarantine(folder / "table", "block checksum mismatch");
  ASSERT_TRUE(moved) << moved.error().text();
  EXPECT_FALSE(fs::exists(folder / "table"));
  EXPECT_THAT(moved->string(), ::testing::StartsWith((folder / "table.corrupt-2").string()));
  EXPECT_EQ(*read_file(*moved / "WHY"), "block checksum mismatch\n");
  EXPECT_TRUE(Store::open({.path = *moved, .read_only = true}));

  make_store(folder / "table");  // within the same second
  auto second = quarantine(folder / "table", "again");
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *moved);
}

TEST(Quarantine, OfNothingIsNotFound) {
  TemporaryFolder folder;
  auto moved = quarantine(folder / "table", "gone");
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().error_class, ErrorClass::not_found);
}

}  // namespace
}  // namespace orders::rocks
