#include "base/heartbeat.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/heartbeat_watch.h"

namespace orders::heartbeat {
namespace {

using namespace std::chrono_literals;

Sign sign_of(const std::string& name) {
  const auto all = signs();
  const auto found = std::ranges::find(all, name, &Sign::name);
  return found == all.end() ? Sign{} : *found;
}

TEST(Heartbeat, TellsWhereItsThreadHasCome) {
  const Heartbeat heartbeat("me");
  const auto before = sign_of("me").beats;
  beat("the market");
  const auto sign = sign_of("me");
  EXPECT_EQ(sign.beats, before + 1);
  EXPECT_STREQ(sign.place, "the market");
  EXPECT_EQ(sign.allowed, 0ms);
}

TEST(Heartbeat, IsThatOfItsThreadAlone) {
  const Heartbeat heartbeat("me");
  beat("here");
  const auto before = sign_of("me");
  std::thread([] {
    beat("elsewhere");
    const Heartbeat another("another");
    beat("elsewhere");
    EXPECT_NE(sign_of("another").number, sign_of("me").number);
  }).join();
  EXPECT_EQ(sign_of("me").beats, before.beats);
  EXPECT_STREQ(sign_of("me").place, "here");
  EXPECT_EQ(sign_of("another").number, 0U) << "it has ended";
}

TEST(Heartbeat, MayBeMissing) {
  beat("nowhere");
  const Wait wait("nowhere", 10s);
  EXPECT_TRUE(signs().empty());
}

TEST(Heartbeat, AllowsAWaitItsTimeAndNoMore) {
  const Heartbeat heartbeat("me");
  beat("the loop");
  {
    const Wait outer("the server", 40s);
    EXPECT_EQ(sign_of("me").allowed, 40s);
    {
      const Wait inner("the disk", no_limit);
      EXPECT_EQ(sign_of("me").allowed, no_limit);
      EXPECT_STREQ(sign_of("me").place, "the disk");
    }
    EXPECT_EQ(sign_of("me").allowed, 40s);
    EXPECT_STREQ(sign_of("me").place, "the server");
  }
  EXPECT_EQ(sign_of("me").allowed, 0ms);
  EXPECT_STREQ(sign_of("me").place, "the loop");
}

/// Looks once a second at one thread that has a minute.
class HeartbeatWatch : public testing::Test {
 protected:
  /// After `passed` of the watcher's own time: whether it takes the thread for hung.
  bool hangs_after(std::chrono::seconds passed) {
    bool hangs = false;
    for (; passed > 0s; passed -= 1s) hangs = hangs_at(now_ += 1s);
    return hangs;
  }
  bool hangs_at(Watch::Clock::time_point now) {
    hung_ = watch_.look(std::span(&sign_, 1), now);
    return !hung_.empty();
  }

  Watch watch_{60s, 1s};
  Watch::Clock::time_point now_ = Watch::Clock::time_point{} + 1h;
  Sign sign_{.number = 1, .name = "join-0", .beats = 7, .place = "committing", .allowed = 0ms};
  std::vector<Watch::Hung> hung_;
};

TEST_F(HeartbeatWatch, TakesAThreadThatIsSilentForLongerThanTheLimitForHung) {
  EXPECT_FALSE(hangs_after(61s)) << "the first look begins to count";
  EXPECT_TRUE(hangs_after(1s));
  ASSERT_EQ(hung_.size(), 1U);
  EXPECT_EQ(hung_[0].thread, "join-0");
  EXPECT_EQ(hung_[0].place, "committing");
  EXPECT_EQ(hung_[0].silent, 61s);
}

TEST_F(HeartbeatWatch, KnowsTheLongestSilenceBeyondWhatIsAllowed) {
  EXPECT_EQ(watch_.longest_silence(), 0s);
  (void)hangs_after(31s);
  EXPECT_EQ(watch_.longest_silence(), 30s) << "since the first look";
  sign_.allowed = 20s;
  (void)hangs_after(5s);
  EXPECT_EQ(watch_.longest_silence(), 15s);
  sign_.allowed = no_limit;
  (void)hangs_after(5s);
  EXPECT_EQ(watch_.longest_silence(), 0s);
  sign_.allowed = 0ms;
  ++sign_.beats;
  (void)hangs_after(1s);
  EXPECT_EQ(watch_.longest_silence(), 0s);
}

TEST_F(HeartbeatWatch, BeginsToCountAnewWithEachBeat) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(hangs_after(59s));
    ++sign_.beats;
  }
}

TEST_F(HeartbeatWatch, GivesAWaitTheTimeThatItHasSaid) {
  sign_.allowed = 40s;
  EXPECT_FALSE(hangs_after(101s));
  EXPECT_TRUE(hangs_after(1s));
  sign_.allowed = no_limit;
  EXPECT_FALSE(hangs_after(10'000s));
}

TEST_F(HeartbeatWatch, DoesNotCountTimeInWhichItWasAwayItself) {
  EXPECT_FALSE(hangs_after(30s));
  EXPECT_FALSE(hangs_at(now_ += 1h)) << "stopped, and woken together with the thread";
  EXPECT_FALSE(hangs_after(25s));
  EXPECT_TRUE(hangs_after(10s)) << "what it saw itself still counts";
}

TEST_F(HeartbeatWatch, TakesAnotherThreadOfTheSameNameForAnother) {
  EXPECT_FALSE(hangs_after(50s));
  sign_.number = 2;
  EXPECT_FALSE(hangs_after(50s));
}

}  // namespace
}  // namespace orders::heartbeat
