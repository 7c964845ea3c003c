#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/temp_folder.h"
#include "base/file.h"

namespace orders {
namespace {

using test::TempFolder;
using testing::HasSubstr;

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(File, IsWrittenWholeAndReadWhole) {
  const TempFolder folder("file");
  std::string content(100'000, 'x');
  content += std::string("\0\r\n\xff", 4);
  ASSERT_TRUE(write_file_atomically(folder / "a", content));
  EXPECT_EQ(read_file(folder / "a").value(), content);
  ASSERT_TRUE(write_file_atomically(folder / "a", ""));
  EXPECT_EQ(read_file(folder / "a").value(), "");
  EXPECT_EQ(entries(folder.path()), 1u);  // no temporary file is left
}

TEST(File, InTheCurrentFolderNeedsNoPath) {
  const TempFolder folder("file");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto written = write_file_atomically("a", "1");
  std::filesystem::current_path(before);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(read_file(folder / "a").value(), "1");
}

TEST(File, ThatIsMissingIsNotFound) {
  const TempFolder folder("file");
  const auto content = read_file(folder / "a");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().error_class, ErrorClass::not_found);
  EXPECT_EQ(content.error().message, "can't read " + (folder / "a").string() + ": No such file or directory");
}

TEST(File, ThatIsAFolderIsAnErrorAndNotEmpty) {
  const TempFolder folder("file");
  const auto content = read_file(folder.path());
  ASSERT_FALSE(content);
  EXPECT_THAT(content.error().message, HasSubstr("Is a directory"));
}

TEST(File, ThatCannotBeReplacedStaysAsItWas) {
  const TempFolder folder("file");
  EXPECT_FALSE(write_file_atomically(folder / "missing" / "a", "1"));
  std::filesystem::create_directory(folder / "taken");
  const auto written = write_file_atomically(folder / "taken", "1");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().error_class, ErrorClass::wait);
  EXPECT_TRUE(std::filesystem::is_directory(folder / "taken"));
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(File, OnAFullDiskIsAnError) {
  const TempFolder folder("file");
  // The temporary file is a link to a device that is always full.
  std::filesystem::create_symlink("/dev/full", folder / "a.tmp");
  ASSERT_TRUE(write_file_atomically(folder / "b", "old"));
  const auto written = write_file_atomically(folder / "a", "new");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("No space left on device"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

void expect_private(mode_t mode, bool expected) {
  const TempFolder folder("file");
  const auto secret = folder / "secret";
  ASSERT_TRUE(write_file_atomically(secret, "s3cr3t"));
  ASSERT_EQ(chmod(secret.c_str(), mode), 0);
  const auto checked = check_private(secret);
  EXPECT_EQ(checked.has_value(), expected) << std::oct << mode;
  if (checked) return;
  EXPECT_EQ(checked.error().error_class, ErrorClass::invalid);
  EXPECT_EQ(checked.error().hint, "chmod o= " + secret.string());
}

TEST(File, WithASecretIsForItsOwnerAndGroupOnly) {
  for (const mode_t mode : {0400u, 0600u, 0440u, 0640u}) expect_private(mode, true);
  for (const mode_t mode : {0644u, 0604u, 0602u, 0601u, 0444u}) expect_private(mode, false);
}

TEST(File, WithASecretIsJudgedByWhatALinkPointsTo) {
  const TempFolder folder("file");
  ASSERT_TRUE(write_file_atomically(folder / "secret", "s3cr3t"));
  ASSERT_EQ(chmod((folder / "secret").c_str(), 0644), 0);
  std::filesystem::create_symlink(folder / "secret", folder / "link");
  const auto checked = check_private(folder / "link");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message,
            (folder / "link").string() + " holds a secret, and its mode 0644 lets every user of the machine at it");
}

TEST(File, WithASecretThatIsMissingIsNotFound) {
  const TempFolder folder("file");
  const auto checked = check_private(folder / "secret");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().error_class, ErrorClass::not_found);
}

TEST(FileLock, IsRefusedWhileAnotherHoldsItAndFreeAfterwards) {
  const TempFolder folder("lock");
  {
    auto held = FileLock::acquire(folder / "lock");
    ASSERT_TRUE(held);
    const FileLock moved = std::move(*held);
    const auto second = FileLock::acquire(folder / "lock");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().error_class, ErrorClass::refused);
    EXPECT_EQ(second.error().message, (folder / "lock").string() + " is locked by another process");
  }
  EXPECT_TRUE(FileLock::acquire(folder / "lock"));
  EXPECT_TRUE(std::filesystem::exists(folder / "lock"));
}

TEST(FileLock, IsFreeWhenItsProcessIsKilled) {
  const TempFolder folder("lock");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = FileLock::acquire(folder / "lock");
    const char held_it = held ? '1' : '0';
    static_cast<void>(!write(ready[1], &held_it, 1));
    for (;;) pause();
  }
  char held = 0;
  ASSERT_EQ(read(ready[0], &held, 1), 1);
  EXPECT_EQ(held, '1');
  EXPECT_FALSE(FileLock::acquire(folder / "lock"));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(FileLock::acquire(folder / "lock"));
  close(ready[0]);
  close(ready[1]);
}

TEST(FileLock, InAFolderThatIsMissingIsAnError) {
  const TempFolder folder("lock");
  const auto lock = FileLock::acquire(folder / "missing" / "lock");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().error_class, ErrorClass::wait);
}

}  // namespace
}  // namespace orders
