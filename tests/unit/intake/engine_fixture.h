// Intake on a database and a broker in memory: what its tests stand on.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes.h"
#include "intake/engine.h"

namespace orders::intake {

using order::OrderId;
using test::FakeBroker;
using test::FakeDatabase;
using Future = std::future<Result<Accepted>>;

inline Request request(const std::string& product = "A", const std::string& key = "") {
  Request request;
  request.customer_id = 7;
  request.items = {{0, product, 2, order::Price(1050, 2)}, {0, product + "2", 1, order::Price(1, 0)}};
  request.idempotency_key = key;
  return request;
}

class Engine : public testing::Test {
 protected:
  Engine() {
    options_.intake.application_id = "orders";
    options_.intake.instance_id = "one";
    options_.intake.topic = "orders";
    options_.intake.publish_timeout = Milliseconds(60'000);  // a test that waits for it would fail
    options_.backoff = {Milliseconds(2), 2, Milliseconds(10)};
    options_.adopt_interval = Milliseconds(20);
  }
  ~Engine() override {
    broker_.change([](FakeBroker& b) { b.hangs = false; });
  }

  void start() {
    auto started = start_engine(options_, db_, broker_.is_published(), broker_.publishers());
    ASSERT_TRUE(started) << started.error().text();
    intake_ = std::move(*started);
  }
  /// Up to the point where a new order is published at once.
  void start_and_settle() {
    start();
    ASSERT_TRUE(broker_.wait_until([](FakeBroker& b) { return b.epochs["one"] == 1; }));
    auto future = submit(request("warm-up"));
    (void)take(future);  // not published yet, where the time for that is short
    ASSERT_TRUE(wait_for_empty_outbox());
    broker_.change([](FakeBroker& b) {
      b.topic.clear();
      b.transactions.clear();
      b.checks = 0;
    });
  }
  Future submit(Request r) {
    std::vector<Request> one;
    one.push_back(std::move(r));
    return std::move(intake_->submit(std::move(one)).at(0));
  }
  static Result<Accepted> result(Future& future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      return fail(ErrorClass::bug, "no answer after thirty seconds");
    }
    return future.get();
  }
  static Accepted take(Future& future) {
    auto accepted = result(future);
    EXPECT_TRUE(accepted) << accepted.error().text();
    return accepted ? *accepted : Accepted{};
  }
  std::size_t times_published(OrderId id) {
    return broker_.change([&](FakeBroker& b) { return b.count(id); });
  }
  /// The status follows the last step of the work by a moment.
  bool is_well_again() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (intake_->status().degraded && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return !intake_->status().degraded;
  }
  bool wait_for_empty_outbox() {
    return db_.wait_until([](FakeDatabase& db) { return db.outbox.empty(); });
  }

  EngineOptions options_;
  FakeDatabase db_;
  FakeBroker broker_;
  std::unique_ptr<Intake> intake_;
};

}  // namespace orders::intake
