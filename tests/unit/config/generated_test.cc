// What is made from the table: the example, the schema, the manual, and what `config show` prints.
// With ORDERS_REGENERATE=1 in the environment the files in the tree are written anew, then compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "loading.h"

namespace orders::config {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path source_folder = SOURCE_DIR;
constexpr std::string_view begin_marker = ".\\\" BEGIN OPTIONS\n";
constexpr std::string_view end_marker = ".\\\" END OPTIONS\n";

bool regenerate() {
  const char* wanted = std::getenv("ORDERS_REGENERATE");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

Config defaults_here() {
  Config config;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  config.instance_id = host;
  return config;
}

TEST(Example, IsTheFileInTheTree) {
  const auto path = source_folder / "etc/ordersd.yaml";
  if (regenerate()) {
    ASSERT_TRUE(write_file_atomically(path, example_yaml()));
  }
  const auto content = read_file(path);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(*content, example_yaml());
}

TEST(Example, HoldsEveryDefault) {
  const auto loaded = load_text(example_yaml());
  EXPECT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.config, defaults_here());
}

TEST(Example, NamesEveryOptionSoThatNoDefaultIsLeft) {
  for (const auto& [name, origin] : load_text(example_yaml()).origins) {
    if (name == "kafka.properties") continue;  // empty: nothing was given
    EXPECT_EQ(origin, Origin::file) << name;
  }
}

TEST(Example, CanBeReadWithoutAFileAtAll) {
  const auto loaded = load({std::nullopt, {}, {}});
  EXPECT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.config, defaults_here());
}

TEST(Manual, HoldsTheOptionsOfTheTable) {
  const auto path = source_folder / "man/ordersd.yaml.5";
  auto page = read_file(path);
  ASSERT_TRUE(page) << page.error().message;
  auto begin = page->find(begin_marker);
  auto end = page->find(end_marker);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  begin += begin_marker.size();
  if (regenerate()) {
    page->replace(begin, end - begin, manual_options());
    ASSERT_TRUE(write_file_atomically(path, *page));
    end = page->find(end_marker);
  }
  EXPECT_EQ(page->substr(begin, end - begin), manual_options());
}

TEST(Manual, NamesEveryOption) {
  const auto text = manual_options();
  for (const auto& name : option_names()) EXPECT_THAT(text, HasSubstr(".It Ic " + name + "\n"));
}

void collect(const nlohmann::ordered_json& node, const std::string& prefix, std::vector<std::string>& names) {
  for (const auto& [key, value] : node.items()) {
    const auto name = prefix + key;
    EXPECT_FALSE(value["description"].get<std::string>().empty()) << name;
    if (value.contains("default")) names.push_back(name);
    if (value.contains("properties")) collect(value["properties"], name + ".", names);
    if (value.contains("oneOf")) collect(value["oneOf"][1]["properties"], name + ".", names);
  }
}

TEST(Schema, NamesEveryOptionWithTextTypeAndDefault) {
  const auto schema = nlohmann::ordered_json::parse(schema_json());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  std::vector<std::string> names;
  collect(schema["properties"], "", names);
  EXPECT_THAT(names, ElementsAreArray(option_names()));
}

TEST(Schema, SaysWhatTheLoaderChecks) {
  const auto properties = nlohmann::json::parse(schema_json())["properties"];
  const auto& stream = properties["stream"]["properties"];
  EXPECT_EQ(stream["threads"]["type"], "integer");
  EXPECT_EQ(stream["threads"]["minimum"], 1);
  EXPECT_EQ(stream["threads"]["maximum"], 64);
  EXPECT_EQ(stream["threads"]["default"], 2);
  EXPECT_EQ(stream["commit"]["enum"], nlohmann::json({"adaptive", "interval"}));
  EXPECT_EQ(stream["threads"]["x-environment"], "ORDERS_STREAM_THREADS");
  EXPECT_EQ(properties["database"]["properties"]["url"]["x-secret"], true);
  EXPECT_EQ(properties["database"]["additionalProperties"], false);
  EXPECT_EQ(properties["log"]["properties"]["level"]["x-reloadable"], true);
  EXPECT_FALSE(stream["threads"].contains("x-reloadable"));
  EXPECT_EQ(properties["join"]["properties"]["window"]["oneOf"][1]["properties"]["after"]["default"], "PT10S");
}

TEST(Show, WritesAFileThatLoadsToTheSameValues) {
  const auto loaded = load_text(
      "application_id: \"007\"\ninstance_id: \"yes\"\njoin: {window: {before: 1s, after: 1500ms}, late: drop}\n"
      "state: {directory: \"/var/lib/with space: # and more\"}\nkafka: {properties: {linger.ms: 5, client.rack: \"a, "
      "b\"}}\n"
      "database: {retry: {backoff: {multiplier: 1.25}}}\n");
  ASSERT_THAT(texts(loaded), IsEmpty());
  const auto shown = load_text(show_yaml(loaded));
  EXPECT_THAT(texts(shown), IsEmpty()) << show_yaml(loaded);
  EXPECT_EQ(shown.config, loaded.config) << show_yaml(loaded);
}

TEST(Show, SaysWhereValuesComeFrom) {
  const auto loaded = load_text("stream: {threads: 3}", {"log.level=warn"}, {{"ORDERS_JOIN_WINDOW_AFTER", "1m"}});
  const auto yaml = show_yaml(loaded);
  EXPECT_THAT(yaml, HasSubstr("\n  threads: 3                      # file\n"));
  EXPECT_THAT(yaml, HasSubstr("\n  level: warn                     # flag\n"));
  EXPECT_THAT(yaml, HasSubstr("\n  window: {before: PT10S, after: PT1M}  # environment\n"));
  EXPECT_THAT(yaml, HasSubstr("\n  start: earliest\n"));
  const auto json = nlohmann::json::parse(show_json(loaded));
  EXPECT_EQ(json.size(), option_names().size());
  EXPECT_EQ(json["stream.threads"], nlohmann::json({{"value", 3}, {"origin", "file"}}));
  EXPECT_EQ(json["log.level"], nlohmann::json({{"value", "warn"}, {"origin", "flag"}}));
  EXPECT_EQ(json["join.grace"], nlohmann::json({{"value", "PT0S"}, {"origin", "default"}}));
  EXPECT_EQ(json["join.window"]["value"], nlohmann::json({{"before", "PT10S"}, {"after", "PT1M"}}));
  EXPECT_EQ(json["join.window.after"]["value"], "PT1M");
  EXPECT_EQ(json["kafka.properties"]["value"], nlohmann::json::object());
}

}  // namespace
}  // namespace orders::config
