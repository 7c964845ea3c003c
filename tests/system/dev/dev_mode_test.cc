// ordersd --dev: nothing beside it, and ordersctl finds it without a configuration file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <set>

#include "api/client.h"
#include "support/certificates.h"
#include "support/daemon.h"
#include "support/dev_command.h"
#include "support/identity.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class DevMode : public testing::Test {
 protected:
  Command command(const std::string& program, const std::vector<std::string>& arguments) const {
    return dev_command(folder_.path(), program, arguments);
  }
  Output ctl(const std::vector<std::string>& arguments) const { return run(command("ordersctl", arguments)); }
  std::vector<nlohmann::json> lines(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--output", "ndjson"});
    const auto output = ctl(arguments);
    EXPECT_EQ(output.exit_code, 0) << output.text();
    return parse_lines(output.out);
  }

  TempFolder folder_{"dev"};
};

TEST_F(DevMode, CarriesOrdersToTheirStatusAndLeavesNothing) {
  Command dev = command("ordersd", {"--dev"});
  TempFolder logs("dev-log");
  dev.output = logs / "ordersd.log";
  auto daemon = Process::spawn(dev);
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto output = ctl({"--output", "json", "status"});
    return output.exit_code == 0 && nlohmann::json::parse(output.out).at("state") == "running";
  })) << slurp(dev.output);
  EXPECT_THAT(slurp(dev.output), HasSubstr("dev")) << "it says that it is for looking only";

  std::string batch;
  for (int i = 1; i <= 30; ++i) {
    batch += R"({"customerId":)" + std::to_string(i) +
             R"(,"items":[{"productId":"mug","quantity":1,"productPrice":2.50}]})" + "\n";
  }
  write_file(folder_ / "batch.ndjson", batch);
  EXPECT_EQ(lines({"order", "create", "--batch", "batch.ndjson"}).size(), 30U);
  std::map<std::int64_t, std::string> expected;
  for (const auto& answer : lines({"simulate", "--count", "30", "--payment-reject", "40", "--stock-reject", "40"})) {
    const bool payment = answer.at("payment") == "ACCEPT";
    const bool stock = answer.at("stock") == "ACCEPT";
    expected[answer.at("orderId")] = payment && stock ? "CONFIRMED" : payment || stock ? "ROLLBACK" : "REJECTED";
  }
  ASSERT_EQ(expected.size(), 30U);
  const auto statuses = [&](const std::vector<std::string>& arguments, const char* id, const char* status) {
    std::map<std::int64_t, std::string> found;
    for (const auto& row : lines(arguments)) {
      found[row.at(id)] = row.at(nlohmann::json::json_pointer(status));
    }
    return found;
  };
  EXPECT_TRUE(wait_until(30s, [&] { return statuses({"order", "list"}, "orderId", "/status") == expected; }));
  EXPECT_TRUE(wait_until(30s, [&] { return statuses({"state", "list"}, "key", "/value/status") == expected; }));
  EXPECT_EQ(ctl({"state", "count"}).out, "30\n");
  EXPECT_THAT(identity_violations(nlohmann::json::parse(ctl({"--output", "json", "status"}).out)), testing::IsEmpty());
  EXPECT_THAT(ctl({"--output", "table", "status"}).out, HasSubstr("identity holds"));

  const auto traced = ctl({"--output", "json", "order", "trace", std::to_string(expected.begin()->first)});
  ASSERT_EQ(traced.exit_code, 0) << traced.text();
  std::set<std::string> kinds;
  const auto trace = nlohmann::json::parse(traced.out);
  for (const auto& record : trace.at("records")) kinds.insert(record.at("kind"));
  EXPECT_THAT(kinds, testing::ElementsAre("new", "payment", "result", "stock"));
  const auto diagnosed = ctl({"--output", "json", "doctor"});
  EXPECT_EQ(diagnosed.exit_code, 0) << diagnosed.text();
  std::map<std::string, nlohmann::json> findings;
  const auto diagnosis = nlohmann::json::parse(diagnosed.out);
  for (const auto& finding : diagnosis.at("findings")) {
    findings[finding.at("check")] = finding;
  }
  for (const auto* check : {"topic orders", "group orders", "group orders-database"}) {
    EXPECT_EQ(findings[check].value("level", ""), "ok") << findings[check];
    EXPECT_THAT(findings[check].value("finding", ""), HasSubstr("the embedded broker")) << check;
  }

  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(30s), 0) << slurp(dev.output);
  std::filesystem::remove(folder_ / "batch.ndjson");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << *std::filesystem::directory_iterator(folder_.path());
}

TEST_F(DevMode, AnswersOverTlsWhoHasTheToken) {
  const TempFolder secrets("dev-tls");
  const Certificates certificates;
  const auto server = certificates.issue("server");
  const auto token_file = secrets / "token";
  write_secret(token_file, "0123456789abcdef\n");
  const auto port = std::to_string(free_port());
  Command dev = command("ordersd", {"--dev", "--set", "api.listen=127.0.0.1:" + port,  //
                                    "--set", "api.token_file=" + token_file.string(),  //
                                    "--set", "api.tls_certificate=" + server.certificate.string(),
                                    "--set", "api.tls_key=" + server.key.string()});
  dev.output = secrets / "ordersd.log";
  auto daemon = Process::spawn(dev);
  const std::string url = "https://localhost:" + port;
  const auto status = [&](const std::string& token) {
    api::Client client(api::Target{{}, url, token, certificates.ca()});
    const auto response = client.get("/api/status", 30s);
    return response ? response->status : 0;
  };
  ASSERT_TRUE(wait_until(30s, [&] { return status("0123456789abcdef") == 200; })) << slurp(dev.output);
  EXPECT_EQ(status("0123456789abcdeF"), 401);
  const std::vector<std::string> from_elsewhere = {"--set", "api.url=" + url,                        //
                                                   "--set", "api.token_file=" + token_file.string(),  //
                                                   "--set", "api.tls_ca=" + certificates.ca().string(), "status"};
  const auto shown = ctl(from_elsewhere);
  EXPECT_EQ(shown.exit_code, 0) << shown.text();
  EXPECT_THAT(shown.out, HasSubstr("up PT"));
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(30s), 0) << slurp(dev.output);
}

TEST_F(DevMode, IsRefusedTogetherWithARealBroker) {
  const auto output = run(command("ordersd", {"--dev", "--set", "kafka.bootstrap_servers=127.0.0.1:9"}));
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_THAT(output.err, HasSubstr("kafka.bootstrap_servers"));
}

TEST_F(DevMode, TheCommandWithoutADaemonSaysWhatIsMissing) {
  const auto output = ctl({"order", "create", "--customer", "1", "--item", "mug:1@2.50"});
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.err, HasSubstr("nothing was saved"));
}

}  // namespace
}  // namespace orders::test
