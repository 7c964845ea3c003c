// status, lag, topology, doctor and order trace where nothing answers, and used wrongly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ctl.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class OperationsExitCodes : public testing::Test {
 protected:
  Output run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--config", config_.string()});
    return ctl_.run(arguments);
  }
  void expect(const std::vector<std::string>& arguments, int code, const testing::Matcher<std::string>& err) const {
    const auto output = run(arguments);
    EXPECT_EQ(output.exit_code, code) << output.text();
    EXPECT_THAT(output.err, err) << output.text();
  }

  Ctl ctl_;
  std::filesystem::path config_ =
      ctl_.file("ordersd.yaml", "application_id: shop\nkafka: {bootstrap_servers: '127.0.0.1:1'}\n"
                                "database: {backend: none}\n"
                                "state: {directory: " + (ctl_.folder() / "state").string() + "}\n"
                                "api: {socket: " + (ctl_.folder() / "api.sock").string() + "}\n");
};

TEST_F(OperationsExitCodes, ABrokerOrADaemonThatIsAwayIsUnreachable) {
  expect({"lag", "--timeout", "2s"}, 4, HasSubstr("127.0.0.1:1"));
  expect({"order", "trace", "42", "--timeout", "2s"}, 4, HasSubstr("127.0.0.1:1"));
  expect({"status"}, 4, HasSubstr("can't reach ordersd"));
  expect({"log-level"}, 4, HasSubstr("can't reach ordersd"));
  expect({"log-level", "debug"}, 4, HasSubstr("can't reach ordersd"));
  expect({"status", "--watch", "--count", "2"}, 4, HasSubstr("can't reach ordersd"));
}

TEST_F(OperationsExitCodes, TheTopologyNeedsNobody) {
  const auto output = run({"topology", "--timeout", "1s"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, AllOf(StartsWith("application shop\n"), HasSubstr("payment-orders")));
  EXPECT_THAT(output.err, HasSubstr("without partition counts: "));
  const auto offline = run({"topology", "--offline", "--format", "mermaid"});
  EXPECT_THAT(offline.out, StartsWith("flowchart LR\n"));
  EXPECT_EQ(offline.err, "");
  EXPECT_THAT(run({"topology", "--offline", "--format", "dot"}).out, StartsWith("digraph \"shop\" {\n"));
  const auto json = run({"--output", "json", "topology", "--offline"});
  EXPECT_EQ(nlohmann::json::parse(json.out).at("application_id"), "shop");
}

TEST_F(OperationsExitCodes, TheDoctorFindsWhatIsAwayAndSaysHowToMendIt) {
  const auto output = run({"--output", "json", "doctor", "--timeout", "2s"});
  EXPECT_EQ(output.exit_code, 1) << output.text();
  EXPECT_THAT(output.err, HasSubstr("this installation is not sound: 1 error"));
  const auto json = nlohmann::json::parse(output.out);
  EXPECT_EQ(json.at("errors"), 1);
  for (const auto& finding : json.at("findings")) {
    const bool bad = finding.at("level") != "ok";
    EXPECT_EQ(finding.at("mend").is_string(), bad) << finding;
    EXPECT_EQ(finding.at("level") == "error", finding.at("check") == "broker") << finding;
  }
}

TEST_F(OperationsExitCodes, TheAclsAreCommandsOrJson) {
  const auto commands = run({"doctor", "--acls", "--principal", "User:me"});
  EXPECT_EQ(commands.exit_code, 0) << commands.text();
  EXPECT_THAT(commands.out, HasSubstr("kafka-acls.sh --bootstrap-server 127.0.0.1:1 --add --allow-principal User:me "
                                      "--operation Read --group shop --resource-pattern-type prefixed\n"));
  const auto json = nlohmann::json::parse(run({"--output", "json", "doctor", "--acls"}).out);
  EXPECT_EQ(json.at("acls").size(), 6u);
  EXPECT_EQ(json.at("/acls/5/resource"_json_pointer), "transactional_id");
  EXPECT_EQ(json.at("/acls/5/pattern"_json_pointer), "prefixed");
}

TEST_F(OperationsExitCodes, WrongUse) {
  expect({"status", "--watch", "--output", "json"}, 2, HasSubstr("--output ndjson"));
  expect({"status", "--watch", "--interval", "1ms"}, 2, HasSubstr("too short"));
  expect({"status", "--count", "2"}, 2, HasSubstr("--watch"));
  expect({"topology", "--format", "svg"}, 2, HasSubstr("svg"));
  expect({"doctor", "--principal", "User:me"}, 2, HasSubstr("--acls"));
  expect({"order", "trace"}, 2, HasSubstr("ID"));
  expect({"order", "trace", "1", "--since", "yesterday"}, 2, HasSubstr("not a duration"));
  expect({"lag", "--set", "join.windw=PT1S"}, 2, HasSubstr("window"));
}

}  // namespace
}  // namespace orders::test
