// Wrong configuration: every mistake at once, with its place and the nearest valid name; exit code 2, nothing started.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/daemon.h"

namespace orders::test {
namespace {

using testing::HasSubstr;

class Configuration : public testing::Test {
 protected:
  Output check(const std::string& yaml, const std::vector<std::string>& arguments = {},
               const std::map<std::string, std::string>& environment = {}) {
    write_file(folder_ / "ordersd.yaml", yaml);
    Command command;
    command.arguments = {program("ordersd"), "--config", folder_ / "ordersd.yaml", "--check"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = environment;
    return run(command);
  }
  TempFolder folder_{"config"};
};

TEST_F(Configuration, AGoodFilePasses) {
  const auto output = check(slurp(std::filesystem::path(SOURCE_DIR) / "etc/ordersd.yaml"));
  EXPECT_EQ(output.exit_code, 0) << output.text();
}

TEST_F(Configuration, EveryMistakeIsReportedAtOnceWithItsPlace) {
  const auto output = check(R"(application_id: orders
kafka:
  bootstrap_server: localhost:9092
  properties:
    isolation.level: read_uncommitted
    partitioner: random
join:
  window: soon
  store: floppy
stream:
  threads: 0
  threads: 2
state:
  memory: 8MiB
  cache: 10MiB
)");
  EXPECT_EQ(output.exit_code, 2) << output.text();
  for (const char* part : {"ordersd.yaml:3:3", "bootstrap_server", "bootstrap_servers", "isolation.level",
                           "partitioner", "ordersd.yaml:8:", "join.window", "join.store", "floppy", "stream.threads",
                           "ordersd.yaml:12:", "state.cache"}) {
    EXPECT_THAT(output.err, HasSubstr(part));
  }
  EXPECT_EQ(output.out, "");
}

TEST_F(Configuration, FlagsAndTheEnvironmentAreCheckedAlike) {
  const auto output =
      check("application_id: orders\n", {"--set", "join.windw=PT1S"}, {{"ORDERS_STREAM_THREADS", "many"}});
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_THAT(output.err, HasSubstr("join.windw"));
  EXPECT_THAT(output.err, HasSubstr("join.window"));
  EXPECT_THAT(output.err, HasSubstr("ORDERS_STREAM_THREADS"));
}

TEST_F(Configuration, TheCommandChecksTheSameFileWithTheSameWords) {
  const std::string yaml = "join:\n  wndow: PT10S\n";
  const auto daemon = check(yaml);
  const auto command =
      run({{program("ordersctl"), "--config", folder_ / "ordersd.yaml", "config", "check"}, {}, {}, {}, {}});
  EXPECT_EQ(daemon.exit_code, 2);
  EXPECT_EQ(command.exit_code, 2);
  for (const auto* output : {&daemon, &command})
    EXPECT_THAT(output->err, HasSubstr("ordersd.yaml:2:3")) << output->text();
}

TEST_F(Configuration, AFileThatIsNotThereOrNotYamlIsNamed) {
  const auto missing = run({{program("ordersd"), "--config", folder_ / "nowhere.yaml", "--check"}, {}, {}, {}, {}});
  EXPECT_EQ(missing.exit_code, 2) << missing.text();
  EXPECT_THAT(missing.err, HasSubstr("nowhere.yaml"));
  const auto broken = check("join: [unclosed\n");
  EXPECT_EQ(broken.exit_code, 2) << broken.text();
  EXPECT_THAT(broken.err, HasSubstr("ordersd.yaml:"));
}

TEST_F(Configuration, SecretsAreNeverShown) {
  write_file(folder_ / "ordersd.yaml", "database:\n  url: postgresql://orders:s3cr3t@localhost/orders\n");
  for (const char* format : {"table", "json"}) {
    const auto output =
        run({{program("ordersctl"), "--config", folder_ / "ordersd.yaml", "--output", format, "config", "show"},
             {},
             {},
             {},
             {}});
    EXPECT_EQ(output.exit_code, 0) << output.text();
    EXPECT_EQ(output.out.find("s3cr3t"), std::string::npos);
    EXPECT_THAT(output.out, HasSubstr("****"));
  }
}

}  // namespace
}  // namespace orders::test
