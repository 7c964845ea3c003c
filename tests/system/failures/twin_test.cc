// Two daemons where there may be one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Twin, OfTwoDaemonsWithOneIdentityTheOlderLeavesForGood) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon first("first", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, first);
  first.start_and_await();

  // The same identity and topics, but another state folder and socket: as if on another host.
  Settings same = first.settings();
  same.erase("state.directory");
  same.erase("api.socket");
  Daemon second("second", same);
  second.start();
  EXPECT_EQ(first.wait(60s), 10) << first.log();
  EXPECT_THAT(first.log(), HasSubstr("instance_id")) << "it says what to change";
  second.await_ready();

  LogWriter writer(bootstrap);
  for (int i = 0; i < 100; ++i) {
    writer.write(answer(first.payments(), i % 4, i + 1, "ACCEPT", 1'700'000'000'000 + i));
    writer.write(answer(first.stock(), i % 4, i + 1, "ACCEPT", 1'700'000'000'000 + i));
  }
  writer.flush();
  ResultFollower(bootstrap, first.orders()).await(100, 60s);
  EXPECT_EQ(second.stop(), 0);
  EXPECT_EQ(read_topic(bootstrap, first.orders()).size(), 100U);
}

TEST(Twin, ASecondDaemonOnTheSameStateDirectoryIsRefused) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon first("state", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, first);
  first.start_and_await();
  Settings settings = first.settings();
  settings["api.socket"] = first.folder() / "other.sock";
  settings["instance_id"] = "two";
  Daemon second("state-two", settings);
  second.start();
  EXPECT_EQ(second.wait(30s), 1) << second.log();
  EXPECT_THAT(second.log(), HasSubstr(first.setting("state.directory")));
  first.await_ready();
  EXPECT_EQ(first.stop(), 0);
}

TEST(Twin, ASecondDaemonOnTheSameSocketIsRefusedAndTheFirstKeepsIt) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon first("socket", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, first);
  first.start_and_await();
  Settings settings = first.settings();
  settings["state.directory"] = first.folder() / "other";
  settings["instance_id"] = "two";
  Daemon second("socket-two", settings);
  second.start();
  EXPECT_EQ(second.wait(30s), 1) << second.log();
  EXPECT_THAT(second.log(), HasSubstr(first.setting("api.socket")));
  first.await_ready();
  EXPECT_EQ(first.stop(), 0);
}

TEST(Twin, AnAbandonedSocketIsReplaced) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("abandoned", {{"kafka.bootstrap_servers", bootstrap}});
  create_topics(bootstrap, daemon);
  daemon.start_and_await();
  daemon.kill();
  ASSERT_TRUE(std::filesystem::exists(daemon.setting("api.socket")));
  daemon.start_and_await();
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(daemon.setting("api.socket")));
}

TEST(Twin, TwoInstancesShareTheWork) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon first("share", {{"kafka.bootstrap_servers", bootstrap}, {"stream.threads", "1"}});
  create_topics(bootstrap, first);
  first.start_and_await();
  Settings other = first.settings();
  other.erase("state.directory");
  other.erase("api.socket");
  other["instance_id"] = "two";
  Daemon second("share-two", other);
  second.start();
  const auto tasks = [](const Daemon& daemon) {
    std::size_t count = 0;
    if (const auto status = daemon.get("/api/status")) {
      for (const auto& worker : status->at("join").at("workers")) count += worker.at("tasks").size();
    }
    return count;
  };
  ASSERT_TRUE(wait_until(60s, [&] { return tasks(first) == 2 && tasks(second) == 2; })) << second.log();
  LogWriter writer(bootstrap);
  for (int i = 0; i < 400; ++i) {
    writer.write(answer(first.payments(), i % 4, i + 1, "ACCEPT", 1'700'000'000'000 + i));
    writer.write(answer(first.stock(), i % 4, i + 1, "ACCEPT", 1'700'000'000'000 + i));
  }
  writer.flush();
  ResultFollower(bootstrap, first.orders()).await(400, 60s);
  EXPECT_EQ(by_order(read_topic(bootstrap, first.orders())).size(), 400U);
  EXPECT_EQ(read_topic(bootstrap, first.orders()).size(), 400U);
  EXPECT_EQ(first.stop(), 0);
  EXPECT_EQ(second.stop(), 0);
}

}  // namespace
}  // namespace orders::test
