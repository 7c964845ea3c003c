#include "base/inbox.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

namespace orders {
namespace {

constexpr Milliseconds long_time{30'000};

TEST(Inbox, IsAnsweredByTheThreadThatServesIt) {
  Wakeup wakeup;
  Inbox<int, std::thread::id> inbox(wakeup);
  auto asked = std::async(std::launch::async, [&] { return inbox.ask(1, long_time); });
  ASSERT_TRUE(wakeup.wait(long_time)) << "who asks wakes the thread";
  inbox.serve([](int) { return std::this_thread::get_id(); });
  EXPECT_EQ(asked.get(), std::this_thread::get_id());
}

TEST(Inbox, GivesEachOfSeveralItsOwnAnswer) {
  Wakeup wakeup;
  Inbox<int, std::string> inbox(wakeup);
  std::vector<std::future<std::optional<std::string>>> asked;
  for (int i = 0; i < 4; ++i)
    asked.push_back(std::async(std::launch::async, [&inbox, i] { return inbox.ask(i, long_time); }));
  int answered = 0;
  while (answered < 4) {
    ASSERT_TRUE(wakeup.wait(long_time));
    inbox.serve([&](int number) { return ++answered, std::to_string(number); });
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(asked[static_cast<std::size_t>(i)].get(), std::to_string(i));
}

TEST(Inbox, WhatNobodyWaitsForAnyMoreIsNotBegun) {
  Wakeup wakeup;
  Inbox<int, int> inbox(wakeup);
  EXPECT_EQ(inbox.ask(1, Milliseconds{1}), std::nullopt);
  int begun = 0;
  inbox.serve([&](int number) { return ++begun, number; });
  EXPECT_EQ(begun, 0);
}

}  // namespace
}  // namespace orders
