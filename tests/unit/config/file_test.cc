// What can be wrong in the file: each mistake with its exact text and place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loading.h"

namespace orders::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ConfigFile, MayBeEmpty) {
  for (const char* yaml :
       {"", "\n", "# only this\n", "---\n", "kafka:\nstream:\njoin: ~\n", "kafka:\n  properties:\n"}) {
    EXPECT_THAT(problems_of(yaml), IsEmpty()) << yaml;
  }
}

TEST(ConfigFile, SetsWhatItNames) {
  const auto loaded = load_text(
      "application_id: shop\n"
      "instance_id: \"7\"\n"
      "stream: {threads: 4, commit: interval, commit_interval: 500ms}\n"
      "join:\n  window: PT30S\n  late: drop\n  store: disk\n  memory: 1GiB\n"
      "database:\n  backend: embedded\n  retry:\n    backoff: {multiplier: 1.5}\n"
      "limits:\n  record: 2097152\n"
      "log:\n  level: warn\n");
  ASSERT_THAT(texts(loaded), IsEmpty());
  Config expected;
  expected.application_id = "shop";
  expected.instance_id = "7";
  expected.stream.threads = 4;
  expected.stream.commit = CommitMode::interval;
  expected.stream.commit_interval = Milliseconds{500};
  expected.join.before = expected.join.after = Milliseconds{30'000};
  expected.join.late = Disposition::drop;
  expected.join.store = BufferStore::disk;
  expected.join.memory = 1ull << 30;
  expected.database.backend = DatabaseBackend::embedded;
  expected.database.retry_multiplier = 1.5;
  expected.limits.record = 2ull << 20;
  expected.log.level = LogLevel::warn;
  EXPECT_EQ(loaded.config, expected);
}

TEST(ConfigFile, TakesTheWindowInTwoForms) {
  const auto both = load_text("join: {window: 5s}").config.join;
  EXPECT_EQ(both.before, Milliseconds{5'000});
  EXPECT_EQ(both.after, Milliseconds{5'000});
  const auto parts = load_text("join: {window: {before: PT5S, after: PT1M}}").config.join;
  EXPECT_EQ(parts.before, Milliseconds{5'000});
  EXPECT_EQ(parts.after, Milliseconds{60'000});
  const auto one = load_text("join: {window: {after: PT1M}}").config.join;
  EXPECT_EQ(one.before, Config{}.join.before);
  EXPECT_EQ(one.after, Milliseconds{60'000});
}

TEST(ConfigFile, NamesTheNearestOptionForAnUnknownOne) {
  EXPECT_THAT(problems_of("aplication_id: x\n"),
              ElementsAre("ordersd.yaml:1:1: aplication_id: there is no such option; did you mean application_id?"));
  EXPECT_THAT(problems_of("join:\n  windw: PT5S\n"),
              ElementsAre("ordersd.yaml:2:3: join.windw: there is no such option; did you mean join.window?"));
  EXPECT_THAT(problems_of("join:\n  window: {befor: PT5S}\n"),
              ElementsAre("ordersd.yaml:2:12: join.window.befor: there is no such option; did you mean "
                          "join.window.before?"));
  EXPECT_THAT(problems_of("strem:\n  threads: 2\n"),
              ElementsAre("ordersd.yaml:1:1: strem: there is no such option; did you mean stream?"));
  EXPECT_THAT(problems_of("kafka:\n  threads: 2\n"),
              ElementsAre("ordersd.yaml:2:3: kafka.threads: there is no such option; did you mean stream.threads?"));
  EXPECT_THAT(problems_of("join.window: PT5S\n"),
              ElementsAre("ordersd.yaml:1:1: join.window: options are nested: write window under join"));
  EXPECT_THAT(problems_of("something_else_entirely: 1\n"),
              ElementsAre("ordersd.yaml:1:1: something_else_entirely: there is no such option; ordersd.yaml(5) lists "
                          "them"));
}

struct Wrong {
  const char* yaml;
  const char* problem;
};

class WrongValue : public testing::TestWithParam<Wrong> {};

TEST_P(WrongValue, IsReportedWithItsPlaceAndWhatWasExpected) {
  EXPECT_THAT(problems_of(GetParam().yaml), ElementsAre(GetParam().problem));
}

constexpr Wrong wrong_types[] = {
    {"stream:\n  threads: two\n",
     "ordersd.yaml:2:12: stream.threads: expected a whole number from 1 to 64, found 'two'"},
    {"state: {standby: none}", "ordersd.yaml:1:18: state.standby: expected all, found 'none'"},
    {"stream: {threads: 2.0}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '2.0'"},
    {"stream: {threads: 0x10}",
     "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '0x10'"},
    {"stream: {threads: 007}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '007'"},
    {"stream: {threads: 1e1}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '1e1'"},
    {"stream: {threads: true}",
     "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found 'true'"},
    {"stream: {threads: \"2\"}",
     "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found the text \"2\""},
    {"stream: {threads: [2]}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found a list"},
    {"stream: {threads: {a: 2}}",
     "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found a map"},
    {"stream:\n  threads:\nlog:\n",
     "ordersd.yaml:2:3: stream.threads: expected a whole number from 1 to 64, found nothing"},
    {"stream: {commit: adaptiv}",
     "ordersd.yaml:1:18: stream.commit: expected adaptive or interval, found 'adaptiv'; did you mean adaptive?"},
    {"join: {late: keep_all_of_them}",
     "ordersd.yaml:1:14: join.late: expected dead_letter or drop, found 'keep_all_of_them'"},
    {"stream: {commit_interval: 10}",
     "ordersd.yaml:1:27: stream.commit_interval: expected a duration from 1ms to PT15M, such as PT10S, 500ms or 5m, "
     "found '10'"},
    {"join: {window: soon}",
     "ordersd.yaml:1:16: join.window: expected a duration from PT0S to P3650D, such as PT10S, 500ms or 5m, or {before, "
     "after}, found 'soon'"},
    {"join: {memory: 256MB}",
     "ordersd.yaml:1:16: join.memory: expected a size from 1MiB to 1TiB, such as 256MiB, 10KiB or 1048576, found "
     "'256MB'"},
    {"database: {retry: {backoff: {multiplier: .inf}}}",
     "ordersd.yaml:1:42: database.retry.backoff.multiplier: expected a number from 1 to 100, found '.inf'"},
    {"database: {retry: {backoff: PT1S}}",
     "ordersd.yaml:1:29: database.retry.backoff: expected a map of initial, multiplier and max, found a single value"},
    {"log: info", "ordersd.yaml:1:6: log: expected a map of level and format, found a single value"},
    {"database: {password_file: 5}",
     "ordersd.yaml:1:27: database.password_file: expected text, found 5: put it in quotes"},
    {"database: {password_file: true}",
     "ordersd.yaml:1:27: database.password_file: expected text, found true: put it in quotes"},
    {"database:\n  password_file:\n",
     "ordersd.yaml:2:3: database.password_file: expected text, found nothing (an empty text is \"\")"},
    {"[a]: b", "ordersd.yaml:1:1: expected an option's name, found a list"},
    {"kafka: {properties: [a]}",
     "ordersd.yaml:1:21: kafka.properties: expected a map of librdkafka's properties, found a list"},
    {"kafka: {properties: {ssl: {ca: x}}}",
     "ordersd.yaml:1:27: kafka.properties.ssl: expected a value, found a map: write names whole, such as "
     "ssl.ca.location"},
    {"kafka: {properties: {linger.ms: [5]}}",
     "ordersd.yaml:1:33: kafka.properties.linger.ms: expected a value, found a list"},
    {"kafka:\n  properties:\n    linger.ms:\nlog:\n",
     "ordersd.yaml:3:5: kafka.properties.linger.ms: expected a value, found nothing"},
};
INSTANTIATE_TEST_SUITE_P(Types, WrongValue, testing::ValuesIn(wrong_types));

constexpr const char* name_rule =
    "expected 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and not '.' or '..', found ";

constexpr Wrong out_of_range[] = {
    {"stream: {threads: 0}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '0'"},
    {"stream: {threads: 65}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '65'"},
    {"stream: {threads: -1}", "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '-1'"},
    {"stream: {threads: 99999999999999999999}",
     "ordersd.yaml:1:19: stream.threads: expected a whole number from 1 to 64, found '99999999999999999999'"},
    {"kafka: {session_timeout: PT6M}",
     "ordersd.yaml:1:26: kafka.session_timeout: expected a duration from PT1S to PT5M, such as PT10S, 500ms or 5m, "
     "found "
     "'PT6M'"},
    {"limits: {record: 1GiB}",
     "ordersd.yaml:1:18: limits.record: expected a size from 1KiB to 60MiB, such as 256MiB, 10KiB or 1048576, found "
     "'1GiB'"},
    {"database: {retry: {backoff: {multiplier: 0.5}}}",
     "ordersd.yaml:1:42: database.retry.backoff.multiplier: expected a number from 1 to 100, found '0.5'"},
    {"kafka: {bootstrap_servers: \"a:1,,b:2\"}",
     "ordersd.yaml:1:28: kafka.bootstrap_servers: expected brokers as host:port, separated by commas, found "
     "'a:1,,b:2'"},
    {"kafka: {bootstrap_servers: \"a:70000\"}",
     "ordersd.yaml:1:28: kafka.bootstrap_servers: expected brokers as host:port, separated by commas, found 'a:70000'"},
    {"api: {listen: \"8080\"}",
     "ordersd.yaml:1:15: api.listen: expected host:port, such as 127.0.0.1:8080 or [::1]:8080, found '8080'"},
    {"api: {listen: \"::1:8080\"}",
     "ordersd.yaml:1:15: api.listen: expected host:port, such as 127.0.0.1:8080 or [::1]:8080, found '::1:8080'"},
    {"api: {hosts: \"a,b:80\"}",
     "ordersd.yaml:1:14: api.hosts: expected names or addresses without ports, separated by commas, found 'a,b:80'"},
    {"api: {hosts: \"a,\"}",
     "ordersd.yaml:1:14: api.hosts: expected names or addresses without ports, separated by commas, found 'a,'"},
    {"api: {url: \"orders:8443\"}", "ordersd.yaml:1:12: api.url: expected https://host:port, found 'orders:8443'"},
    {"api: {url: \"https://orders/x:1\"}",
     "ordersd.yaml:1:12: api.url: expected https://host:port, found 'https://orders/x:1'"},
    {"state: {directory: \"\"}", "ordersd.yaml:1:20: state.directory: expected the path of a folder, found ''"},
    {"api: {socket: \"\"}", "ordersd.yaml:1:15: api.socket: expected a path of 1 to 107 bytes, found ''"},
};
INSTANTIATE_TEST_SUITE_P(Bounds, WrongValue, testing::ValuesIn(out_of_range));

TEST(ConfigFile, TakesOnlyKafkasCharactersForNames) {
  const std::string longest(249, 'a');
  EXPECT_THAT(problems_of("application_id: " + longest), IsEmpty());
  EXPECT_THAT(problems_of("topics: {orders: a.b_c-9}"), IsEmpty());
  EXPECT_THAT(
      problems_of("application_id: " + longest + "a"),
      ElementsAre("ordersd.yaml:1:17: application_id: " + std::string(name_rule) + "'" + std::string(80, 'a') + "…'"));
  for (const std::string bad : {".", "..", "a b", "a/b", "\u00e9", "a\\tb", ""}) {
    EXPECT_THAT(problems_of("topics: {orders: \"" + bad + "\"}"), ElementsAre(HasSubstr(name_rule))) << bad;
  }
}

TEST(ConfigFile, TakesASocketPathThatFits) {
  EXPECT_THAT(problems_of("api: {socket: /" + std::string(106, 's') + "}"), IsEmpty());
  EXPECT_THAT(problems_of("api: {socket: /" + std::string(107, 's') + "}"), SizeIs(1));
}

TEST(ConfigFile, TakesNamesAndAddressesOfHosts) {
  for (const char* list : {"", "orders.example.com", "a, b,c", "10.0.0.1, 2001:db8::1"}) {
    EXPECT_THAT(problems_of("api: {hosts: \"" + std::string(list) + "\"}"), IsEmpty()) << list;
  }
}

TEST(ConfigFile, TakesBrokersAsLibrdkafkaDoes) {
  for (const char* list : {"a:1", "a", "a:1, b:2", "[::1]:9092", "SASL_SSL://a:9093"}) {
    EXPECT_THAT(problems_of("kafka: {bootstrap_servers: \"" + std::string(list) + "\"}"), IsEmpty()) << list;
  }
}

TEST(ConfigFile, ReportsKeysThatAreGivenTwice) {
  EXPECT_THAT(problems_of("join:\n  grace: 1s\n  late: drop\n  grace: 2s\n"),
              ElementsAre("ordersd.yaml:4:3: join.grace: given twice, first in line 2, column 3"));
  EXPECT_THAT(problems_of("log: {level: info}\nlog: {level: warn}\n"),
              ElementsAre("ordersd.yaml:2:1: log: given twice, first in line 1, column 1"));
  EXPECT_THAT(problems_of("kafka: {properties: {linger.ms: 1, linger.ms: 2}}"),
              ElementsAre("ordersd.yaml:1:36: kafka.properties.linger.ms: given twice, first in line 1, column 22"));
}

TEST(ConfigFile, ReportsAllMistakesAtOnceInTheirOrder) {
  const auto found = texts(load_text("stream:\n  threads: two\n  treads: 2\njoin:\n  late: dorp\n", {"nothing=1"},
                                     {{"ORDERS_JOIN_GRACE", "x"}}));
  EXPECT_THAT(found,
              ElementsAre("ordersd.yaml:2:12: stream.threads: expected a whole number from 1 to 64, found 'two'",
                          "ordersd.yaml:3:3: stream.treads: there is no such option; did you mean stream.threads?",
                          "ordersd.yaml:5:9: join.late: expected dead_letter or drop, found 'dorp'; did you mean drop?",
                          "environment ORDERS_JOIN_GRACE: join.grace: expected a duration from PT0S to P3650D, such as "
                          "PT10S, 500ms or 5m, found 'x'",
                          HasSubstr("--set nothing: there is no such option")));
}

TEST(ConfigFile, ReportsASyntaxErrorAsOneProblemWithItsPlace) {
  EXPECT_THAT(problems_of("log:\n  level: [info\n"),
              ElementsAre("ordersd.yaml:3:1: not YAML: end of sequence flow not found"));
  EXPECT_THAT(problems_of("log: *x"), ElementsAre("ordersd.yaml:1:6: not YAML: the referenced anchor is not defined"));
  EXPECT_THAT(problems_of("log: {level: info}\n---\nlog: {level: warn}\n"),
              ElementsAre("ordersd.yaml:2:1: a second YAML document: expected one"));
  EXPECT_THAT(problems_of("- a\n"), ElementsAre(HasSubstr("ordersd.yaml:1:1: expected a map of application_id, ")));
}

TEST(ConfigFile, SurvivesHostileFiles) {
  EXPECT_THAT(problems_of(std::string(100'000, '[')), SizeIs(1));
  EXPECT_THAT(problems_of(std::string("\0\xff\xfe\x01", 4)), SizeIs(testing::Ge(1)));
  EXPECT_THAT(problems_of(", a: b"), ElementsAre("ordersd.yaml:1:1: not YAML: unexpected token"));
  EXPECT_THAT(problems_of("---\n,"), ElementsAre("ordersd.yaml:2:1: a second YAML document: expected one"));
  EXPECT_THAT(problems_of("log: &x {level: *x}"), ElementsAre(HasSubstr("found a map")));
  EXPECT_THAT(problems_of("\"\\x1b[31m\": 1"), ElementsAre(HasSubstr("\\x1b[31m: there is no such option")));
}

TEST(ConfigFile, IsRefusedWithThePlaceWhereItIsNotUtf8) {
  EXPECT_THAT(problems_of("instance_id: \xc3\xa9\nlog: \xc3\xa9\x9f"),
              ElementsAre("ordersd.yaml:2:7: not UTF-8: \\x9f"));
}

TEST(ConfigFile, IsToldWithoutItsControlCharacters) {
  const auto none = testing::Each(testing::Not(testing::Contains('\x1b')));
  const auto host = problems_of("api: {listen: \"\\x1b!:8080\"}");
  EXPECT_THAT(host, SizeIs(2));
  EXPECT_THAT(host, none);
  const auto flags = texts(load_flags({"kafka.properties=x", "kafka.properties.\x1b!=y"}));
  EXPECT_THAT(flags, testing::Contains(HasSubstr("kafka.properties.\\x1b!: contradicts")));
  EXPECT_THAT(flags, none);
}

TEST(ConfigFile, ThatCannotBeReadIsAProblem) {
  const test::TempFolder folder("config");
  const auto missing = folder / "missing.yaml";
  EXPECT_THAT(texts(load({missing, {}, {}})),
              ElementsAre("can't read " + missing.string() + ": No such file or directory"));
  EXPECT_THAT(texts(load({folder.path(), {}, {}})),
              ElementsAre("can't read " + folder.path().string() + ": Is a directory"));
}

}  // namespace
}  // namespace orders::config
