#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>

#include "base/wakeup.h"

namespace orders {
namespace {

using Clock = std::chrono::steady_clock;

TEST(Wakeup, ReturnsFalseAfterItsTimeout) {
  Wakeup wakeup;
  const auto begin = Clock::now();
  EXPECT_FALSE(wakeup.wait(Milliseconds{30}));
  EXPECT_GE(Clock::now() - begin, Milliseconds{30});
  EXPECT_FALSE(wakeup.wait(Milliseconds{0}));
  EXPECT_FALSE(wakeup.wait(Milliseconds{-5}));
}

TEST(Wakeup, RemembersANotificationOnceHoweverManyThereWere) {
  Wakeup wakeup;
  wakeup.notify();
  wakeup.notify();
  EXPECT_TRUE(wakeup.wait(Milliseconds{0}));
  EXPECT_FALSE(wakeup.wait(Milliseconds{0}));
}

TEST(Wakeup, WakesAnotherThreadThatWaitsAsLongAsItCan) {
  Wakeup wakeup;
  std::thread other([&] { wakeup.notify(); });
  EXPECT_TRUE(wakeup.wait(Milliseconds::max()));
  other.join();
}

TEST(Wakeup, IsWokenByLibrariesThatWriteToItsDescriptor) {
  Wakeup wakeup;
  const std::uint64_t one = 1;
  ASSERT_EQ(write(wakeup.fd(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  EXPECT_TRUE(wakeup.wait(Milliseconds{0}));
}

TEST(Wakeup, LeavesErrnoAloneBecauseSignalHandlersCallIt) {
  Wakeup wakeup;
  const std::uint64_t full = ~0ull - 1;
  ASSERT_EQ(write(wakeup.fd(), &full, sizeof full), static_cast<ssize_t>(sizeof full));
  errno = EINTR;
  wakeup.notify();  // EAGAIN inside
  EXPECT_EQ(errno, EINTR);
  EXPECT_TRUE(wakeup.wait(Milliseconds{0}));
}

std::atomic<int> signals{0};

TEST(Wakeup, WaitsOnAfterASignal) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer keeps a signal back until the thread has waited to the end";
#endif
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { ++signals; };  // without SA_RESTART
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  Wakeup wakeup;
  Wakeup answered;
  std::atomic<bool> result{false};
  std::thread waiter([&] {
    result = wakeup.wait(Milliseconds{60'000});
    answered.notify();
  });
  for (int i = 0; i < 20; ++i) {  // at least one of them comes while it polls
    const int handled = signals;
    ASSERT_EQ(pthread_kill(waiter.native_handle(), SIGUSR1), 0);
    while (signals == handled) std::this_thread::yield();
    if (answered.wait(Milliseconds{2})) {
      ADD_FAILURE() << "the wait ended with a signal";
      break;
    }
  }
  wakeup.notify();
  waiter.join();
  EXPECT_TRUE(result);
  sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace orders
