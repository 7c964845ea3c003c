// Flag over environment over file over default.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "loading.h"

namespace orders::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

Origin origin_of(const Loaded& loaded, const std::string& option) {
  for (const auto& [name, origin] : loaded.origins) {
    if (name == option) return origin;
  }
  ADD_FAILURE() << option;
  return Origin::default_value;
}

TEST(Precedence, IsFlagThenEnvironmentThenFileThenDefault) {
  const std::string file = "stream:\n  threads: 3\n  start: latest\njoin:\n  grace: 1s\n";
  const Environment environment = {{"ORDERS_STREAM_THREADS", "4"}, {"ORDERS_JOIN_GRACE", "2s"}};
  const auto loaded = load_text(file, {"stream.threads=5"}, environment);
  ASSERT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.stream.threads, 5);
  EXPECT_EQ(origin_of(loaded, "stream.threads"), Origin::flag);
  EXPECT_EQ(loaded.config.join.grace, Milliseconds{2'000});
  EXPECT_EQ(origin_of(loaded, "join.grace"), Origin::environment);
  EXPECT_EQ(loaded.config.stream.start, Start::latest);
  EXPECT_EQ(origin_of(loaded, "stream.start"), Origin::file);
  EXPECT_EQ(loaded.config.limits.redrives, 5);
  EXPECT_EQ(origin_of(loaded, "limits.redrives"), Origin::default_value);
}

TEST(Precedence, LetsTheLastOfSeveralFlagsWin) {
  EXPECT_EQ(load_flags({"stream.threads=5", "stream.threads=6"}).config.stream.threads, 6);
}

TEST(Precedence, LetsOneHalfOfTheWindowBeOverridden) {
  const auto loaded = load_text("join: {window: PT5S}", {"join.window.after=PT1M"});
  ASSERT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.join.before, Milliseconds{5'000});
  EXPECT_EQ(loaded.config.join.after, Milliseconds{60'000});
  EXPECT_EQ(origin_of(loaded, "join.window.before"), Origin::file);
  EXPECT_EQ(origin_of(loaded, "join.window.after"), Origin::flag);
  EXPECT_EQ(origin_of(loaded, "join.window"), Origin::flag);
  const auto whole = load_text("join: {window: {before: 1s, after: 2s}}", {}, {{"ORDERS_JOIN_WINDOW", "3s"}});
  EXPECT_EQ(whole.config.join.before, Milliseconds{3'000});
  EXPECT_EQ(whole.config.join.after, Milliseconds{3'000});
}

TEST(Precedence, RefusesTheWindowAndAHalfOfItFromOneSource) {
  EXPECT_THAT(texts(load_flags({"join.window=1s", "join.window.before=2s"})),
              ElementsAre("--set join.window.before: contradicts join.window, which is given as "
                          "well: give one of them"));
  EXPECT_THAT(texts(load_flags({}, {{"ORDERS_JOIN_WINDOW_AFTER", "1s"}, {"ORDERS_JOIN_WINDOW", "2s"}})),
              ElementsAre("environment ORDERS_JOIN_WINDOW_AFTER: join.window.after: contradicts join.window, which is "
                          "given as well: give one of them"));
}

TEST(Precedence, MergesPropertiesOneByOne) {
  const auto loaded = load_text(
      "kafka: {properties: {linger.ms: 1, client.rack: a, security.protocol: ssl}}", {"kafka.properties.linger.ms=3"},
      {{"ORDERS_KAFKA_PROPERTIES_LINGER_MS", "2"}, {"ORDERS_KAFKA_PROPERTIES_CLIENT_RACK", "b"}});
  ASSERT_THAT(texts(loaded), IsEmpty());
  EXPECT_THAT(loaded.config.kafka.properties,
              ElementsAre(Pair("client.rack", "b"), Pair("linger.ms", "3"), Pair("security.protocol", "ssl")));
  EXPECT_EQ(origin_of(loaded, "kafka.properties"), Origin::flag);
}

TEST(Precedence, StillReportsAWrongValueThatIsOverridden) {
  EXPECT_THAT(texts(load_text("stream: {threads: two}", {"stream.threads=2"})),
              ElementsAre(HasSubstr("ordersd.yaml:1:19: stream.threads")));
}

TEST(Flags, MustNameAnOptionAndAValue) {
  EXPECT_THAT(texts(load_flags({"join.windw=1s"})),
              ElementsAre("--set join.windw: there is no such option; did you mean join.window?"));
  EXPECT_THAT(texts(load_flags({"join.window"})),
              ElementsAre("--set: expected OPTION=VALUE, such as join.window=PT30S"));
  EXPECT_THAT(texts(load_flags({"join=1s"})),
              ElementsAre("--set join: is a group of options: set one of them, such as join.window=PT30S"));
  EXPECT_THAT(texts(load_flags({"kafka.properties=a"})),
              ElementsAre("--set kafka.properties: is a map: set one property, such as "
                          "kafka.properties.linger.ms"));
  EXPECT_THAT(texts(load_flags({"stream.threads="})),
              ElementsAre("--set stream.threads: expected a whole number from 1 to 64, found ''"));
}

TEST(Flags, KeepEverythingAfterTheFirstEqualsSign) {
  EXPECT_EQ(load_flags({"database.url=host=db dbname=orders"}).config.database.url, "host=db dbname=orders");
}

TEST(Environment, NamesTheNearestVariableForAnUnknownOne) {
  EXPECT_THAT(texts(load_flags({}, {{"ORDERS_JOIN_WINDWO", "1s"}})),
              ElementsAre("environment ORDERS_JOIN_WINDWO: no option has this name; did you mean ORDERS_JOIN_WINDOW?"));
  EXPECT_THAT(
      texts(load_flags({}, {{"ORDERS_SOMETHING_QUITE_DIFFERENT", "1"}})),
      ElementsAre("environment ORDERS_SOMETHING_QUITE_DIFFERENT: no option has this name; ordersd.yaml(5) lists "
                  "them"));
}

TEST(Environment, ReachesEveryOptionByANameOfItsOwn) {
  std::set<std::string> variables;
  for (const auto& name : option_names()) {
    std::string variable = "ORDERS_" + name;
    std::ranges::replace(variable, '.', '_');
    std::ranges::transform(variable, variable.begin(), [](unsigned char c) { return std::toupper(c); });
    EXPECT_TRUE(variables.insert(variable).second) << variable;
    for (const auto& text : texts(load_flags({}, {{variable, "\x01"}}))) {
      EXPECT_THAT(text, Not(HasSubstr("no option has this name")));
    }
  }
  EXPECT_EQ(variables.size(), option_names().size());
}

TEST(Environment, OfTheProcessIsReadWithoutThePathOfTheFile) {
  ::setenv("ORDERS_CONFIG", "x.yaml", 1);
  ::setenv("ORDERS_STREAM_THREADS", "9", 1);
  const auto variables = process_environment();
  const auto loaded = load(Sources{});
  ::unsetenv("ORDERS_CONFIG");
  ::unsetenv("ORDERS_STREAM_THREADS");
  EXPECT_THAT(variables, Contains(Pair("ORDERS_STREAM_THREADS", "9")));
  EXPECT_THAT(variables, Not(Contains(Key("ORDERS_CONFIG"))));
  EXPECT_THAT(variables, Not(Contains(Key("PATH"))));
  EXPECT_EQ(loaded.config.stream.threads, 9);
}

}  // namespace
}  // namespace orders::config
