#include "replay/json_meaning.h"

#include <gtest/gtest.h>

#include <string>

namespace orders::replay {
namespace {

TEST(JsonMeaning, IsTheSameInAnotherForm) {
  EXPECT_TRUE(same_meaning(R"({"a":1,"b":[true,"x"]})", R"({ "b" : [true, "\u0078"], "a" : 1 })"));
  EXPECT_TRUE(same_meaning("24.90", "24.9"));
  EXPECT_TRUE(same_meaning("24", "24.0"));
  EXPECT_TRUE(same_meaning(R"([{"a":1,"b":null}])", R"([{"a":1}])"));
}

TEST(JsonMeaning, IsAnotherWhereAnythingElseDiffers) {
  EXPECT_FALSE(same_meaning("9007199254740993", "9007199254740992"));  // the same as binary floats
  EXPECT_FALSE(same_meaning("[1,2]", "[2,1]"));
  EXPECT_FALSE(same_meaning("[1]", "[1,null]"));
  EXPECT_FALSE(same_meaning(R"({"a":1})", R"({"a":"1"})"));
  EXPECT_FALSE(same_meaning(R"({"a":1})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(same_meaning("{}", "null"));
}

TEST(JsonMeaning, IsUnknownOfWhatIsNoJsonOrTooDeep) {
  EXPECT_FALSE(same_meaning("mug", "mug"));
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(same_meaning(nested(100), nested(100)));
  EXPECT_FALSE(same_meaning(nested(5'000), nested(5'000)));
}

}  // namespace
}  // namespace orders::replay
