// What is nowhere to be read: secrets, and what records hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* mark = "s3cr3t";  // of everything that must not show

/// Both refuse us: PostgreSQL the password, the broker (which speaks no SASL) the handshake.
Settings with_secrets_everywhere(PostgresDatabase& database, const TempFolder& folder) {
  return {{"kafka.bootstrap_servers", shared_broker().bootstrap()},
          {"kafka.properties.debug", "all"},
          {"kafka.properties.security.protocol", "SASL_PLAINTEXT"},
          {"kafka.properties.sasl.mechanisms", "PLAIN"},
          {"kafka.properties.sasl.username", "orders"},
          {"kafka.properties.sasl.password", std::string(mark) + "-sasl"},
          {"kafka.properties.sasl.oauthbearer.config", "file:" + (folder / "oauth").string()},
          {"kafka.properties.ssl.key.password", std::string(mark) + "-key"},
          {"database.backend", "postgresql"},
          {"database.url", database.server().url(database.name(), database.name(), std::string(mark) + "-database")},
          {"api.token_file", folder / "token"},
          {"log.level", "trace"}};
}

TEST(Secrets, ShowNowhereNotEvenWithEveryLineOfTheLogWhileNothingConnects) {
  PostgresDatabase database;
  const TempFolder folder("secrets");
  for (const char* name : {"oauth", "token"}) {
    write_file(folder / name, std::string(mark) + "-" + name + "\n");
    std::filesystem::permissions(folder / name, std::filesystem::perms{0600});
  }
  Daemon daemon("secrets", with_secrets_everywhere(database, folder));
  daemon.start();
  const auto status = [&] { return daemon.get("/api/status").value_or(nlohmann::json::object()); };
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto now = status();
    return now.dump().find("password authentication failed") != std::string::npos &&
           now.value("/views/table/state"_json_pointer, "") == "degraded";
  })) << status() << daemon.log();

  std::string shown = daemon.log() + status().dump();
  for (const std::vector<std::string>& command : {std::vector<std::string>{"config", "show"},
                                                  {"config", "show", "--output", "json"},
                                                  {"config", "check"},
                                                  {"status"},
                                                  {"db", "status"},
                                                  {"topics", "check", "--verbose"}}) {
    shown += daemon.ctl(command).text();
  }
  EXPECT_THAT(shown, HasSubstr("sasl.password: \"********\""));
  EXPECT_THAT(shown, HasSubstr("sasl.username = ")) << "librdkafka tells of its configuration";
  for (auto at = shown.find(mark); at != std::string::npos; at = shown.find(mark, at + 1)) {
    ADD_FAILURE() << "…" << shown.substr(at < 300 ? 0 : at - 300, 400);
  }
  EXPECT_THAT(slurp("/proc/" + std::to_string(daemon.process().pid()) + "/limits"),
              ContainsRegex("Max core file size +0 "));
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Secrets, AFileThatEveryUserMayReadIsRefusedByName) {
  const TempFolder folder("secrets");
  write_file(folder / "password", mark);
  std::filesystem::permissions(folder / "password", std::filesystem::perms{0644});
  Daemon daemon("open-secret",
                {{"database.backend", "postgresql"}, {"database.password_file", folder / "password"}});
  daemon.start();
  EXPECT_EQ(daemon.wait(30s), 2);
  EXPECT_THAT(daemon.log(), HasSubstr("chmod o= " + (folder / "password").string()));
}

TEST(Secrets, WhatRecordsHoldIsNotInTheLog) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("contents", {{"kafka.bootstrap_servers", bootstrap}, {"database.backend", "embedded"}});
  create_topics(bootstrap, daemon);
  daemon.start_and_await();
  const std::string value = std::string("{\"") + mark + "\n2026-01-01T00:00:00.000Z info    forged";
  LogWriter writer(bootstrap);
  writer.write(
      {.topic = daemon.payments(), .partition = 0, .key = int64_key(1), .value = value, .headers = {{"h", mark}}});
  writer.write(answer(daemon.stock(), 0, 2, mark, 1'700'000'000'000));
  writer.write({.topic = daemon.stock(), .partition = 1, .key = mark, .value = value, .headers = {}});
  writer.write({.topic = daemon.orders(), .partition = 0, .key = mark, .value = value, .headers = {}});
  writer.write({.topic = daemon.orders(), .partition = 1, .key = int64_key(3), .value = value, .headers = {}});
  writer.flush();
  const auto all_dead = [&] { return read_topic(bootstrap, daemon.dead_letters()).size() == 5; };
  ASSERT_TRUE(wait_until(30s, all_dead, 500ms)) << daemon.log();
  ASSERT_EQ(daemon.stop(), 0);
  EXPECT_THAT(daemon.log(), Not(HasSubstr(mark)));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("forged")));
}

}  // namespace
}  // namespace orders::test
