#include "rocks/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/damage.h"
#include "support/temp_folder.h"

namespace orders::rocks {
namespace {

namespace fs = std::filesystem;
using test::files_like;
using ::testing::HasSubstr;

class Verify : public ::testing::Test {
 protected:
  Store open() {
    auto store = Store::open({.path = path_});
    if (!store) throw std::runtime_error(store.error().text());
    return *std::move(store);
  }
  /// One flushed file, all of whose keys begin with `name`.
  static void add_file(Store& store, const std::string& name) {
    Batch batch;
    for (int i = 0; i < 500; ++i) batch.put(name + std::to_string(i), std::string(300, 'v'));
    ASSERT_TRUE(store.write(batch, true));
  }
  void make_store() {
    auto store = open();
    add_file(store, "a");
    add_file(store, "b");
  }
  Damages damages() {
    auto verified = verify({.path = path_});
    if (!verified) throw std::runtime_error(verified.error().text());
    return std::move(verified->damages);
  }

  test::TempFolder folder_{"verify"};
  const fs::path path_ = folder_ / "table";
};

TEST_F(Verify, FindsNothingInASoundStoreAndGivesItForReading) {
  make_store();
  const auto verified = verify({.path = path_});
  ASSERT_TRUE(verified) << verified.error().text();
  EXPECT_TRUE(verified->damages.empty());
  ASSERT_TRUE(verified->store);
  EXPECT_EQ(*verified->store->get("a7"), std::string(300, 'v'));
}

TEST_F(Verify, ReadsBesideAWriterWhatThatHasFlushed) {
  auto writer = open();
  add_file(writer, "a");
  Batch batch;
  batch.put("later", "not flushed");
  ASSERT_TRUE(writer.write(batch));
  const auto verified = verify({.path = path_});
  ASSERT_TRUE(verified) << verified.error().text();
  EXPECT_TRUE(verified->damages.empty());
  EXPECT_EQ(*verified->store->get("later"), std::nullopt);
  add_file(writer, "b");
  EXPECT_TRUE(writer.compact()) << "the reader holds up nothing";
  EXPECT_EQ(*verified->store->get("a7"), std::string(300, 'v')) << "though the files that it reads are deleted";
}

TEST_F(Verify, NamesEveryFileWithABlockOfAnotherChecksum) {
  make_store();
  ASSERT_EQ(test::flip_bits_of_rows(path_, 30), 2u);
  const auto found = damages();
  ASSERT_EQ(found.count(), 2u);
  for (const auto& damage : found.found) {
    EXPECT_TRUE(fs::exists(path_ / damage.where)) << damage.where;
    EXPECT_THAT(damage.what, HasSubstr("checksum"));
  }
}

TEST_F(Verify, FindsFilesThatAreShortOrMissing) {
  make_store();
  const auto file = files_like(path_, ".sst").front();
  fs::resize_file(file, fs::file_size(file) / 2);
  EXPECT_THAT(damages().found.front().what, HasSubstr(file.stem().string()));
  fs::remove(file);
  EXPECT_THAT(damages().found.front().what, HasSubstr(file.stem().string()));
}

TEST_F(Verify, FindsACurrentOrAManifestThatCantBeReadAndWritesNothing) {
  make_store();
  fs::copy(path_, folder_ / "sound");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"CURRENT", "################"}, {"CURRENT", "MANIFEST-999999\n"}, {"MANIFEST-", ""}};
  for (const auto& [name, content] : cases) {
    SCOPED_TRACE(name + " " + content);
    fs::remove_all(path_);
    fs::copy(folder_ / "sound", path_);
    for (const auto& file : files_like(path_, name)) std::ofstream(file, std::ios::trunc) << content;
    const auto files = files_like(path_, "").size();
    const auto verified = verify({.path = path_});
    ASSERT_TRUE(verified) << verified.error().text();
    EXPECT_EQ(verified->damages.count(), 1u);
    EXPECT_FALSE(verified->store);
    EXPECT_EQ(files_like(path_, "").size(), files);
  }
}

TEST_F(Verify, RowsWithoutACurrentAreDamage) {
  make_store();
  fs::remove(path_ / "CURRENT");
  const auto found = damages();
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.found.front().where, "CURRENT");
}

TEST_F(Verify, NoStoreIsNotFoundAndNoneIsMade) {
  for (const bool empty : {false, true}) {
    if (empty) fs::create_directories(path_);
    const auto verified = verify({.path = path_});
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().error_class, ErrorClass::not_found);
    EXPECT_EQ(fs::exists(path_), empty);
  }
}

TEST(Damages, AreListedUpToALimitAndCountedBeyond) {
  Damages damages;
  for (int i = 0; i < 50; ++i) damages.add("row", std::to_string(i));
  EXPECT_EQ(damages.found.size(), Damages::most);
  EXPECT_EQ(damages.count(), 50u);
}

}  // namespace
}  // namespace orders::rocks
