#include "base/new_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
#include "base/file.h"

namespace orders {
namespace {

using test::TempFolder;
using testing::HasSubstr;

TEST(NewFile, IsThereOnceItIsWhole) {
  const TempFolder folder("new");
  const auto path = folder / "a";
  auto file = NewFile::create(path).value();
  ASSERT_TRUE(file.write("one\n"));
  ASSERT_TRUE(file.write("two\n"));
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(file.commit());
  EXPECT_EQ(read_file(path).value(), "one\ntwo\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.part"));
}

TEST(NewFile, LeavesNothingWithoutCommitAndTheOldOneAsItWas) {
  const TempFolder folder("new");
  ASSERT_TRUE(write_file_atomically(folder / "a", "old"));
  {
    auto file = NewFile::create(folder / "a").value();
    ASSERT_TRUE(file.write("new"));
  }
  EXPECT_EQ(read_file(folder / "a").value(), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.part"));
}

TEST(NewFile, BeginsAnewWhereAKilledProcessLeftItsPart) {
  const TempFolder folder("new");
  ASSERT_TRUE(write_file_atomically(folder / "a.part", "half of something long"));
  auto file = NewFile::create(folder / "a").value();
  ASSERT_TRUE(file.write("whole"));
  ASSERT_TRUE(file.commit());
  EXPECT_EQ(read_file(folder / "a").value(), "whole");
}

TEST(NewFile, IsWrittenByOneAtATime) {
  const TempFolder folder("new");
  auto file = NewFile::create(folder / "a").value();
  const auto second = NewFile::create(folder / "a");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error_class, ErrorClass::refused);
  ASSERT_TRUE(file.write("mine"));
  ASSERT_TRUE(file.commit());
  EXPECT_EQ(read_file(folder / "a").value(), "mine");
}

TEST(NewFile, SaysWhereItCantBeWritten) {
  const TempFolder folder("new");
  const auto file = NewFile::create(folder / "missing/a");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("missing/a.part: No such file or directory"));
}

}  // namespace
}  // namespace orders
