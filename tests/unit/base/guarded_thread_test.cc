#include "base/guarded_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "base/heartbeat.h"

namespace orders {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// What is logged goes to `text` instead; to be read when the thread has ended.
class Log {
 public:
  Log() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { spdlog::set_default_logger(before_); }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream text_;
};

class GuardedThreadTest : public testing::Test {
 protected:
  GuardedThread::Failed note_failure() {
    return [this](const Error& error) { failure_ = error; };
  }
  /// It was not asked to stop: its body has come to its end, or has failed for good.
  static void await_end(GuardedThread& thread) {
    ASSERT_TRUE(thread.ends_within(Milliseconds{30'000}));
    thread.stop();
  }

  Log log_;
  std::atomic<int> lives_ = 0;
  std::optional<Error> failure_;  ///< to be read when the thread has ended
};

TEST_F(GuardedThreadTest, EndsWithItsBody) {
  GuardedThread thread(
      "worker",
      [&](const std::stop_token&) -> Result<> {
        ++lives_;
        return {};
      },
      note_failure());
  await_end(thread);
  EXPECT_EQ(lives_, 1);
  EXPECT_FALSE(failure_);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(GuardedThreadTest, BeginsABodyAnewThatThrowsOrHasABugAndSaysWhy) {
  const auto restarts = thread_restarts();
  GuardedThread thread(
      "worker",
      [&](const std::stop_token&) -> Result<> {
        switch (++lives_) {
          case 1:
            throw std::runtime_error("the index is -1");
          case 2:
            throw 42;
          case 3:
            return fail(ErrorClass::bug, "five changes have four fates");
          default:
            return {};
        }
      },
      note_failure());
  await_end(thread);
  EXPECT_EQ(lives_, 4);
  EXPECT_EQ(thread_restarts(), restarts + 3);
  EXPECT_FALSE(failure_);
  EXPECT_THAT(log_.text(), HasSubstr("thread worker failed and is replaced: the index is -1"));
  EXPECT_THAT(log_.text(), HasSubstr("no std::exception"));
  EXPECT_THAT(log_.text(), HasSubstr("five changes have four fates"));
}

TEST_F(GuardedThreadTest, IsGivenUpWhenItFailsTooOften) {
  GuardedThread thread(
      "worker",
      [&](const std::stop_token&) -> Result<> {
        ++lives_;
        throw std::runtime_error("again");
      },
      note_failure(), {.limit = 2, .within = 10min});
  await_end(thread);
  EXPECT_EQ(lives_, 3);
  ASSERT_TRUE(failure_);
  EXPECT_EQ(failure_->error_class, ErrorClass::bug);
  EXPECT_EQ(failure_->message, "thread worker failed 3 times in PT10M: again");
}

TEST_F(GuardedThreadTest, IsGivenUpAtOnceForWhatAnotherLifeWouldNotMend) {
  GuardedThread thread(
      "worker",
      [&](const std::stop_token&) -> Result<> {
        ++lives_;
        return fail(ErrorClass::fenced, "a twin");
      },
      note_failure());
  await_end(thread);
  EXPECT_EQ(lives_, 1);
  ASSERT_TRUE(failure_);
  EXPECT_EQ(failure_->error_class, ErrorClass::fenced);
  EXPECT_EQ(failure_->message, "a twin");
}

TEST_F(GuardedThreadTest, SaysSoInTheLogWhereNobodyElseIsTold) {
  GuardedThread thread(
      "worker", [&](const std::stop_token&) -> Result<> { throw std::runtime_error("again"); }, {}, {.limit = 0});
  await_end(thread);
  EXPECT_THAT(log_.text(), HasSubstr("again; it is not replaced any more"));
}

TEST_F(GuardedThreadTest, LetsABodyFinishThatFailsWhenItIsToStop) {
  std::promise<void> begun;
  GuardedThread thread(
      "worker",
      [&](const std::stop_token& stop) -> Result<> {
        if (++lives_ > 1) return {};
        begun.set_value();
        while (pause_for(Milliseconds{1'000}, stop)) continue;
        throw std::runtime_error("on its way out");
      },
      note_failure());
  begun.get_future().wait();
  thread.stop();
  EXPECT_EQ(lives_, 2);
  EXPECT_FALSE(failure_);
  thread.stop();  // twice is fine
  EXPECT_FALSE(thread.joinable());
}

TEST_F(GuardedThreadTest, HasAHeartbeatUnderItsName) {
  const auto is_watched = [] {
    const auto all = heartbeat::signs();
    return std::ranges::any_of(all, [](const auto& sign) { return sign.name == "worker"; });
  };
  std::promise<void> begun;
  GuardedThread thread(
      "worker",
      [&](const std::stop_token& stop) -> Result<> {
        begun.set_value();
        while (pause_for(Milliseconds{1'000}, stop)) continue;
        return {};
      },
      note_failure());
  begun.get_future().wait();
  EXPECT_TRUE(is_watched());
  thread.stop();
  EXPECT_FALSE(is_watched());
}

}  // namespace
}  // namespace orders
