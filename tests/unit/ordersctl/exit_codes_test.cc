// The program as scripts see it, where neither broker nor daemon nor database is needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "command_tree.h"
#include "ctl.h"
#include "ordersctl/daemon.h"
#include "ordersctl/exit_code.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ExitCodes : public testing::Test {
 protected:
  void expect(const std::vector<std::string>& arguments, int code, const testing::Matcher<std::string>& err) const {
    const auto output = ctl_.run(arguments);
    EXPECT_EQ(output.exit_code, code) << output.text();
    EXPECT_THAT(output.err, err) << output.text();
    if (code != 0) {
      EXPECT_THAT(output.err, StartsWith("ordersctl: ")) << output.text();
    }
  }
  Ctl ctl_;
};

TEST_F(ExitCodes, VersionAndHelpAreResults) {
  const auto version = ctl_.run({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("ordersctl 0."));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"order", "--help"}, {"order", "create", "--help"}, {"simulate", "-h"}}) {
    const auto help = ctl_.run(arguments);
    EXPECT_EQ(help.exit_code, 0) << help.text();
    EXPECT_THAT(help.out, HasSubstr("Usage: ordersctl"));
    EXPECT_EQ(help.err, "");
  }
  EXPECT_THAT(ctl_.run({"order", "create", "--help"}).out,
              AllOf(HasSubstr("--idempotency-key"), HasSubstr("its database or the catalog is away")));
}

TEST_F(ExitCodes, AMissingVerbIsWrongUse) {
  expect({}, 2, AllOf(HasSubstr("needs a command: order, state"), HasSubstr("--help")));
  expect({"order"}, 2, HasSubstr("ordersctl order needs a command: create, get, list"));
}

TEST_F(ExitCodes, AnUnknownVerbIsWrongUseWithTheNearestName) {
  expect({"oder", "create"}, 2,
         AllOf(HasSubstr("'oder' is no command of ordersctl"), HasSubstr("did you mean order?")));
  expect({"order", "creat"}, 2, HasSubstr("did you mean create?"));
  expect({"completion", "bsh"}, 2, HasSubstr("did you mean bash?"));
  expect({"frobnicate"}, 2, Not(HasSubstr("did you mean")));
}

TEST_F(ExitCodes, AnUnknownOptionIsWrongUseWithTheNearestName) {
  expect({"order", "list", "--limt", "5"}, 2, AllOf(HasSubstr("no option --limt"), HasSubstr("did you mean --limit?")));
  expect({"order", "list", "--ouput=json"}, 2, HasSubstr("did you mean --output?"));
  expect({"order", "get", "--outptu", "json"}, 2, HasSubstr("did you mean --output?"));
}

TEST_F(ExitCodes, WrongValuesAreWrongUse) {
  expect({"order", "get"}, 2, HasSubstr("ID"));
  expect({"order", "get", "0x10"}, 2, HasSubstr("'0x10' is not an order id"));
  expect({"order", "get", "1", "2"}, 2, HasSubstr("does not take '2'"));
  expect({"order", "list", "--limit", "0"}, 2, HasSubstr("below 1"));
  expect({"status", "--output", "xml"}, 2, HasSubstr("xml"));
  expect({"simulate", "--delay", "2s..1s"}, 2, HasSubstr("ends before it begins"));
  expect({"simulate", "--delay", "soon"}, 2, HasSubstr("not a duration"));
  expect({"simulate", "--payment-reject", "101"}, 2, HasSubstr("percentage"));
  expect({"simulate", "--rate", "10"}, 2, HasSubstr("--make"));
  expect({"topics", "create", "--partitions", "none"}, 2, HasSubstr("whole number"));
  expect({"topics", "create", "--partitions", "0"}, 2, HasSubstr("--partitions: 0 is below 1"));
  expect({"topics", "create", "--partitions", "100001"}, 2, HasSubstr("above 100000"));
  expect({"topics", "create", "--replication-factor", "0"}, 2, HasSubstr("--replication-factor: 0 is below 1"));
  expect({"topics", "create", "--replication-factor", "1001"}, 2, HasSubstr("above 1000"));
}

TEST_F(ExitCodes, ReplayResetNeedsToKnowWhere) {
  expect({"replay", "reset"}, 2, AllOf(HasSubstr("--to"), HasSubstr("ordersctl-replay-reset(1)")));
  expect({"replay", "reset", "--to", "yesterday"}, 2, HasSubstr("'yesterday' is no place"));
  expect({"replay", "reset", "--to", "42"}, 2, HasSubstr("name the input with --topic"));
  expect({"replay", "reset", "--accept-gap", "--topic", "stock-orders"}, 2, HasSubstr("--topic goes with --to"));
  expect({"replay", "reset", "--to", "-15m", "--partition", "0,x"}, 2, HasSubstr("'x' is no partition"));
  expect({"replay", "reset", "--view", "rows", "--to", "earliest"}, 2, HasSubstr("rows"));
  expect({"replay", "reset", "--view", "table", "--to", "-15m"}, 2, HasSubstr("as a whole"));
  expect({"replay", "reset", "--view", "database", "--to", "current"}, 2, HasSubstr("--to current"));
  expect({"replay", "reset", "--view", "database", "--to", "42"}, 2, HasSubstr("--partition"));
  for (const char* view : {"join", "table"}) {
    expect({"replay", "reset", "--view", view, "--accept-gap", "--forget-results"}, 2,
           HasSubstr("goes with --view database"));
  }
  expect({"replay", "reset", "--view", "database", "--to", "-15m", "--forget-results"}, 2, HasSubstr("--accept-gap"));
  expect({"replay", "reset", "--view", "database", "--to", "earliest", "--accept-gap"}, 2, HasSubstr("either"));
}

TEST_F(ExitCodes, OrderCreateNeedsOneKindOfInput) {
  expect({"order", "create"}, 2, HasSubstr("exactly one kind of input"));
  expect({"order", "create", "--customer", "1"}, 2, HasSubstr("both --customer and --item"));
  expect({"order", "create", "--item", "mug:1@1", "--file", "x.json"}, 2, HasSubstr("exactly one kind of input"));
  expect({"order", "create", "--customer", "1", "--item", "mug"}, 2, HasSubstr("--item 'mug': there is no @PRICE"));
  expect({"order", "create", "--batch", "missing.ndjson"}, 2, HasSubstr("missing.ndjson: No such file"));
}

TEST_F(ExitCodes, GlobalFlagsStandBeforeOrBehindTheVerb) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--output", "json", "--set", "join.window=PT30S", "config", "show"},
        {"config", "show", "--output", "json", "--set", "join.window=PT30S"},
        {"config", "--output=json", "show", "--set=join.window=PT30S"}}) {
    const auto output = ctl_.run(arguments);
    ASSERT_EQ(output.exit_code, 0) << output.text();
    const auto shown = nlohmann::json::parse(output.out);
    EXPECT_EQ(shown.at("join.window").at("value"), "PT30S");
    EXPECT_EQ(shown.at("join.window").at("origin"), "flag");
  }
}

TEST_F(ExitCodes, ConfigCheckSaysOkOrEverything) {
  const auto good = ctl_.file("good.yaml", "application_id: shop\n");
  const auto ok = ctl_.run({"--config", good, "config", "check"});
  EXPECT_EQ(ok.exit_code, 0) << ok.text();
  EXPECT_EQ(ok.out, good.string() + ": ok\n");

  const auto bad = ctl_.file("bad.yaml", "application_id: shop\njoin:\n  windw: PT10S\n  late: never\n");
  const auto failed = ctl_.run({"--config", bad, "config", "check"});
  EXPECT_EQ(failed.exit_code, 2) << failed.text();
  EXPECT_THAT(failed.err, AllOf(HasSubstr("bad.yaml:3:3"), HasSubstr("window"), HasSubstr("bad.yaml:4:")));
  const auto json = nlohmann::json::parse(ctl_.run({"--config", bad, "--output", "json", "config", "check"}).out);
  EXPECT_EQ(json.at("ok"), false);
  EXPECT_EQ(json.at("problems").size(), 2u);

  expect({"--config", "gone.yaml", "config", "check"}, 2, HasSubstr("gone.yaml"));
}

TEST_F(ExitCodes, ConfigCheckWarnsOfASecretThatEveryUserMayRead) {
  const auto file = ctl_.file("open.yaml", "database:\n  url: postgresql://orders:s3cr3t@localhost/orders\n");
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  const auto table = ctl_.run({"--config", file, "config", "check"});
  EXPECT_EQ(table.exit_code, 0) << table.text();
  EXPECT_EQ(table.out, file.string() + ": ok\n");
  EXPECT_THAT(table.err, AllOf(HasSubstr("open.yaml:2:8: database.url: "), HasSubstr("chmod o= " + file.string())));
  const auto json = ctl_.run({"--config", file, "--output", "json", "config", "check"});
  EXPECT_EQ(nlohmann::json::parse(json.out).at("/warnings/0/option"_json_pointer), "database.url");
  for (const auto& output : {table, json}) EXPECT_THAT(output.text(), Not(HasSubstr("s3cr3t")));
}

TEST_F(ExitCodes, EveryVerbHasHelpAndRefusesAnOptionThatItDoesNotKnow) {
  int verbs = 0;
  CommandTree().visit_verbs([&](const CLI::App& verb) {
    ++verbs;
    auto arguments = arguments_of(verb);
    arguments.push_back("--help");
    const auto help = ctl_.run(arguments);
    EXPECT_EQ(help.exit_code, 0) << help.text();
    EXPECT_THAT(help.out, HasSubstr("Usage: " + ctl::full_name(verb))) << help.text();
    EXPECT_EQ(help.err, "");
    arguments.back() = "--frobnicate";
    expect(arguments, 2, AllOf(HasSubstr("--frobnicate"), HasSubstr(ctl::full_name(verb) + " --help")));
  });
  EXPECT_GT(verbs, 20);
}

TEST_F(ExitCodes, WhatOnlyPrintsIsDone) {
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"completion", "bash"},
                                               {"completion", "zsh"},
                                               {"completion", "fish"},
                                               {"config", "schema"},
                                               {"config", "example"},
                                               {"config", "show"},
                                               {"config", "check"}}) {
    const auto output = ctl_.run(verb);
    EXPECT_EQ(output.exit_code, 0) << output.text();
    EXPECT_NE(output.out, "");
    EXPECT_EQ(output.err, "") << output.text();
  }
}

TEST_F(ExitCodes, EveryCommandRefusesAWrongConfiguration) {
  const auto bad = ctl_.file("bad.yaml", "join: {windw: PT10S}\n");
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"status"},
                                               {"order", "list"},
                                               {"order", "get", "1"},
                                               {"order", "count"},
                                               {"state", "get", "1"},
                                               {"state", "list"},
                                               {"state", "count"},
                                               {"state", "verify"},
                                               {"replay", "local"},
                                               {"topics", "check"},
                                               {"topics", "create"},
                                               {"db", "status"},
                                               {"db", "migrate"},
                                               {"simulate"},
                                               {"config", "check"},
                                               {"config", "show"},
                                               {"order", "create", "--customer", "1", "--item", "mug:1@1.00"}}) {
    auto arguments = verb;
    arguments.insert(arguments.begin(), {"--config", bad});
    expect(arguments, 2, HasSubstr("bad.yaml:1:8"));
  }
}

TEST_F(ExitCodes, SchemaAndExampleAreWhole) {
  EXPECT_TRUE(nlohmann::json::accept(ctl_.run({"config", "schema"}).out));
  const auto example = ctl_.run({"config", "example"});
  EXPECT_EQ(example.exit_code, 0);
  const auto file = ctl_.file("example.yaml", example.out);
  EXPECT_EQ(ctl_.run({"--config", file, "config", "check"}).exit_code, 0);
}

TEST_F(ExitCodes, SecretsAreMasked) {
  const auto file = ctl_.file("secret.yaml", "database: {url: 'postgresql://me:hunter2@db/orders'}\n");
  for (const char* format : {"table", "json", "ndjson"}) {
    const auto shown = ctl_.run({"--config", file, "--output", format, "config", "show"});
    EXPECT_EQ(shown.exit_code, 0) << shown.text();
    EXPECT_THAT(shown.out + shown.err, Not(HasSubstr("hunter2")));
  }
}

TEST_F(ExitCodes, ADaemonThatIsAwayIsUnreachable) {
  const auto file = ctl_.file("ordersd.yaml", "api: {socket: " + (ctl_.folder() / "api.sock").string() + "}\n");
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"status"},
                                               {"order", "list"},
                                               {"order", "get", "1"},
                                               {"order", "count"},
                                               {"state", "get", "1"},
                                               {"state", "list"},
                                               {"state", "count"}}) {
    expect(verb, 4, AllOf(HasSubstr("api.sock"), HasSubstr("start it, or name its configuration")));
  }
  expect({"order", "create", "--customer", "1", "--item", "mug:1@1.00"}, 4, HasSubstr("nothing was saved"));
  ASSERT_TRUE(std::filesystem::exists(ctl_.file("batch.ndjson", "{}\n")));
  expect({"order", "create", "--batch", "batch.ndjson", "--idempotency-key", "k1"}, 4,
         AllOf(HasSubstr("0 orders were saved"), HasSubstr("--idempotency-key k1")));
  ASSERT_TRUE(std::filesystem::exists(file));
}

TEST_F(ExitCodes, DatabasesWithoutASchemaNeedNoMigration) {
  for (const char* backend : {"embedded", "none"}) {
    for (const char* verb : {"migrate", "status"}) {
      const auto output = ctl_.run({"--set", std::string("database.backend=") + backend, "db", verb});
      EXPECT_EQ(output.exit_code, 0) << output.text();
      EXPECT_NE(output.out, "");
    }
  }
}

TEST_F(ExitCodes, ADatabaseThatIsAwayIsUnreachable) {
  const auto url = "database.url=postgresql://me@127.0.0.1:" + std::to_string(free_port()) + "/orders";
  expect({"--set", url, "db", "status"}, 4, HasSubstr("127.0.0.1"));
  expect({"--set", url, "db", "migrate"}, 4, HasSubstr("127.0.0.1"));
}

TEST_F(ExitCodes, ABrokerThatIsAwayIsUnreachable) {
  const auto broker = "kafka.bootstrap_servers=127.0.0.1:" + std::to_string(free_port());
  // Each waits for an answer, so all at the same time; those that can be told to do not wait for long.
  std::vector<std::pair<Process, std::filesystem::path>> running;
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"topics", "check"},
                                               {"topics", "create"},
                                               {"simulate"},
                                               {"dlq", "list", "--timeout", "2s"},
                                               {"dlq", "show", "recovererDLQ[0]@1", "--timeout", "2s"},
                                               {"dlq", "drain", "--timeout", "2s"}}) {
    auto command = ctl_.command(verb);
    command.arguments.insert(command.arguments.end(), {"--set", broker});
    command.output = ctl_.folder() / ("output-" + std::to_string(running.size()));
    running.emplace_back(Process::spawn(command), command.output);
  }
  for (auto& [process, output] : running) {
    EXPECT_EQ(process.wait(std::chrono::seconds{60}), 4) << slurp(output);
    EXPECT_THAT(slurp(output), AllOf(HasSubstr("ordersctl: "), HasSubstr("127.0.0.1")));
  }
}

TEST_F(ExitCodes, DeadLettersThatCanNotBeMeantAreWrongUse) {
  expect({"dlq", "show"}, 2, AllOf(HasSubstr("which dead letters?"), HasSubstr("dlq list --letters")));
  expect({"dlq", "show", "17"}, 2, HasSubstr("'17' is no dead letter's id, which is topic[partition]@offset"));
  expect({"dlq", "list", "--reason", "latte"}, 2, HasSubstr("latte"));
  expect({"dlq", "list", "--key", "x"}, 2, HasSubstr("'x' is not an order id"));
  expect({"dlq", "list", "--since", "yesterday"}, 2, HasSubstr("'yesterday' is no time"));
  expect({"dlq", "drain", "--to-topic", "a", "--to-file", "b"}, 2, HasSubstr("one of them"));
  expect({"dlq", "drain", "--to-topic", "orders"}, 2, HasSubstr("nothing is drained to orders"));
}

TEST_F(ExitCodes, TheConfigurationOfADevDaemonIsFoundAndTrustedOnlyIfOurs) {
  const auto file = ctl_.file("ordersd-dev.yaml", "application_id: from-dev\n");
  ::chmod(file.c_str(), 0600);
  const auto id = [this] {
    return nlohmann::json::parse(ctl_.run({"--output", "json", "config", "show"}).out).at("application_id").at("value");
  };
  EXPECT_EQ(id(), "from-dev");
  ::chmod(file.c_str(), 0622);
  EXPECT_EQ(id(), "orders") << "others can write it";
  ::chmod(file.c_str(), 0600);
  const auto own = ctl_.file("ordersd.yaml", "application_id: from-here\n");
  EXPECT_EQ(id(), "from-here") << "a file of one's own comes first";
  std::filesystem::remove(own);
  std::filesystem::rename(file, ctl_.folder() / "elsewhere.yaml");
  std::filesystem::create_symlink(ctl_.folder() / "elsewhere.yaml", file);
  EXPECT_EQ(id(), "orders") << "a link";
}

TEST(ExitCode, TellsWhoIsAwayFromWhoDoesNotLetUs) {
  EXPECT_EQ(ctl::exit_code(ErrorClass::wait), ctl::ExitCode::unreachable);
  EXPECT_EQ(ctl::exit_code(ErrorClass::denied), ctl::ExitCode::failed);
}

TEST_F(ExitCodes, AReaderThatLeavesIsNoError) {
  Command shell;
  shell.arguments = {"bash", "-c",
                     "set -o pipefail; " BINARY_DIR "/ordersctl config schema | true; echo ${PIPESTATUS[0]}"};
  const auto output = run(shell);
  EXPECT_EQ(output.err, "") << output.text();
  EXPECT_TRUE(output.out == "141\n" || output.out == "0\n") << output.text();
}

TEST_F(ExitCodes, AReaderThatLeavesEndsItAsSigpipeDoes) {
  std::string capture;  // whose results are more than a pipe holds
  for (int id = 1; id <= 3'000; ++id) {
    for (const char* topic : {"payment-orders", "stock-orders"}) {
      capture += std::string(R"({"topic":")") + topic + R"(","partition":0,"timestamp":1,"key":)" + std::to_string(id) +
                 R"(,"value":{"orderId":)" + std::to_string(id) + R"(,"status":"ACCEPT"}})" + "\n";
    }
  }
  (void)ctl_.file("in.ndjson", capture);
  auto shell = ctl_.command({});
  shell.arguments = {"bash", "-c",
                     BINARY_DIR "/ordersctl replay local in.ndjson | head -n 1 | wc -l; echo ${PIPESTATUS[0]}"};
  const auto output = run(shell);
  EXPECT_EQ(output.out, "1\n141\n") << output.text();
  EXPECT_EQ(output.err, "") << "it says nothing";
}

TEST_F(ExitCodes, ResultsThatCantBeWrittenAreAFailure) {
  Command shell;
  shell.arguments = {"bash", "-c", BINARY_DIR "/ordersctl config schema >/dev/full"};
  const auto output = run(shell);
  EXPECT_EQ(output.exit_code, 1) << output.text();
  EXPECT_THAT(output.err, HasSubstr("standard output can't be written: No space left on device"));
}

}  // namespace
}  // namespace orders::test
