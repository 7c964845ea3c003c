#include "base/failpoint.h"

#include <gtest/gtest.h>

#ifndef ORDERS_FAILPOINTS
#error "the tests are built with ORDERS_FAILPOINTS: see CMakePresets.json"
#endif

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace orders {
namespace {

class Failpoint : public testing::Test {
 protected:
  ~Failpoint() override { EXPECT_TRUE(failpoint::arm("")); }

  static Result<int> step() {
    Result<int> result = 7;
    ORDERS_FAILPOINT_RESULT("step.after", result);
    return result;
  }
};

TEST_F(Failpoint, DoesNothingUnlessArmed) {
  EXPECT_FALSE(failpoint::armed);
  EXPECT_EQ(step(), 7);
  ASSERT_TRUE(failpoint::arm("other=kill"));
  EXPECT_TRUE(failpoint::armed);
  EXPECT_EQ(step(), 7);
  ASSERT_TRUE(failpoint::arm(""));
  EXPECT_FALSE(failpoint::armed);
}

TEST_F(Failpoint, FailsOnceAtThePassageAsked) {
  ASSERT_TRUE(failpoint::arm("step.after=abort@3"));
  EXPECT_TRUE(step());
  EXPECT_TRUE(step());
  const auto third = step();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().error_class, ErrorClass::abort);
  EXPECT_EQ(third.error().message, "failpoint step.after");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(step());
}

TEST_F(Failpoint, MayBeArmedForSeveralPassagesAndBesideOthers) {
  ASSERT_TRUE(failpoint::arm("step.after=wait;another=stop@9;step.after=recreate@2;"));
  EXPECT_EQ(step().error().error_class, ErrorClass::wait);
  EXPECT_EQ(step().error().error_class, ErrorClass::recreate);
  EXPECT_TRUE(step());
}

TEST_F(Failpoint, KillsTheProcessAndSaysSoFirst) {
  EXPECT_EXIT(
      {
        (void)failpoint::arm("here=kill@2");
        ORDERS_FAILPOINT("here");
        std::fputs("once\n", stderr);
        ORDERS_FAILPOINT("here");
        std::fputs("twice\n", stderr);
        std::exit(0);
      },
      testing::KilledBySignal(SIGKILL), "^once\nfailpoint here: kill\n$");
}

TEST_F(Failpoint, StopsTheProcessUntilItIsToGoOn) {
  const pid_t child = ::fork();
  if (child == 0) {
    (void)failpoint::arm("here=stop");
    ORDERS_FAILPOINT("here");
    ::_exit(5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  EXPECT_TRUE(WIFSTOPPED(status));
  ::kill(child, SIGCONT);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST_F(Failpoint, ThrowsOnceOrAtEveryPassage) {
  ASSERT_TRUE(failpoint::arm("step.after=throw@2"));
  EXPECT_EQ(step(), 7);
  try {
    (void)step();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "failpoint step.after");
  }
  EXPECT_EQ(step(), 7);
  ASSERT_TRUE(failpoint::arm("step.after=throw@*"));
  for (int i = 0; i < 3; ++i) EXPECT_THROW((void)step(), std::runtime_error);
}

TEST_F(Failpoint, RefusesWhatItDoesNotUnderstand) {
  for (const char* text : {"name", "=kill", "name=", "name=die", "name=kill@", "name=kill@0", "name=kill@x",
                           "name=kill@2x", "a=kill;b", "name=kill@-1", "name=kill@**"}) {
    const auto armed = failpoint::arm(text);
    ASSERT_FALSE(armed) << text;
    EXPECT_EQ(armed.error().error_class, ErrorClass::invalid);
    EXPECT_NE(armed.error().message.find("ORDERSD_FAILPOINT"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace orders
