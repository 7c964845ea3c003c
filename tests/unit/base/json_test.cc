#include "base/json.h"

#include <gtest/gtest.h>

namespace orders {
namespace {

using namespace std::string_view_literals;

TEST(IsJson, TakesOneValueOfAnyKind) {
  for (const auto text : {"{}"sv, "[1, {\"a\": null}]"sv, " 1\n"sv, "\"\\u0000\""sv, "true"sv}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(IsJson, RefusesWhatFollowsTheValueAndWhatIsNone) {
  for (const auto text : {""sv, "{"sv, "1 2"sv, "{'a': 1}"sv, "\"\xff\""sv, "1\0"sv, "1\0\"]"sv, "\0"sv}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
}

}  // namespace
}  // namespace orders
