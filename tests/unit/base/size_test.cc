#include <gtest/gtest.h>

#include "base/size.h"

namespace orders {
namespace {

TEST(Size, IsParsedWithBinaryUnits) {
  const std::pair<const char*, std::uint64_t> sizes[] = {{"0", 0},
                                                         {"1048576", 1ull << 20},
                                                         {"512B", 512},
                                                         {"10KiB", 10ull << 10},
                                                         {"256MiB", 256ull << 20},
                                                         {"1GiB", 1ull << 30},
                                                         {"2TiB", 2ull << 40},
                                                         {"16777215TiB", 16'777'215ull << 40}};
  for (const auto& [text, bytes] : sizes) {
    const auto parsed = parse_size(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
}

TEST(Size, IsNothingElse) {
  for (const char* text : {"", "MiB", "-1", "+1", "1MB", "1mib", "1 MiB", " 1", "1.5GiB", "0x10", "1e6", "16777216TiB",
                           "18446744073709551616"}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().error_class, ErrorClass::invalid);
  }
}

TEST(Size, IsFormattedInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(1'000), "1000B");
  EXPECT_EQ(format_size(1'536), "1536B");
  EXPECT_EQ(format_size(10ull << 10), "10KiB");
  EXPECT_EQ(format_size(256ull << 20), "256MiB");
  EXPECT_EQ(format_size(1'025ull << 20), "1025MiB");
  for (const std::uint64_t bytes : {0ull, 1ull, 1'023ull, 1ull << 40, ~0ull}) {
    EXPECT_EQ(parse_size(format_size(bytes)).value(), bytes);
  }
}

}  // namespace
}  // namespace orders
