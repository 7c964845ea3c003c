// What goes to a database as bytes: array literals, the embedded database's keys and values.
#include "database/array.h"
#include "database/embedded_codec.h"
#include "fixture.h"

namespace orders::database {
namespace {

TEST(ArrayLiteral, HoldsNumbersAndTextsOfAnyCharacters) {
  EXPECT_EQ(ArrayLiteral().take(), "{}");
  ArrayLiteral numbers;
  for (const std::int64_t number : {std::int64_t{1}, std::int64_t{-2}, std::numeric_limits<std::int64_t>::min()}) {
    numbers.add(number);
  }
  EXPECT_EQ(numbers.take(), "{1,-2,-9223372036854775808}");
  ArrayLiteral texts;
  texts.add(std::string_view("plain"));
  texts.add(std::string_view(R"(a"b\c,{d})"));
  texts.add(std::string_view(""));
  texts.add(std::string_view("NULL"));
  texts.add(std::optional<std::string>());
  EXPECT_EQ(texts.take(), R"({"plain","a\"b\\c,{d}","","NULL",NULL})");
}

TEST(EmbeddedCodec, GivesBackWhatWasWritten) {
  OrderRow row{order_of(-5, std::string("a\0b", 3), "PAYMENT"), from_millis(-7), from_millis(8), 3, 1LL << 40};
  const auto decoded = decode_order(-5, encode(row));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->order, row.order);
  EXPECT_EQ(decoded->created, row.created);
  EXPECT_EQ(decoded->updated, row.updated);
  EXPECT_EQ(decoded->result_partition, 3);
  EXPECT_EQ(decoded->result_offset, 1LL << 40);
}

TEST(EmbeddedCodec, RefusesBytesThatAreNotItsOwn) {
  const std::string bytes = encode(OrderRow{order_of(1, "NEW"), {}, {}});
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_order(1, bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_order(1, bytes + "x"));
  EXPECT_FALSE(decode_outbox(1, "1234567"));
  EXPECT_FALSE(decode_number("123456789"));
}

TEST(EmbeddedCodec, NoStatusIsAnothersPrefix) {
  const std::string nul("NEW\0", 4);
  const std::vector<std::string> statuses{"", "NEW", "NEWER", nul, nul + nul, std::string("NEW\0\0", 5), "NEW\xff"};
  for (const auto& a : statuses) {
    EXPECT_EQ(status_of_key(status_key(a, 7)), a);
    EXPECT_EQ(id_of_key(status_key(a, -7)), -7);
    for (const auto& b : statuses) {
      EXPECT_EQ(status_key(a, 7).starts_with(status_prefix(b)), a == b);
    }
  }
}

}  // namespace
}  // namespace orders::database
