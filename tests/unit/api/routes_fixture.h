// The daemon's routes over fakes of its parts.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "fakes.h"

namespace orders::api::test {

/// An order that is accepted.
inline const std::string good =
    R"({"customerId":7,"items":[{"productId":"mug","quantity":2,"productPrice":12.50}]})";

class Api : public testing::Test {
 protected:
  Api() {
    services_.version = "1.2.3";
    services_.application_id = "orders";
    services_.instance_id = "one";
    services_.started = wall_clock_now() - Milliseconds(5'000);
    services_.intake = &intake_;
    services_.database = &database_;
    services_.table = &table_;
    services_.join = [this] { return join_; };
    services_.table_status = [this] { return table_view_; };
    services_.database_status = [this] { return database_view_; };
    services_.topology = [this] { return graph_; };
    services_.trouble = [this] { return trouble_; };
    topology::WorkerStatus worker;
    worker.name = "one-1";
    worker.state = topology::WorkerStatus::State::running;
    join_.workers = {worker};
    table_view_.name = "table";
    table_view_.state = view::ViewStatus::State::current;
    database_view_.name = "database";
    database_view_.state = view::ViewStatus::State::current;
  }

  /// What is answered without a handler thread, if anything is.
  std::optional<Reply> get_at_once(const std::string& path) {
    const Router router(routes(services_));
    auto match = router.find("GET", path);
    if (match.route == nullptr || !match.route->at_once) return std::nullopt;
    Request request;
    request.captures = std::move(match.captures);
    return match.route->at_once(request);
  }
  Reply ask(const std::string& method, const std::string& path,
            std::vector<std::pair<std::string, std::string>> parameters = {}, std::string body = "",
            std::vector<std::pair<std::string, std::string>> headers = {}) {
    const Router router(routes(services_));
    auto match = router.find(method, path);
    if (match.route == nullptr) {
      ADD_FAILURE() << "no route for " << method << " " << path;
      return {};
    }
    Request request;
    request.method = method;
    request.path = path;
    request.query = std::move(parameters);
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.captures = std::move(match.captures);
    return match.route->handler(request);
  }
  Reply get(const std::string& path, std::vector<std::pair<std::string, std::string>> parameters = {}) {
    return ask("GET", path, std::move(parameters));
  }
  Reply create(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask("POST", "/api/orders", {}, std::move(body), std::move(headers));
  }
  std::vector<json> create_batch(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    const auto reply = ask("POST", "/api/orders/batch", {}, std::move(body), std::move(headers));
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.content_type, "application/x-ndjson");
    std::vector<json> lines;
    std::istringstream in(reply.body);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
  }
  static std::string header(const Reply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
      if (key == name) return value;
    }
    return "";
  }
  static void expect_problem(const Reply& reply, int status) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(reply.content_type, "application/problem+json");
    EXPECT_EQ(json::parse(reply.body).at("status"), status);
  }

  FakeIntake intake_;
  FakeDatabase database_;
  FakeTable table_;
  topology::Status join_;
  graph::Graph graph_;
  view::ViewStatus table_view_, database_view_;
  std::vector<std::string> trouble_;
  Services services_;
};

}  // namespace orders::api::test
