#include "order/key.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace orders::order {
namespace {

using config::KeyFormat;
using namespace std::string_literals;

constexpr OrderId lowest = std::numeric_limits<OrderId>::min();
constexpr OrderId highest = std::numeric_limits<OrderId>::max();
constexpr OrderId samples[] = {lowest, lowest + 1,        -256,        -2,     -1, 0, 1, 255,
                               256,    1'234'567'890'123, highest - 1, highest};

TEST(Key, Int64IsEightBytesBigEndian) {
  EXPECT_EQ(encode_key(0x0102030405060708, KeyFormat::int64), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(encode_key(-1, KeyFormat::int64), std::string(8, '\xff'));
  EXPECT_EQ(encode_key(lowest, KeyFormat::int64), "\x80\0\0\0\0\0\0\0"s);
}

TEST(Key, StringIsCanonicalDecimal) {
  EXPECT_EQ(encode_key(0, KeyFormat::string), "0");
  EXPECT_EQ(encode_key(-42, KeyFormat::string), "-42");
  EXPECT_EQ(encode_key(lowest, KeyFormat::string), "-9223372036854775808");
  EXPECT_EQ(encode_key(highest, KeyFormat::string), "9223372036854775807");
}

TEST(Key, RoundTripsInEveryFormat) {
  std::mt19937_64 random(1);
  std::vector<OrderId> ids(std::begin(samples), std::end(samples));
  for (int i = 0; i < 10'000; ++i) ids.push_back(static_cast<OrderId>(random() >> random() % 64));
  for (const OrderId id : ids) {
    EXPECT_EQ(decode_key(encode_key(id, KeyFormat::int64), KeyFormat::int64), id);
    EXPECT_EQ(decode_key(encode_key(id, KeyFormat::string), KeyFormat::string), id);
    EXPECT_EQ(from_sortable_key(sortable_key(id)), id);
  }
}

TEST(Key, RefusesOtherLengths) {
  for (std::size_t length = 0; length < 20; ++length) {
    if (length == 8) continue;
    EXPECT_EQ(decode_key(std::string(length, '1'), KeyFormat::int64), std::nullopt) << length;
    EXPECT_EQ(from_sortable_key(std::string(length, '1')), std::nullopt) << length;
  }
}

TEST(Key, RefusesDecimalsThatAreNotCanonical) {
  for (const auto& text : {""s, "+1"s, "01"s, "-0"s, "-01"s, "00"s, " 1"s, "1 "s, "1.0"s, "1e3"s, "0x1"s, "-"s, "--1"s,
                           "abc"s, "1\0"s, "9223372036854775808"s, "-9223372036854775809"s, "\"1\""s, "١"s}) {
    EXPECT_EQ(decode_key(text, KeyFormat::string), std::nullopt) << text;
  }
}

TEST(Key, SortableKeysSortAsTheirIdsDo) {
  for (std::size_t i = 1; i < std::size(samples); ++i) {
    EXPECT_LT(sortable_key(samples[i - 1]), sortable_key(samples[i])) << samples[i];
    EXPECT_EQ(sortable_key(samples[i]).size(), 8U);
  }
  std::mt19937_64 random(2);
  for (int i = 0; i < 10'000; ++i) {
    const auto a = static_cast<OrderId>(random()), b = static_cast<OrderId>(random());
    EXPECT_EQ(a < b, sortable_key(a) < sortable_key(b));
  }
}

}  // namespace
}  // namespace orders::order
