// What the daemon answers, over fakes of its parts.
#include "api/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "api/router.h"
#include "temporary_folder.h"

namespace orders::api {
namespace {

using intake::Accepted;
using nlohmann::json;
using order::OrderId;
using testing::ElementsAre;
using testing::HasSubstr;

order::Order make_order(OrderId id, std::string status = "NEW") {
  order::Order order;
  order.id = id;
  order.customer_id = 7;
  order.status = std::move(status);
  order.items = {{1, "A", 2, order::Price(1050, 2)}};
  return order;
}

/// Accepts in memory; ids count from 2^60 + 1, which no double can hold.
class FakeIntake : public intake::Intake {
 public:
  static constexpr OrderId first_id = (OrderId{1} << 60) + 1;

  std::vector<std::future<Result<Accepted>>> submit(std::vector<intake::Request> requests) override {
    std::vector<std::future<Result<Accepted>>> futures;
    for (auto& request : requests) {
      std::promise<Result<Accepted>> promise;
      futures.push_back(promise.get_future());
      promise.set_value(accept(request));
    }
    return futures;
  }
  intake::IntakeStatus status() const override { return status_; }
  void stop() override {}

  enum class Mode { publishes, broker_away, database_away, refuses } mode = Mode::publishes;
  std::vector<std::string> keys;
  intake::IntakeStatus status_;

 private:
  Result<Accepted> accept(intake::Request& request) {
    keys.push_back(request.idempotency_key);
    if (mode == Mode::database_away) return fail(ErrorClass::wait, "the database is away", "wait for it");
    if (mode == Mode::refuses) return fail(ErrorClass::bug, "something odd");
    Accepted accepted;
    const auto known = by_key_.find(request.idempotency_key);
    accepted.existed = !request.idempotency_key.empty() && known != by_key_.end();
    accepted.order = accepted.existed ? known->second : make_order(first_id + static_cast<OrderId>(made_));
    accepted.published = mode == Mode::publishes;
    if (accepted.existed) return accepted;
    accepted.order.customer_id = request.customer_id;
    accepted.order.items = std::move(request.items);
    by_key_[request.idempotency_key] = accepted.order;
    if (accepted.published) {
      accepted.topic = "orders";
      accepted.partition = 3;
      accepted.offset = made_;
    }
    ++made_;
    return accepted;
  }

  std::map<std::string, order::Order> by_key_;
  int made_ = 0;
};

class FakeSession : public database::Session {
 public:
  struct Rows {
    std::map<OrderId, database::OrderRow> rows;
    bool away = false;
    int sessions = 0;
    std::optional<database::ListFilter> filter;
  };
  explicit FakeSession(Rows& rows) : rows_(rows) {}

  Result<std::optional<database::OrderRow>> find(OrderId id) override {
    if (rows_.away) return fail(ErrorClass::wait, "the database is away");
    const auto found = rows_.rows.find(id);
    if (found == rows_.rows.end()) return std::nullopt;
    return found->second;
  }
  Result<std::vector<database::OrderRow>> list(const database::ListFilter& filter) override {
    if (rows_.away) return fail(ErrorClass::wait, "the database is away");
    rows_.filter = filter;
    std::vector<database::OrderRow> page;
    for (const auto& [id, row] : rows_.rows) {
      if ((!filter.after || id > *filter.after) && page.size() < filter.limit) page.push_back(row);
    }
    return page;
  }
  Result<std::vector<StatusCount>> count_by_status() override {
    return std::vector<StatusCount>{{"NEW", 2}, {"odd\"status", 1}};
  }

  Result<std::vector<database::Saved>> save_new(std::span<const database::NewOrder>, std::string_view) override {
    return unused();
  }
  Result<std::vector<database::OutboxRow>> outbox(std::string_view, std::size_t) override { return unused(); }
  Result<std::vector<std::string>> outbox_claimants(Milliseconds) override { return unused(); }
  Result<std::uint64_t> outbox_claim(std::string_view, std::string_view) override { return unused(); }
  Result<> outbox_remove(std::span<const OrderId>) override { return unused(); }
  Result<std::uint64_t> outbox_depth() override { return unused(); }
  Result<std::vector<database::Position>> positions() override { return unused(); }
  Result<database::Applied> apply(const database::Batch&) override { return unused(); }

 private:
  static tl::unexpected<Error> unused() { return fail(ErrorClass::bug, "not the API's"); }
  Rows& rows_;
};

class FakeDatabase : public database::Database {
 public:
  std::unique_ptr<database::Session> session() override {
    ++rows.sessions;
    return std::make_unique<FakeSession>(rows);
  }
  Result<database::SchemaState> schema() override { return database::SchemaState{}; }
  Result<std::vector<int>> migrate() override { return std::vector<int>{}; }
  std::string describe() const override { return "a fake"; }
  FakeSession::Rows rows;
};

class FakeTable : public TableQueries {
 public:
  Result<std::optional<view::TableRow>> get(OrderId id) const override {
    const auto found = rows.find(id);
    if (found == rows.end()) return std::nullopt;
    return found->second;
  }
  Result<view::Table::Page> list(std::optional<OrderId> after, std::size_t limit) const override {
    view::Table::Page page;
    for (const auto& [id, row] : rows) {
      if (after && id <= *after) continue;
      if (page.rows.size() == limit) {
        page.next = page.rows.back().id;
        break;
      }
      page.rows.push_back(row);
    }
    return page;
  }
  Result<std::uint64_t> count() const override { return rows.size(); }
  void put(OrderId id, std::string value) {
    rows[id] = view::TableRow{id, 2, id * 10, from_millis(1'700'000'000'123), std::move(value)};
  }
  std::map<OrderId, view::TableRow> rows;
};

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
  view::ViewStatus table_view_, database_view_;
  std::vector<std::string> trouble_;
  Services services_;
};

const std::string good = R"({"customerId":7,"items":[{"productId":"mug","quantity":2,"productPrice":12.50}]})";

// --- creating

TEST_F(Api, ANewOrderIsCreatedWithItsPlaceInTheLog) {
  const auto reply = create(good);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(header(reply, "Location"), "/api/orders/1152921504606846977");
  EXPECT_THAT(reply.body, HasSubstr(R"("orderId":1152921504606846977)"));
  EXPECT_THAT(reply.body, HasSubstr(R"("productPrice":12.50)"));
  const auto body = json::parse(reply.body);
  EXPECT_EQ(body.at("customerId"), 7);
  EXPECT_EQ(body.at("status"), "NEW");
  EXPECT_EQ(body.at("published"), true);
  EXPECT_EQ(body.at("topic"), "orders");
  EXPECT_EQ(body.at("partition"), 3);
  EXPECT_EQ(body.at("offset"), 0);
}

TEST_F(Api, AUsedKeyGivesTheOrderThatItMade) {
  const auto first = create(good, {{"idempotency-key", "k-1"}});
  const auto second = create(good, {{"idempotency-key", "k-1"}});
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(header(second, "Location"), "");
  const auto body = json::parse(second.body);
  EXPECT_EQ(body.at("orderId"), json::parse(first.body).at("orderId"));
  EXPECT_EQ(body.at("existed"), true);
  EXPECT_FALSE(body.contains("offset"));
  EXPECT_THAT(intake_.keys, ElementsAre("k-1", "k-1"));
}

TEST_F(Api, ASavedOrderThatIsNotPublishedIsAccepted) {
  intake_.mode = FakeIntake::Mode::broker_away;
  const auto reply = create(good);
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(json::parse(reply.body).at("published"), false);
  EXPECT_FALSE(json::parse(reply.body).contains("topic"));
  EXPECT_NE(header(reply, "Location"), "");
}

TEST_F(Api, ABadRequestNamesItsMembers) {
  const auto reply = create(R"({"customerId":0,"items":[{"productId":"A","quantity":0,"productPrice":1.005}]})");
  expect_problem(reply, 400);
  const auto errors = json::parse(reply.body).at("errors");
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_EQ(errors[0], json({{"member", "customerId"}, {"message", "must be at least 1"}}));
  EXPECT_EQ(errors[1].at("member"), "items[0].quantity");
  EXPECT_EQ(errors[2].at("message"), "must have at most two decimals");
  EXPECT_TRUE(intake_.keys.empty());
}

TEST_F(Api, WhatIsNotJsonIsABadRequest) {
  for (const std::string body : {"", "not json", "{\"customerId\":", "[]", "\xff\xfe"}) {
    const auto reply = create(body);
    expect_problem(reply, 400);
    EXPECT_EQ(json::parse(reply.body).at("errors").size(), 1u);
  }
}

TEST_F(Api, ABadKeyIsABadRequest) {
  for (const std::string& key : {std::string(), std::string(201, 'k'), std::string("a b"), std::string("ü")}) {
    const auto reply = create(good, {{"idempotency-key", key}});
    expect_problem(reply, 400);
    EXPECT_THAT(reply.body, HasSubstr("Idempotency-Key"));
  }
}

TEST_F(Api, WithoutTheDatabaseCreatingIsUnavailable) {
  intake_.mode = FakeIntake::Mode::database_away;
  const auto reply = create(good);
  expect_problem(reply, 503);
  EXPECT_EQ(header(reply, "Retry-After"), "5");
  EXPECT_EQ(json::parse(reply.body).at("detail"), "the database is away; wait for it");
  intake_.mode = FakeIntake::Mode::refuses;
  expect_problem(create(good), 500);
}

TEST_F(Api, WithoutABackendCreatingAndAskingAreConflicts) {
  services_.intake = nullptr;
  services_.database = nullptr;
  services_.table = nullptr;
  expect_problem(create(good), 409);
  EXPECT_THAT(create(good).body, HasSubstr("database.backend is none"));
  expect_problem(ask("POST", "/api/orders/batch", {}, good), 409);
  for (const auto* path : {"/api/orders", "/api/orders/5", "/api/orders/counts", "/api/orders/store",
                           "/api/orders/store/5", "/api/orders/store/count"}) {
    expect_problem(get(path), 409);
  }
}

TEST_F(Api, TheCatalogIsAsked) {
  class EmptyCatalog : public intake::Catalog {
   public:
    Result<bool> contains(std::string_view) override {
      if (away) return fail(ErrorClass::wait, "the catalog is away");
      return false;
    }
    bool away = false;
  } catalog;
  services_.catalog = &catalog;
  expect_problem(create(good), 400);
  catalog.away = true;
  expect_problem(create(good), 503);
}

// --- batches

TEST_F(Api, ABatchIsAnsweredLineByLine) {
  const auto lines = create_batch(good + "\n" + "{}\n" + "\n" + good);
  ASSERT_EQ(lines.size(), 4u);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].at("line"), i + 1);
  EXPECT_EQ(lines[0].at("status"), 201);
  EXPECT_EQ(lines[0].at("body").at("orderId"), FakeIntake::first_id);
  EXPECT_EQ(lines[0].at("body").at("status"), "NEW");
  EXPECT_EQ(lines[1].at("status"), 400);
  EXPECT_EQ(lines[1].at("body").at("errors").size(), 2u);
  EXPECT_EQ(lines[2].at("status"), 400);
  EXPECT_EQ(lines[3].at("status"), 201);
  EXPECT_EQ(lines[3].at("body").at("orderId"), FakeIntake::first_id + 1);
  EXPECT_THAT(intake_.keys, ElementsAre("", ""));
}

TEST_F(Api, ABatchesKeysCountItsLines) {
  EXPECT_EQ(create_batch(good + "\n{}\n" + good + "\n", {{"idempotency-key", "K"}}).size(), 3u);
  EXPECT_THAT(intake_.keys, ElementsAre("K/1", "K/3"));
  const auto lines = create_batch(good + "\n" + good, {{"idempotency-key", "K"}, {"batch-first-line", "3"}});
  EXPECT_EQ(lines[0].at("line"), 3);
  EXPECT_EQ(lines[0].at("status"), 200);  // K/3 was there
  EXPECT_EQ(lines[1].at("line"), 4);
  EXPECT_EQ(lines[1].at("status"), 201);
}

TEST_F(Api, ABatchHasAtMostAThousandLines) {
  std::string body;
  for (int i = 0; i < 1'000; ++i) body += good + "\n";
  EXPECT_EQ(create_batch(body).size(), 1'000u);
  expect_problem(ask("POST", "/api/orders/batch", {}, body + good), 413);
  EXPECT_EQ(intake_.keys.size(), 1'000u);  // none of the second
  EXPECT_TRUE(create_batch("").empty());
}

TEST_F(Api, ABatchWithoutTheDatabaseIsUnavailableLineByLine) {
  intake_.mode = FakeIntake::Mode::database_away;
  const auto lines = create_batch(good + "\n" + good);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].at("status"), 503);
  EXPECT_EQ(lines[1].at("body").at("detail"), "the database is away; wait for it");
}

TEST_F(Api, ABatchsFirstLineMustBeANumber) {
  for (const auto* line : {"0", "-1", "x", "", "1.5", "99999999999999999999"}) {
    expect_problem(ask("POST", "/api/orders/batch", {}, good, {{"batch-first-line", line}}), 400);
  }
}

// --- the database

TEST_F(Api, AnOrderIsShownAsTheDatabaseHasIt) {
  database::OrderRow row;
  row.order = make_order(FakeIntake::first_id, "ROLLBACK");
  row.order.source = "PAYMENT";
  row.created = from_millis(1'700'000'000'000);
  row.updated = from_millis(1'700'000'001'500);
  database_.rows.rows[row.order.id] = row;
  const auto without_result = get("/api/orders/1152921504606846977");
  EXPECT_EQ(without_result.status, 200);
  EXPECT_EQ(
      without_result.body,
      R"({"orderId":1152921504606846977,"customerId":7,"status":"ROLLBACK","source":"PAYMENT","items":)"
      R"([{"itemId":1,"productId":"A","quantity":2,"productPrice":10.50}],"createdAt":"2023-11-14T22:13:20.000Z",)"
      R"("updatedAt":"2023-11-14T22:13:21.500Z","result":null})");
  row.result_partition = 0;
  row.result_offset = 9;
  database_.rows.rows[row.order.id] = row;
  EXPECT_THAT(get("/api/orders/1152921504606846977").body, HasSubstr(R"("result":{"partition":0,"offset":9}})"));
}

TEST_F(Api, AnOrderThatIsNotThereIsNotFound) {
  expect_problem(get("/api/orders/5"), 404);
  expect_problem(get("/api/orders/store/5"), 404);
  for (const auto* id : {"x", "1.5", "+1", "99999999999999999999", "01"}) {
    expect_problem(get(std::string("/api/orders/") + id), 400);
    expect_problem(get(std::string("/api/orders/store/") + id), 400);
  }
  database_.rows.away = true;
  const auto away = get("/api/orders/5");
  expect_problem(away, 503);
  EXPECT_EQ(header(away, "Retry-After"), "5");
}

TEST_F(Api, OrdersAreListedPageByPage) {
  for (OrderId id = 1; id <= 5; ++id) database_.rows.rows[id].order = make_order(id);
  auto page = json::parse(get("/api/orders", {{"limit", "2"}}).body);
  EXPECT_EQ(page.at("orders").size(), 2u);
  EXPECT_EQ(page.at("next"), 2);
  page = json::parse(get("/api/orders", {{"limit", "2"}, {"after", "2"}}).body);
  EXPECT_EQ(page.at("orders").at(0).at("orderId"), 3);
  EXPECT_EQ(page.at("next"), 4);
  page = json::parse(get("/api/orders", {{"limit", "2"}, {"after", "3"}}).body);
  EXPECT_EQ(page.at("orders").size(), 2u);
  EXPECT_EQ(page.at("next"), nullptr);  // the last page is full, and is known to be the last
  page = json::parse(get("/api/orders", {{"after", "5"}}).body);
  EXPECT_EQ(page, json::parse(R"({"orders":[],"next":null})"));
}

TEST_F(Api, TheListsFiltersReachTheDatabase) {
  EXPECT_EQ(get("/api/orders", {{"status", "NEW"}, {"customer", "7"}, {"after", "-3"}}).status, 200);
  const auto& filter = database_.rows.filter.value();
  EXPECT_EQ(filter.status, "NEW");
  EXPECT_EQ(filter.customer_id, 7);
  EXPECT_EQ(filter.after, -3);
  EXPECT_EQ(filter.limit, 101u);
}

TEST_F(Api, BadParametersAreNamedAllAtOnce) {
  const auto reply = get("/api/orders", {{"limit", "0"}, {"after", "x"}, {"custommer", "5"}, {"status", ""}});
  expect_problem(reply, 400);
  std::map<std::string, std::string> errors;
  const auto body = json::parse(reply.body);
  for (const auto& error : body.at("errors")) errors[error.at("member")] = error.at("message");
  EXPECT_EQ(errors, (std::map<std::string, std::string>{{"after", "must be a whole number"},
                                                        {"custommer", "is not known; did you mean customer?"},
                                                        {"limit", "must be a whole number from 1 to 1000"},
                                                        {"status", "must not be empty"}}));
  for (const auto* limit : {"1001", "-1", "", "1e3", "ten"}) {
    expect_problem(get("/api/orders", {{"limit", limit}}), 400);
    expect_problem(get("/api/orders/store", {{"limit", limit}}), 400);
  }
  expect_problem(get("/api/orders", {{"limit", "5"}, {"limit", "6"}}), 400);
  expect_problem(get("/api/orders/counts", {{"limit", "5"}}), 400);
  expect_problem(get("/api/orders/store/count", {{"x", ""}}), 400);
}

TEST_F(Api, OrdersAreCountedByStatus) {
  EXPECT_EQ(json::parse(get("/api/orders/counts").body),
            json::parse(R"({"counts":{"NEW":2,"odd\"status":1},"total":3})"));
}

TEST_F(Api, QueriesOneAfterAnotherShareASession) {
  const Router router(routes(services_));
  const auto match = router.find("GET", "/api/orders/counts");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(match.route->handler(Request{}).status, 200);
  EXPECT_EQ(database_.rows.sessions, 1);
}

// --- the state store

TEST_F(Api, ARowsValueIsShownByteForByte) {
  table_.put(5, R"({ "orderId": 5, "price": 1.10, "big": 123456789012345678901234567890 })");
  const auto reply = get("/api/orders/store/5");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"key":5,"partition":2,"offset":50,"timestamp":1700000000123,"value":)"
                        R"({ "orderId": 5, "price": 1.10, "big": 123456789012345678901234567890 }})");
}

TEST_F(Api, AValueThatIsNotJsonIsShownInBase64) {
  table_.put(5, "{\"broken");
  table_.put(6, std::string("\xff\0", 2));
  EXPECT_EQ(json::parse(get("/api/orders/store/5").body).at("value_base64"), "eyJicm9rZW4=");
  EXPECT_EQ(json::parse(get("/api/orders/store/6").body).at("value_base64"), "/wA=");
  EXPECT_FALSE(json::parse(get("/api/orders/store/6").body).contains("value"));
}

TEST_F(Api, RowsAreListedAndCountedWithTheLag) {
  for (OrderId id = 1; id <= 3; ++id) table_.put(id, "{}");
  table_view_.partitions = {{0, 10, 15}, {1, 3, 3}};
  auto page = json::parse(get("/api/orders/store", {{"limit", "2"}}).body);
  EXPECT_EQ(page.at("rows").size(), 2u);
  EXPECT_EQ(page.at("next"), 2);
  EXPECT_EQ(page.at("lag"), 5);
  page = json::parse(get("/api/orders/store", {{"after", "2"}}).body);
  EXPECT_EQ(page.at("rows").at(0).at("key"), 3);
  EXPECT_EQ(page.at("next"), nullptr);
  EXPECT_EQ(json::parse(get("/api/orders/store/count").body), json::parse(R"({"count":3,"lag":5})"));
}

TEST_F(Api, TheRealTableIsAskedThroughItsHolder) {
  const test::TemporaryFolder folder;
  auto opened = view::Table::open({folder.file("table")});
  ASSERT_TRUE(opened) << opened.error().text();
  auto table = std::make_shared<view::Table>(std::move(*opened));
  view::TableBatch batch;
  batch.put(5, 1, 42, from_millis(1'000), R"({"orderId":5})");
  ASSERT_TRUE(table->write(batch));
  std::shared_ptr<const view::Table> current;
  const auto queries = table_queries([&] { return current; });
  services_.table = queries.get();
  for (const auto* path : {"/api/orders/store", "/api/orders/store/5", "/api/orders/store/count"}) {
    expect_problem(get(path), 503);  // not open yet
  }
  current = table;
  EXPECT_EQ(get("/api/orders/store/5").body,
            R"({"key":5,"partition":1,"offset":42,"timestamp":1000,"value":{"orderId":5}})");
  EXPECT_EQ(json::parse(get("/api/orders/store/count").body).at("count"), 1);
  EXPECT_EQ(json::parse(get("/api/orders/store").body).at("rows").size(), 1u);
}

// --- status and health

TEST_F(Api, AllWellIsRunningAndReady) {
  const auto status = json::parse(get("/api/status").body);
  EXPECT_EQ(status.at("version"), "1.2.3");
  EXPECT_EQ(status.at("application_id"), "orders");
  EXPECT_EQ(status.at("instance_id"), "one");
  EXPECT_EQ(status.at("state"), "running");
  EXPECT_EQ(status.at("reason"), "");
  EXPECT_EQ(status.at("reasons"), json::array());
  EXPECT_GE(status.at("uptime_seconds"), 5);
  EXPECT_EQ(status.at("started"), format_timestamp(services_.started));
  EXPECT_EQ(get("/livez").status, 200);
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(json::parse(ready.body), json::parse(R"({"ready":true,"state":"running","reasons":[]})"));
}

TEST_F(Api, TheStatusShowsEveryPart) {
  join_.fates.read = 10;
  join_.fates.joined = 6;
  join_.fates.carried = -2;
  topology::TaskStatus task;
  task.partition = 4;
  task.state = topology::TaskStatus::State::running;
  task.payment.next_offset = 7;
  task.payment.end = 9;
  task.payment.waiting = 3;
  task.payment.stream_time = from_millis(1'700'000'000'000);
  task.stock.waiting = 1;
  join_.workers[0].tasks = {task};
  join_.workers[0].commits = 5;
  table_view_.partitions = {{0, 10, 15}, {1, 0, -1}};
  intake_.status_.accepted = 8;
  const auto status = json::parse(get("/api/status").body);
  EXPECT_EQ(status.at("join").at("fates").at("joined"), 6);
  EXPECT_EQ(status.at("join").at("fates").at("carried"), -2);
  EXPECT_EQ(status.at("join").at("waiting"), 4);
  const auto& worker = status.at("join").at("workers").at(0);
  EXPECT_EQ(worker.at("name"), "one-1");
  EXPECT_EQ(worker.at("state"), "running");
  EXPECT_EQ(worker.at("commits"), 5);
  EXPECT_EQ(worker.at("last_commit"), nullptr);
  const auto& shown = worker.at("tasks").at(0);
  EXPECT_EQ(shown.at("partition"), 4);
  EXPECT_EQ(shown.at("state"), "running");
  EXPECT_EQ(shown.at("payment").at("lag"), 2);
  EXPECT_EQ(shown.at("payment").at("stream_time"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(shown.at("stock").at("lag"), nullptr);
  EXPECT_EQ(status.at("views").at("table").at("lag"), 5);
  EXPECT_EQ(status.at("views").at("table").at("partitions").at(1).at("end"), nullptr);
  EXPECT_EQ(status.at("views").at("database").at("state"), "current");
  EXPECT_EQ(status.at("intake").at("accepted"), 8);
}

TEST_F(Api, PartsThatAreNotThereAreNull) {
  services_.join = nullptr;
  services_.table_status = nullptr;
  services_.database_status = nullptr;
  services_.intake = nullptr;
  services_.trouble = nullptr;
  const auto status = json::parse(get("/api/status").body);
  EXPECT_EQ(status.at("join"), nullptr);
  EXPECT_EQ(status.at("views"), json::parse(R"({"table":null,"database":null})"));
  EXPECT_EQ(status.at("intake"), nullptr);
  EXPECT_EQ(status.at("state"), "running");
}

TEST_F(Api, TheWorstPartNamesTheStateAndAllAreNamed) {
  using Worker = topology::WorkerStatus::State;
  using View = view::ViewStatus::State;
  const auto state = [&] { return json::parse(get("/api/status").body).at("state").get<std::string>(); };
  table_view_.state = View::catching_up;
  EXPECT_EQ(state(), "running");
  table_view_.state = View::starting;
  EXPECT_EQ(state(), "starting");
  join_.workers[0].state = Worker::rebuilding;
  EXPECT_EQ(state(), "rebuilding");
  database_view_.state = View::degraded;
  database_view_.reason = "PostgreSQL is away";
  EXPECT_EQ(state(), "degraded");
  intake_.status_.degraded = true;
  intake_.status_.reason = "database: away";
  trouble_ = {"disk is full"};
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(json::parse(ready.body).at("reasons"),
            json({"disk is full", "worker one-1: rebuilding", "table view: starting",
                  "database view: PostgreSQL is away", "intake: database: away"}));
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(Api, EachPartAloneTakesReadinessAway) {
  using Worker = topology::WorkerStatus::State;
  for (const auto state :
       {Worker::starting, Worker::rebalancing, Worker::rebuilding, Worker::degraded, Worker::stopped}) {
    join_.workers[0].state = state;
    EXPECT_EQ(get("/readyz").status, 503);
  }
  join_.workers[0].state = Worker::running;
  EXPECT_EQ(get("/readyz").status, 200);
  topology::TaskStatus task;
  task.partition = 3;
  task.state = topology::TaskStatus::State::stopped;
  task.reason = "offset 5 is gone";
  join_.workers[0].tasks = {task};
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_THAT(get("/readyz").body, HasSubstr("partition 3: offset 5 is gone"));
  join_.workers.clear();
  EXPECT_EQ(get("/readyz").status, 503);
}

TEST_F(Api, OnlyHealthIsAnsweredAtOnce) {
  std::set<std::string> immediate;
  for (const auto& route : routes(services_)) {
    if (route.immediate) immediate.insert(route.pattern);
  }
  EXPECT_THAT(immediate, ElementsAre("/api/status", "/livez", "/readyz"));
}

}  // namespace
}  // namespace orders::api
