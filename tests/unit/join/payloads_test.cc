#include "join/payloads.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace orders::join {
namespace {

using Place = Payloads::Place;

Place add(Payloads& payloads, const std::string& text) {
  const auto place = payloads.add(static_cast<std::uint32_t>(text.size()));
  std::memcpy(payloads.at(place), text.data(), text.size());
  return place;
}

TEST(Payloads, KeepWhatTheyAreGivenUntilItIsRemoved) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    Payloads payloads;
    std::vector<std::pair<Place, std::string>> kept;
    std::uint64_t used = 0, most_wasted = 0;
    const auto remove = [&](std::size_t index) {
      std::swap(kept[index], kept.back());
      const auto [place, text] = kept.back();
      ASSERT_EQ(std::string_view(payloads.at(place), text.size()), text);
      payloads.remove(place, static_cast<std::uint32_t>(text.size()));
      used -= text.size();
      kept.pop_back();
    };
    for (int step = 0; step < 5'000; ++step) {
      if (random() % 10 < 6) {
        // Most are small; some are larger than a block.
        const auto size = 1 + random() % (random() % 50 == 0 ? 3 * Payloads::largest_block : 400);
        std::string text(size, static_cast<char>('a' + random() % 26));
        used += size;
        kept.emplace_back(add(payloads, text), std::move(text));
      } else if (!kept.empty()) {
        remove(random() % kept.size());
      }
      ASSERT_EQ(payloads.used(), used);
      ASSERT_LE(payloads.wasted(), kept.size() * Payloads::largest_block);
      most_wasted = std::max(most_wasted, payloads.wasted());
    }
    EXPECT_GT(most_wasted, Payloads::largest_block);
    while (!kept.empty()) remove(random() % kept.size());
    EXPECT_EQ(payloads.used(), 0u);
    EXPECT_EQ(payloads.wasted(), 0u);
  }
}

TEST(Payloads, StayInOneBlockWhereEachLeavesBeforeTheNextOneComes) {
  Payloads payloads;
  const auto first = add(payloads, std::string(200, 'a'));
  const char* const block = payloads.at(first);
  payloads.remove(first, 200);
  for (int i = 0; i < 10'000; ++i) {
    const auto place = add(payloads, std::string(200, 'b'));
    ASSERT_EQ(payloads.used() + payloads.wasted(), Payloads::least_block);
    ASSERT_LT(static_cast<std::size_t>(payloads.at(place) - block), Payloads::least_block);
    payloads.remove(place, 200);
  }
}

TEST(Payloads, ThatAreLargeHaveABlockOfTheirOwnWhichGoesWithThem) {
  Payloads payloads;
  const auto small = add(payloads, "small");
  for (int i = 0; i < 100; ++i) {
    const std::string text(1u << 20, 'l');
    const auto large = add(payloads, text);
    const auto beside = add(payloads, "beside");
    ASSERT_EQ(payloads.used() + payloads.wasted(), Payloads::least_block + text.size());
    payloads.remove(large, 1u << 20);
    payloads.remove(beside, 6);
    ASSERT_EQ(payloads.used() + payloads.wasted(), Payloads::least_block);
  }
  EXPECT_EQ(std::string_view(payloads.at(small), 5), "small");
}

TEST(Payloads, OfAWindowThatMovesTakeAsManyBlocksAsItFills) {
  Payloads payloads;
  std::vector<Place> window;
  for (std::size_t i = 0; i < 100'000; ++i) {
    window.push_back(add(payloads, std::string(100, 'w')));
    if (i >= 1'000) payloads.remove(window[i - 1'000], 100);
    ASSERT_LE(payloads.wasted(), 2 * Payloads::largest_block);
  }
}

}  // namespace
}  // namespace orders::join
