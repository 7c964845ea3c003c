// New orders: through the daemon or not at all; saved when it says so, published once.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

const std::vector<std::string> one_order = {"order",  "create",      "--customer", "7",
                                            "--item", "mug:2@12.50", "--item",     "plate:1@7.9"};

/// On both databases.
class Intake : public testing::TestWithParam<std::string> {
 protected:
  Intake() {
    if (GetParam() == "postgresql") {
      database_.emplace();
      daemon_.set("database.url", database_->url());
      daemon_.ctl_ok({"db", "migrate"});
    }
  }
  void start_with_topics() {
    create_topics(broker_.bootstrap(), daemon_);
    daemon_.start_and_await();
  }
  Output create(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--output", "json"};
    arguments.insert(arguments.end(), one_order.begin(), one_order.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daemon_.ctl(arguments);
  }
  std::size_t orders_in_the_database() { return daemon_.ctl_lines({"order", "list", "--limit", "100000"}).size(); }
  void expect_published_once(std::size_t count) {
    const auto orders = by_order(read_topic(broker_.bootstrap(), daemon_.orders()));
    EXPECT_EQ(orders.size(), count);
    for (const auto& [id, values] : orders) EXPECT_EQ(values.size(), 1U) << id;
  }

  KafkaBroker& broker_ = shared_broker();
  std::optional<PostgresDatabase> database_;
  // The broker is away for longer than the session: the group's members have to come back by themselves too.
  Daemon daemon_{"intake",
                 {{"kafka.bootstrap_servers", broker_.bootstrap()},
                  {"database.backend", GetParam()},
                  {"kafka.session_timeout", "PT3S"}}};
};

TEST_P(Intake, AnOrderIsCheckedSavedPublishedAndShown) {
  start_with_topics();
  const auto output = create();
  ASSERT_EQ(output.exit_code, 0) << output.text();
  const auto order = json::parse(output.out);
  EXPECT_EQ(order.at("customerId"), 7);
  EXPECT_EQ(order.at("status"), "NEW");
  EXPECT_EQ(order.at("topic"), daemon_.orders());
  EXPECT_EQ(order.at("items").at(0).at("productId"), "mug");
  EXPECT_THAT(output.out, HasSubstr("12.50"));
  const auto records = read_topic(broker_.bootstrap(), daemon_.orders());
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].partition, order.at("partition"));
  EXPECT_EQ(records[0].offset, order.at("offset"));
  EXPECT_EQ(from_int64_key(records[0].key.value()), order.at("orderId"));
  const auto value = json::parse(records[0].value.value());
  for (const char* member : {"orderId", "customerId", "status", "source", "items"}) {
    EXPECT_EQ(value.at(member), order.at(member)) << member;
  }
  EXPECT_EQ(value.size(), 5U) << "the wire contract, and nothing else";
  const auto row = daemon_.ctl_json({"order", "get", order.at("orderId").dump()});
  EXPECT_EQ(row.at("items"), order.at("items"));
  EXPECT_EQ(daemon_.ctl({"order", "get", "1"}).exit_code, 3);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_P(Intake, ABadOrderIsRefusedWithEachBadMemberAndNothingIsSaved) {
  start_with_topics();
  const auto refused = [&](const std::string& request, const std::vector<std::string>& parts) {
    const auto output = daemon_.ctl({"order", "create", "--file", "-"}, request);
    EXPECT_EQ(output.exit_code, 2) << request << "\n" << output.text();
    for (const auto& part : parts) EXPECT_THAT(output.err, HasSubstr(part)) << request;
  };
  refused(R"({"items":[{"productId":"a","quantity":1,"productPrice":1}]})", {"customerId"});
  refused(R"({"customerId":1,"items":[]})", {"items"});
  refused(R"({"customerId":1,"items":[{"productId":"a","quantity":0,"productPrice":-1}]})",
          {"items[0].quantity", "items[0].productPrice"});
  refused(R"({"customerId":1,"items":[{"productId":"a","quantity":1,"productPrice":1.005}]})", {"two decimals"});
  refused(R"({"customerId":1,"items":[{"productId":"a","quantity":1,"productPrice":1},
                                      {"productId":"a","quantity":1,"productPrice":1}]})",
          {"items[1]"});
  refused(R"({"customerId":1,"itmes":[]})", {"itmes", "items"});
  refused("not json", {"JSON"});
  EXPECT_EQ(orders_in_the_database(), 0U);
  EXPECT_TRUE(read_topic(broker_.bootstrap(), daemon_.orders()).empty());
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_P(Intake, WithoutTheDaemonNothingIsSaved) {
  create_topics(broker_.bootstrap(), daemon_);
  const auto output = create();
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.err, HasSubstr("nothing was saved"));
  daemon_.start_and_await();
  EXPECT_EQ(orders_in_the_database(), 0U);
  EXPECT_EQ(daemon_.stop(), 0);
}

TEST_P(Intake, WithoutTheBrokerTheOrderIsSavedSaidAndPublishedOnceLater) {
  start_with_topics();
  ASSERT_EQ(create().exit_code, 0);
  broker_.kill();
  const auto output = create();
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.err, HasSubstr("saved"));
  EXPECT_THAT(output.err, HasSubstr("published"));
  EXPECT_EQ(orders_in_the_database(), 2U);
  const auto saved = json::parse(output.out);
  EXPECT_FALSE(saved.value("published", true));

  broker_.start();
  LogReader reader(broker_.bootstrap(), daemon_.orders());
  int seen = 0;
  ASSERT_TRUE(wait_until(60s, [&] {
    while (reader.next(100ms)) ++seen;
    return seen >= 2;
  })) << daemon_.log();
  daemon_.await_ready();
  EXPECT_EQ(create().exit_code, 0);
  EXPECT_EQ(daemon_.stop(), 0);
  expect_published_once(3);
}

TEST_P(Intake, WhatACrashLeftBetweenSavingAndPublishingIsPublishedOnceByTheNextStart) {
  start_with_topics();
  ASSERT_EQ(create().exit_code, 0);
  broker_.kill();
  ASSERT_EQ(create().exit_code, 4);
  daemon_.kill();
  broker_.start();
  daemon_.start_and_await();
  LogReader reader(broker_.bootstrap(), daemon_.orders());
  int seen = 0;
  ASSERT_TRUE(wait_until(60s, [&] {
    while (reader.next(100ms)) ++seen;
    return seen >= 2;
  })) << daemon_.log();
  EXPECT_EQ(create().exit_code, 0);
  EXPECT_EQ(daemon_.stop(), 0);
  expect_published_once(3);
}

/// `order create --batch -` that is given orders until there have been enough.
class EndlessBatch {
 public:
  explicit EndlessBatch(const Daemon& daemon) : pipe_(daemon.folder() / "orders"), output_(daemon.folder() / "create.log") {
    std::signal(SIGPIPE, SIG_IGN);  // should it end too early
    if (::mkfifo(pipe_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
    auto command = daemon.ctl_command({"-q", "order", "create", "--batch", "-", "--wait", "PT1M"});
    std::vector<std::string> shell{"sh", "-c", "exec \"$@\" < '" + pipe_.string() + "'", "sh"};
    command.arguments.insert(command.arguments.begin(), shell.begin(), shell.end());
    command.output = output_;
    creator_ = Process::spawn(command);
    writer_ = std::jthread([this](const std::stop_token& stop) { write(stop); });
  }
  bool running() { return creator_->running(); }
  /// No more orders; how it ends.
  std::optional<ExitCode> finish() {
    writer_ = {};
    return creator_->wait(120s);
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string output() const { return slurp(output_); }

 private:
  /// No stream: the daemons that are started meanwhile would inherit its end of the pipe.
  void write(const std::stop_token& stop) {
    const std::string lines = batch_of_orders(100);
    const int fd = ::open(pipe_.c_str(), O_WRONLY | O_CLOEXEC);
    for (; !stop.stop_requested(); count_ += 100) {
      for (std::size_t written = 0; written < lines.size();) {
        const auto some = ::write(fd, lines.data() + written, lines.size() - written);
        if (some < 0) return;  // it has ended; the test sees that
        written += static_cast<std::size_t>(some);
      }
    }
    ::close(fd);
  }

  const std::filesystem::path pipe_, output_;
  std::optional<Process> creator_;
  std::atomic<std::size_t> count_ = 0;
  std::jthread writer_;
};

TEST_P(Intake, KillsWhileABatchIsCreatedLoseNothingAndPublishNothingTwice) {
  start_with_topics();
  EndlessBatch batch(daemon_);
  LogReader reader(broker_.bootstrap(), daemon_.orders());
  std::size_t seen = 0;
  for (const std::size_t progress : {500, 2'000, 4'000}) {
    ASSERT_TRUE(wait_until(60s, [&] {
      while (seen < progress && reader.next(100ms)) ++seen;
      return seen >= progress;
    })) << batch.output();
    daemon_.kill();
    ASSERT_TRUE(batch.running()) << batch.output();
    daemon_.start();
  }
  EXPECT_EQ(batch.finish(), 0) << batch.output();
  EXPECT_EQ(daemon_.get("/api/orders/counts").value().at("total"), batch.count());
  EXPECT_EQ(daemon_.stop(), 0);
  expect_published_once(batch.count());
}

TEST_P(Intake, TheSameIdempotencyKeyIsTheSameOrder) {
  start_with_topics();
  const auto first = create({"--idempotency-key", "once"});
  const auto second = create({"--idempotency-key", "once"});
  ASSERT_EQ(first.exit_code, 0) << first.text();
  ASSERT_EQ(second.exit_code, 0) << second.text();
  EXPECT_EQ(json::parse(first.out).at("orderId"), json::parse(second.out).at("orderId"));
  EXPECT_EQ(daemon_.stop(), 0);
  expect_published_once(1);
}

INSTANTIATE_TEST_SUITE_P(Databases, Intake, testing::Values("postgresql", "embedded"),
                         [](const auto& info) { return info.param; });

TEST(Catalog, ACodeThatItDoesNotHaveIsRefused) {
  Daemon daemon("catalog", {{"kafka.bootstrap_servers", shared_broker().bootstrap()},
                            {"database.backend", "embedded"},
                            {"catalog.backend", "file"}});
  daemon.set("catalog.location", daemon.folder() / "codes");
  write_file(daemon.folder() / "codes", "# what we sell\nmug\nplate\n");
  create_topics(shared_broker().bootstrap(), daemon);
  daemon.start_and_await();
  EXPECT_EQ(daemon.ctl(one_order).exit_code, 0);
  const auto output = daemon.ctl({"order", "create", "--customer", "7", "--item", "mgu:1@1.00"});
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_THAT(output.err, HasSubstr("items[0].productId"));
  EXPECT_THAT(output.err, HasSubstr("catalog"));
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
