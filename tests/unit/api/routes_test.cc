// What the daemon answers about orders and the state store; of batches only what the catalog says.
#include <sstream>

#include "routes_fixture.h"
#include "support/damage.h"
#include "temporary_folder.h"

namespace orders::api {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

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

TEST_F(Api, AKeyOfAnotherOrderIsRefused) {
  const std::pair<std::string, std::string> key{"idempotency-key", "k-1"};
  ASSERT_EQ(create(good, {key}).status, 201);
  const auto with_item = [](const std::string& item) { return R"({"customerId":7,"items":[)" + item + "]}"; };
  for (const auto& body :
       {with_item(R"({"productId":"cup","quantity":2,"productPrice":12.50})"),
        with_item(R"({"productId":"mug","quantity":3,"productPrice":12.50})"),
        with_item(R"({"productId":"mug","quantity":2,"productPrice":12.05})"),
        std::string(R"({"customerId":8,"items":[{"productId":"mug","quantity":2,"productPrice":12.50}]})"),
        with_item(R"({"productId":"mug","quantity":2,"productPrice":12.50},)"
                  R"({"productId":"cup","quantity":1,"productPrice":1})")}) {
    const auto reply = create(body, {key});
    expect_problem(reply, 422);
    EXPECT_THAT(reply.body, HasSubstr("1152921504606846977")) << "whose key it is";
  }
  for (const std::string price : {"12.5", "12.50", "1.25e1", "1250e-2"}) {
    const auto again = create(with_item(R"({"productId":"mug","quantity":2,"productPrice":)" + price + "}"), {key});
    EXPECT_EQ(again.status, 200) << price << " is the same price";
  }
  const auto lines = create_batch(good + "\n" + good, {{"idempotency-key", "b"}});
  ASSERT_EQ(lines.size(), 2u);
  const auto changed = create_batch(with_item(R"({"productId":"cup","quantity":2,"productPrice":1})") + "\n" + good,
                                    {{"idempotency-key", "b"}});
  EXPECT_EQ(changed.at(0).at("status"), 422);
  EXPECT_EQ(changed.at(1).at("status"), 200);
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

TEST_F(Api, ADatabaseThatHangsHoldsNoClientForEver) {
  intake_.mode = FakeIntake::Mode::hangs;
  services_.create_within = Milliseconds(10);
  const auto reply = create(good, {{"idempotency-key", "k-1"}});
  expect_problem(reply, 504);
  EXPECT_THAT(reply.body, HasSubstr("not known in time whether the order was saved"));
  const auto lines = create_batch(good + "\n{}\n" + good);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].at("status"), 504);
  EXPECT_EQ(lines[1].at("status"), 400);
  EXPECT_EQ(lines[2].at("status"), 504);
}

TEST_F(Api, AnOrderThatMayBeSavedIsNotSaidToBeUnsaved) {
  intake_.mode = FakeIntake::Mode::unknown;
  const auto reply = create(good);
  expect_problem(reply, 504);
  EXPECT_THAT(reply.body, HasSubstr("not known whether the order was saved"));
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

class OneAnswer : public catalog::Catalog {
 public:
  std::vector<Result<catalog::Standing>> look_up(std::span<const std::string> codes, Clock::time_point) override {
    ++asked;
    return {codes.size(), answer};
  }
  Result<catalog::Standing> answer = catalog::Standing::known;
  int asked = 0;
};

TEST_F(Api, TheCatalogIsAsked) {
  OneAnswer catalog;
  services_.catalog = &catalog;
  EXPECT_EQ(create(good).status, 201);
  EXPECT_FALSE(json::parse(create(good).body).contains("unchecked"));
  catalog.answer = catalog::Standing::unknown;
  const auto unknown = create(good);
  expect_problem(unknown, 400);
  EXPECT_EQ(json::parse(unknown.body).at("detail"), "items[0].productId 'mug' is not in the catalog");
  intake_.keys.clear();
  catalog.answer = fail(ErrorClass::wait, "the catalog is away");
  const auto away = create(good);
  expect_problem(away, 503);
  EXPECT_EQ(header(away, "Retry-After"), "5");
  EXPECT_EQ(json::parse(away.body).at("detail"), "the products can't be checked: the catalog is away");
  catalog.answer = fail(ErrorClass::denied, "the catalog does not let us");
  expect_problem(create(good), 503);
  EXPECT_THAT(intake_.keys, testing::IsEmpty()) << "nothing was handed on";
}

TEST_F(Api, AnOrderThatIsAcceptedUncheckedIsSaidToBe) {
  OneAnswer catalog;
  catalog.answer = catalog::Standing::unchecked;
  services_.catalog = &catalog;
  const auto first = create(good, {{"idempotency-key", "k"}});
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(json::parse(first.body).at("unchecked"), true);
  const auto again = create(good, {{"idempotency-key", "k"}});
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(json::parse(again.body).contains("unchecked")) << "who knows what was said of it then";
  EXPECT_EQ(create_batch(good).at(0).at("body").at("unchecked"), true);
}

TEST_F(Api, TheCatalogIsAskedOnceForABatch) {
  OneAnswer catalog;
  catalog.answer = fail(ErrorClass::wait, "the catalog is away");
  services_.catalog = &catalog;
  const auto lines = create_batch(good + "\n{}\n" + good);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].at("status"), 503);
  EXPECT_EQ(lines[1].at("status"), 400);
  EXPECT_EQ(lines[2].at("status"), 503);
  EXPECT_EQ(catalog.asked, 1);
  EXPECT_THAT(intake_.keys, testing::IsEmpty());
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
  table_view_.partitions = {{2, 51, 53}};
  const auto reply = get("/api/orders/store/5");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"key":5,"partition":2,"offset":50,"timestamp":1700000000123,"lag":2,"value":)"
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

TEST_F(Api, ALagThatIsNotKnownIsNotSaidToBeNone) {
  table_.put(5, "{}");
  const auto lags = [&] {
    std::vector<json> lags;
    for (const auto* path : {"/api/orders/store/5", "/api/orders/store", "/api/orders/store/count"}) {
      lags.push_back(json::parse(get(path).body).at("lag"));
    }
    return lags;
  };
  table_view_.partitions = {{0, 10, 10}, {1, 3, -1}};
  EXPECT_THAT(lags(), testing::Each(json(nullptr))) << "the end of partition 1 is not known";
  table_view_.partitions = {{0, 10, 10}, {1, 3, 3}};
  EXPECT_THAT(lags(), testing::Each(json(0)));
  table_view_.state = view::ViewStatus::State::degraded;
  EXPECT_THAT(lags(), testing::Each(json(nullptr))) << "the ends may have moved since the broker was there";
}

TEST_F(Api, WhatIsNotInATableThatIsBehindMayStillCome) {
  table_view_.partitions = {{0, 10, 15}};
  EXPECT_THAT(get("/api/orders/store/5").body, testing::HasSubstr("it is 5 records behind"));
  table_view_.partitions = {{0, 15, 15}};
  EXPECT_THAT(get("/api/orders/store/5").body, testing::Not(testing::HasSubstr("behind")));
  table_view_.partitions = {};
  EXPECT_THAT(get("/api/orders/store/5").body, testing::HasSubstr("not known"));
  EXPECT_EQ(get("/api/orders/store/5").status, 404);
}

TEST_F(Api, TheRealTableIsAskedThroughItsHolder) {
  const test::TemporaryFolder folder;
  auto opened = table::Table::open({folder.file("table")});
  ASSERT_TRUE(opened) << opened.error().text();
  auto table = std::make_shared<table::Table>(std::move(*opened));
  table::TableBatch batch;
  batch.put(5, 1, 42, from_millis(1'000), R"({"orderId":5})");
  ASSERT_TRUE(table->write(batch));
  std::shared_ptr<const table::Table> current;
  const auto queries = table_queries([&] { return current; });
  services_.table = queries.get();
  for (const auto* path : {"/api/orders/store", "/api/orders/store/5", "/api/orders/store/count"}) {
    expect_problem(get(path), 503);  // not open yet
  }
  current = table;
  EXPECT_EQ(get("/api/orders/store/5").body,
            R"({"key":5,"partition":1,"offset":42,"timestamp":1000,"lag":null,"value":{"orderId":5}})");
  EXPECT_EQ(json::parse(get("/api/orders/store/count").body).at("count"), 1);
  EXPECT_EQ(json::parse(get("/api/orders/store").body).at("rows").size(), 1u);
}

TEST_F(Api, ATableThatIsDamagedIs503AndNotAnEmptyAnswer) {
  const test::TemporaryFolder folder;
  const table::TableOptions options{folder.file("table")};
  {
    auto opened = table::Table::open(options);
    ASSERT_TRUE(opened) << opened.error().text();
    table::TableBatch batch;
    for (order::OrderId id = 1; id <= 300; ++id) batch.put(id, 0, id, {}, std::string(300, 'v'));
    ASSERT_TRUE(opened->write(batch));
  }
  ASSERT_EQ(orders::test::flip_bits_of_rows(options.path, 30), 1u);
  auto opened = table::Table::open(options);
  ASSERT_TRUE(opened) << opened.error().text();
  const auto table = std::make_shared<table::Table>(std::move(*opened));
  const auto queries = table_queries([&] { return table; });
  services_.table = queries.get();
  int damaged = 0;
  for (int id = 1; id <= 300; ++id) {
    const auto reply = get("/api/orders/store/" + std::to_string(id));
    if (reply.status == 200) continue;
    ++damaged;
    expect_problem(reply, 503);
    EXPECT_THAT(reply.body, testing::HasSubstr("built anew"));
  }
  EXPECT_GT(damaged, 0);
  EXPECT_LT(damaged, 300) << "other blocks can be read";
  expect_problem(get("/api/orders/store", {{"limit", "1000"}}), 503);
  expect_problem(get("/api/orders/store/count"), 503);
}

// --- the topology

TEST_F(Api, TheTopologyIsShownAsItsGraph) {
  graph_.application_id = "shop";
  graph_.nodes = {{graph::GraphNode::Kind::part, "join", "join", "4 tasks"}};
  const auto reply = get("/api/topology");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, graph::graph_json(graph_));
  expect_problem(get("/api/topology", {{"format", "dot"}}), 400);
  services_.topology = nullptr;
  expect_problem(get("/api/topology"), 409);
}

// --- the views

TEST_F(Api, TheTableIsBuiltAnewWhenAskedFor) {
  int asked = 0;
  services_.rebuild_table = [&] { ++asked; };
  EXPECT_EQ(ask("POST", "/api/views/table/rebuild").status, 202);
  EXPECT_EQ(asked, 1);
  expect_problem(ask("POST", "/api/views/table/rebuild", {{"now", "1"}}), 400);
  EXPECT_EQ(asked, 1);
  services_.rebuild_table = nullptr;
  expect_problem(ask("POST", "/api/views/table/rebuild"), 409);
}

TEST_F(Api, TheDatabaseViewsPositionIsMovedBesideAViewThatMovesIt) {
  database_.rows.positions = {{0, 100}, {1, 7}};
  database_.rows.moved_meanwhile = 3;
  const auto reply = ask("POST", "/api/views/database/position", {{"partition", "0"}, {"offset", "50"}});
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(json::parse(reply.body), json::parse(R"({"partition":0,"from":103,"to":50})"));
  EXPECT_EQ(database_.rows.positions, (std::map<std::int32_t, std::int64_t>{{0, 50}, {1, 7}}));
  for (const auto& [name, value] : {std::pair{"partition", "-1"}, {"offset", "-1"}, {"offset", "x"}}) {
    std::vector<std::pair<std::string, std::string>> parameters{{name, value}};
    parameters.emplace_back(name == std::string("offset") ? "partition" : "offset", "0");
    expect_problem(ask("POST", "/api/views/database/position", parameters), 400);
  }
  EXPECT_THAT(database_.rows.forgotten, testing::IsEmpty());
  const auto moved_to = [&](const char* offset, const char* forget) {
    return ask("POST", "/api/views/database/position",
               {{"partition", "1"}, {"offset", offset}, {"forget_results", forget}});
  };
  expect_problem(moved_to("1", "yes"), 400);
  EXPECT_EQ(moved_to("1", "false").status, 200);
  EXPECT_THAT(database_.rows.forgotten, testing::IsEmpty());
  EXPECT_EQ(moved_to("0", "true").status, 200);
  EXPECT_THAT(database_.rows.forgotten, testing::ElementsAre(1));
  database_.rows.away = true;
  expect_problem(ask("POST", "/api/views/database/position", {{"partition", "0"}, {"offset", "1"}}), 503);
  services_.database = nullptr;
  expect_problem(ask("POST", "/api/views/database/position", {{"partition", "0"}, {"offset", "1"}}), 409);
}

}  // namespace
}  // namespace orders::api
