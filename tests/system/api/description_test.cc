// The API against its own description: docs/openapi.json, as the daemon serves it, asked at random by schemathesis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <vector>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// scripts/test.sh installs it.
std::filesystem::path schemathesis() {
  const std::filesystem::path program = SOURCE_DIR "/build/schemathesis/bin/schemathesis";
  if (!std::filesystem::exists(program)) throw std::runtime_error(program.string() + " is missing: run scripts/test.sh");
  return program;
}

class Description : public testing::Test {
 protected:
  Description() {
    write_secret(daemon_.folder() / "token", token_ + "\n");
    daemon_.set("api.token_file", daemon_.folder() / "token");
    daemon_.set("api.listen", address_);
    create_topics(broker_.bootstrap(), daemon_);
    daemon_.start_and_await();
  }

  KafkaBroker& broker_ = shared_broker();
  const std::string token_ = "0123456789abcdef";
  const std::string address_ = "127.0.0.1:" + std::to_string(free_port());
  Daemon daemon_{"description", {{"kafka.bootstrap_servers", broker_.bootstrap()}, {"database.backend", "embedded"}}};
};

TEST_F(Description, IsKeptWhateverIsAsked) {
  const auto description = daemon_.folder() / "openapi.json";
  write_file(description, daemon_.get("/api/openapi.json").value().dump());
  Command command;
  command.folder = daemon_.folder();
  command.environment = {{"ORDERS_API_TESTS", SOURCE_DIR "/tests/system/api"}, {"NO_PROXY", "127.0.0.1"}};
  command.arguments = {schemathesis(),
                       "--no-color",
                       "--config-file",
                       SOURCE_DIR "/tests/system/api/schemathesis.toml",
                       "run",
                       description,
                       "--url=http://" + address_,
                       "--header=Authorization: Bearer " + token_,
                       "--checks=all",
                       "--max-examples=20",
                       "--seed=1",
                       "--request-timeout=20",
                       "--continue-on-failure"};
  const auto asked = run(command, {}, 8min);
  EXPECT_EQ(asked.exit_code, 0) << asked.text();

  ASSERT_TRUE(daemon_.running());
  daemon_.await_ready();
  const auto counts = daemon_.get("/api/orders/counts");
  ASSERT_TRUE(counts);
  EXPECT_GT(counts->at("total"), 0);
  // Of one that was answered with "saved" alone, that takes a moment.
  std::map<std::int64_t, std::vector<nlohmann::json>> published;
  EXPECT_TRUE(wait_until(60s, [&] {
    published = by_order(read_topic(broker_.bootstrap(), daemon_.orders()));
    return counts->at("total") == published.size();
  })) << published.size() << " of " << *counts;
  for (const auto& [id, records] : published) EXPECT_EQ(records.size(), 1U) << id;
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(Description, OfTheTopologyIsThatOfTheCommand) {
  EXPECT_EQ(daemon_.get("/api/topology"), daemon_.ctl_json({"topology"}));
  EXPECT_EQ(daemon_.get("/api/topology").value().at("nodes").at(0).at("id"), "intake");
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
