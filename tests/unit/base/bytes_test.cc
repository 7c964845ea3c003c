#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "base/bytes.h"

namespace orders {
namespace {

TEST(Bytes, AreBigEndian) {
  std::string out;
  append_be32(out, 0x01020304);
  append_be64(out, 0xF1F2F3F4F5F6F7F8);
  EXPECT_EQ(out, std::string("\x01\x02\x03\x04\xF1\xF2\xF3\xF4\xF5\xF6\xF7\xF8", 12));
  EXPECT_EQ(load_be32(out.data()), 0x01020304u);
  EXPECT_EQ(load_be64(out.data() + 4), 0xF1F2F3F4F5F6F7F8u);
}

TEST(Fnv1a, IsTheHashThatItsAuthorsPublished) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

TEST(Printable, KeepsTextAndEscapesTheRest) {
  EXPECT_EQ(printable("order 7, 10 \u20ac \U0001F4E6"), "order 7, 10 \u20ac \U0001F4E6");
  EXPECT_EQ(printable(std::string("a\0b\n\t\x1b[31m\x7f", 11)), "a\\x00b\\x0a\\x09\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\xff\xc3("), "\\xff\\xc3(");
  EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80");                    // overlong
  EXPECT_EQ(printable("\xe0\x80\x80"), "\\xe0\\x80\\x80");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");                    // cut off
}

TEST(Printable, EscapesTheControlCharactersThatTakeTwoBytes) {
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");  // CSI: drives a terminal as ESC [ does
  EXPECT_EQ(printable("\xc2\xa0"), "\xc2\xa0");
}

TEST(Printable, IsCutToItsLimit) {
  EXPECT_EQ(printable("abcd", 4), "abcd");
  EXPECT_EQ(printable("abcde", 4), "abcd\u2026");
  EXPECT_EQ(printable("abc\u20ac", 4), "abc\u2026");
  EXPECT_EQ(printable("ab\n", 4), "ab\u2026");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable("a", 0), "\u2026");
}

TEST(PercentEncoded, LeavesOnlyWhatIsUnreserved) {
  EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encoded("a b/c%\n\xc3\x9f"), "a%20b%2Fc%25%0A%C3%9F");
  EXPECT_EQ(percent_encoded(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(percent_encoded(""), "");
}

TEST(WholeNumber, IsCanonicalDecimal) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("-7"), -7);
  EXPECT_EQ(parse_int64("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "+1", "01", "-01", "-0", "00", " 1", "1 ", "1.0", "0x1", "1e3",
                           "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(parse_int64(text), std::nullopt) << text;
  }
}

TEST(EditDistance, CountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("window", "windw"), 1u);
}

TEST(Nearest, FindsTheClosestAndNothingThatIsFar) {
  const std::array<std::string, 3> names = {"window", "grace", "late"};
  EXPECT_EQ(nearest("windw", names), "window");
  EXPECT_EQ(nearest("lat", names), "late");
  EXPECT_EQ(nearest("something", names), "");
  EXPECT_EQ(nearest("window", std::array<std::string, 0>{}), "");
}

}  // namespace
}  // namespace orders
