#include "join/key_index.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace orders::join {
namespace {

TEST(KeyIndex, AgreesWithAMapUnderRandomInsertionsAndRemovals) {
  std::mt19937_64 random(7);
  KeyIndex index;
  std::unordered_map<std::int64_t, std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const auto key = static_cast<std::int64_t>(random() % 5'000) - 2'500;
    if (random() % 2 == 0) {
      index.set(key, i);
      expected[key] = i;
    } else {
      index.erase(key);
      expected.erase(key);
    }
    const auto probe = static_cast<std::int64_t>(random() % 5'000) - 2'500;
    const auto at = expected.find(probe);
    ASSERT_EQ(index.find(probe), at == expected.end() ? KeyIndex::none : at->second);
    ASSERT_EQ(index.size(), expected.size());
  }
}

}  // namespace
}  // namespace orders::join
