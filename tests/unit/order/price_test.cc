#include "order/price.h"

#include <gtest/gtest.h>

namespace orders::order {
namespace {

struct Case {
  const char* text;
  const char* plain;
  int scale;
};

TEST(Price, ReadsEveryJsonFormOfADecimalExactly) {
  const Case cases[] = {
      {"0", "0", 0},
      {"-0", "0", 0},
      {"12", "12", 0},
      {"12.50", "12.50", 2},
      {"-12.50", "-12.50", 2},
      {"0.1", "0.1", 1},
      {"-0.05", "-0.05", 2},
      {"0.00", "0.00", 2},
      {"1.25e1", "12.5", 1},
      {"1.25E+2", "125", 0},
      {"1.25e3", "1250", 0},
      {"1E3", "1000", 0},
      {"125e-2", "1.25", 2},
      {"5e-18", "0.000000000000000005", 18},
      {"0.000000000000000001", "0.000000000000000001", 18},
      {"0e400", "0", 0},
      {"0e99999999999999999999", "0", 0},
      {"1e0000000000000000000000001", "10", 0},
      {"1e18", "1000000000000000000", 0},
      {"9223372036854775807", "9223372036854775807", 0},
      {"-9223372036854775808", "-9223372036854775808", 0},
      {"-9.223372036854775808", "-9.223372036854775808", 18},
      {"92233720368547758.07", "92233720368547758.07", 2},
      {"0.10000000000000000", "0.10000000000000000", 17},
  };
  for (const Case& c : cases) {
    const auto price = Price::parse(c.text);
    ASSERT_TRUE(price) << c.text;
    EXPECT_EQ(price->text(), c.plain) << c.text;
    EXPECT_EQ(price->scale(), c.scale) << c.text;
    EXPECT_EQ(Price::parse(price->text()), price) << c.text;
  }
}

TEST(Price, GivesNothingWhereItDoesNotFit) {
  for (const char* text :
       {"9223372036854775808", "-9223372036854775809", "92233720368547758.08", "1e19", "1e-19", "0.0000000000000000001",
        "1e99999999999999999999", "1e-99999999999999999999", "0e-19", "123456789012345678901234567890", "1e40"}) {
    EXPECT_EQ(Price::parse(text), std::nullopt) << text;
  }
}

TEST(Price, GivesNothingForWhatIsNotAJsonNumber) {
  for (const char* text :
       {"",   " ",  "+1",  "01",  "-01", ".5",       "5.",        "-",     "1e",  "1e+",   "1.e1",  "e1",
        "1 ", " 1", "1,5", "0x1", "NaN", "Infinity", "-Infinity", "1_000", "--1", "1.2.3", "1e1.5", "\"1\""}) {
    EXPECT_EQ(Price::parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(Price::parse(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Price, KnowsItsSign) {
  EXPECT_TRUE(Price::parse("-0.01")->negative());
  EXPECT_FALSE(Price::parse("0.00")->negative());
  EXPECT_FALSE(Price::parse("-0.00")->negative());
  EXPECT_FALSE(Price::parse("0.01")->negative());
}

TEST(Price, RoundTripsEveryScale) {
  for (const std::int64_t unscaled :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{10}, std::int64_t{-1234567},
        std::int64_t{1'000'000'000'000'000'000}, INT64_MAX, INT64_MIN}) {
    for (std::uint8_t scale = 0; scale <= 18; ++scale) {
      const Price price(unscaled, scale);
      EXPECT_EQ(Price::parse(price.text()), price) << price.text();
    }
  }
}

}  // namespace
}  // namespace orders::order
