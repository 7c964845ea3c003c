#include "topology/source_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"

namespace orders::topology {
namespace {

using kafka::Header;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(PackedHeaders, ComeBackAsTheyWere) {
  EXPECT_THAT(unpack(pack({}, "CreateTime")), IsEmpty());
  const std::vector<kafka::HeaderView> headers{
      {"trace", "abc"}, {"none", std::nullopt}, {"empty", ""}, {"", std::string_view("\0\n", 2)}};
  EXPECT_THAT(unpack(pack(headers, "CreateTime")),
              ElementsAre(Header{"trace", "abc"}, Header{"none", std::nullopt}, Header{"empty", ""},
                          Header{"", std::string("\0\n", 2)}));
}

TEST(PackedHeaders, ThatAreCutAreReadNoFurtherThanTheyGo) {
  const auto whole = pack({{"trace", "abc"}, {"none", std::nullopt}}, "CreateTime");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : unpack(whole.substr(0, size))) bytes += name.size() + value.value_or("").size();
    EXPECT_LE(bytes, size);
  }
}

TEST(PackedHeaders, WithALengthBeyondTheirEndEndThere) {
  std::string packed;
  append_be32(packed, 1'000);
  packed += "xy";
  EXPECT_THAT(unpack(packed), ElementsAre(Header{"xy", ""}));
}

TEST(PackedHeaders, ComeBackWithTheTimestampType) {
  const std::vector<kafka::HeaderView> headers{{"a", "1"}, {"", std::nullopt}, {"a", ""}};
  const std::vector<kafka::Header> same{{"a", "1"}, {"", std::nullopt}, {"a", ""}};
  for (const auto* type : {"CreateTime", "LogAppendTime", "NoTimestampType"}) {
    EXPECT_EQ(unpack(pack(headers, type)), same);
    EXPECT_EQ(timestamp_type(pack(headers, type)), type);
    EXPECT_TRUE(unpack(pack({}, type)).empty());
    EXPECT_EQ(timestamp_type(pack({}, type)), type);
  }
  EXPECT_EQ(pack({}, "CreateTime"), "") << "the usual ones cost nothing";
}

}  // namespace
}  // namespace orders::topology
