// Values through shell commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "dlq/edit.h"

namespace orders::dlq {
namespace {

using testing::HasSubstr;

class Edited : public testing::Test {
 protected:
  Edited() { std::signal(SIGPIPE, SIG_IGN); }
  static std::string value(const std::string& command, std::string_view value) {
    auto result = edited(command, value, Milliseconds{30'000});
    return result ? *result : "failed: " + result.error().message;
  }
};

TEST_F(Edited, IsWhatTheCommandWrites) {
  EXPECT_EQ(value("sed s/MAYBE/ACCEPT/", "MAYBE"), "ACCEPT");
  EXPECT_EQ(value("cat", "two\nlines"), "two\nlines");
}

TEST_F(Edited, LosesALineEndOnlyIfItHadNone) {
  EXPECT_EQ(value("sed p", "one"), "one\none");
  EXPECT_EQ(value("echo new", "old"), "new");
  EXPECT_EQ(value("cat", "one\n"), "one\n");
}

TEST_F(Edited, MayBeLargerThanAPipe) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(value("cat", large), large);
  EXPECT_EQ(value("head -c 5", large), "xxxxx") << "it need not read everything";
}

TEST_F(Edited, FailsAsTheCommandDoes) {
  EXPECT_EQ(value("cat; exit 3", "x"), "failed: exit code 3");
  EXPECT_EQ(value("kill -9 $$", "x"), "failed: ended by signal 9");
  EXPECT_EQ(value("true", "x"), "failed: it wrote nothing");
  EXPECT_EQ(value("no-such-command-here 2>&1 >/dev/null; exit $?", "x"), "failed: exit code 127");
}

TEST_F(Edited, IsNotWaitedForForEver) {
  const auto result = edited("sleep 600 | cat", "x", Milliseconds{100});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error_class, ErrorClass::record);
  EXPECT_THAT(result.error().message, HasSubstr("not done after"));
}

}  // namespace
}  // namespace orders::dlq
