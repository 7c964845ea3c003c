#include "catalog/cache.h"

#include <gtest/gtest.h>

namespace orders::catalog {
namespace {

using namespace std::chrono_literals;

const Cache::Clock::time_point begin{1h};

TEST(Cache, RemembersForItsTime) {
  Cache cache(10, 60s);
  EXPECT_FALSE(cache.has("mug", begin));
  cache.remember("mug", begin);
  EXPECT_TRUE(cache.has("mug", begin + 60s - 1ms));
  EXPECT_FALSE(cache.has("mug", begin + 60s));
  EXPECT_FALSE(cache.has("mu", begin));
}

TEST(Cache, CountsTheTimeFromTheLastAnswer) {
  Cache cache(10, 60s);
  cache.remember("mug", begin);
  cache.remember("mug", begin + 50s);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_TRUE(cache.has("mug", begin + 100s));
}

TEST(Cache, ForgetsWhatIsOldestWhenItIsFull) {
  Cache cache(2, 60s);
  cache.remember("mug", begin);
  cache.remember("plate", begin);
  cache.remember("mug", begin + 1s);
  cache.remember("bowl", begin + 2s);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_TRUE(cache.has("mug", begin + 2s));
  EXPECT_TRUE(cache.has("bowl", begin + 2s));
  EXPECT_FALSE(cache.has("plate", begin + 2s));
}

TEST(Cache, KeepsNothingWhoseTimeIsOver) {
  Cache cache(10, 60s);
  cache.remember("mug", begin);
  cache.remember("plate", begin + 30s);
  cache.remember("bowl", begin + 60s);
  EXPECT_EQ(cache.size(), 2u);
}

TEST(Cache, OfNoCodesOrForNoTimeRemembersNothing) {
  Cache no_codes(0, 60s), no_time(10, 0s);
  for (Cache* cache : {&no_codes, &no_time}) {
    cache->remember("mug", begin);
    EXPECT_FALSE(cache->has("mug", begin));
    EXPECT_EQ(cache->size(), 0u);
  }
}

}  // namespace
}  // namespace orders::catalog
