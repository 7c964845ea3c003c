#include "support/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/process.h"

namespace orders::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(JsonSchema, FindsEveryKindOfMistake) {
  const std::string schema = "state-count.json";
  EXPECT_THAT(schema_mistakes(schema, R"({"count":7,"lag":null})"), IsEmpty());
  EXPECT_THAT(schema_mistakes(schema, R"({"count":7})"), ElementsAre(": has no lag"));
  EXPECT_THAT(schema_mistakes(schema, R"({"count":"7","lag":0})"),
              ElementsAre("/count: string is not of type \"integer\""));
  EXPECT_THAT(schema_mistakes(schema, R"({"count":-1,"lag":0})"), ElementsAre("/count: -1 is below 0"));
  EXPECT_THAT(schema_mistakes(schema, R"({"count":7,"lag":0,"log":1})"), ElementsAre(": log is not in the schema"));
  EXPECT_THAT(schema_mistakes(schema, R"({"count":7,"count":7,"lag":0})"), ElementsAre("count stands there twice"));
  EXPECT_THAT(schema_mistakes("topics-check.json#/$defs/line",
                              R"({"level":"bad","topic":"orders","finding":"x","mend":null})"),
              ElementsAre(R"(/level: "bad" is none of ["ok","warn","error"])"));
}

TEST(JsonSchema, FollowsReferencesToOtherFilesAndAlternatives) {
  const std::string embedded = R"({"backend":"embedded","migration":"not needed"})";
  EXPECT_THAT(schema_mistakes("db-status.json", embedded), IsEmpty());
  EXPECT_THAT(schema_mistakes("db-status.json", R"({"database":"x","found":1,"needed":1,"state":"current"})"), IsEmpty());
  EXPECT_FALSE(schema_mistakes("db-status.json", R"({"database":"x"})").empty());
  EXPECT_THAT(schema_mistakes("state-list.json", R"({"rows":[{"key":1}],"next":null,"lag":0})").front(),
              "/rows/0: has no partition");
}

TEST(JsonSchema, EveryFileIsOneAndSaysWhatItIs) {
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(SOURCE_DIR "/docs/schemas")) {
    if (file.path().extension() != ".json") continue;
    const auto name = file.path().filename().string();
    const auto schema = nlohmann::json::parse(slurp(file.path()));
    EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema") << name;
    EXPECT_EQ(schema.at("$id"), name);
    EXPECT_TRUE(schema.contains("title")) << name;
    EXPECT_NO_THROW((void)schema_mistakes(name, "{}")) << "a keyword or a reference that is not known";
    ++files;
  }
  EXPECT_GT(files, 15);
}

}  // namespace
}  // namespace orders::test
