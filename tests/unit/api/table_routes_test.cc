// What the daemon answers about the table beyond its rows: filters, sizes, and what waits in the join.
#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

class TableRoutes : public Api {
 protected:
  TableRoutes() {
    table_.put(1, R"({"status":"NEW","customerId":7})");
    table_.put(2, R"({"status":"ROLLBACK","customerId":7,"source":"PAYMENT"})");
    table_.put(3, R"({"status":"ROLLBACK","customerId":8,"source":"INVENTORY"})");
    table_.rows[3].timestamp = from_millis(1'800'000'000'000);
  }
  std::vector<OrderId> keys(const std::vector<std::pair<std::string, std::string>>& parameters) {
    const auto reply = get("/api/orders/store", parameters);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::vector<OrderId> keys;
    const auto page = json::parse(reply.body);
    for (const auto& row : page.at("rows")) keys.push_back(row.at("key"));
    EXPECT_EQ(json::parse(get("/api/orders/store/count", parameters).body).at("count"), keys.size());
    return keys;
  }
};

TEST_F(TableRoutes, RowsAreFilteredAndCountedByWhatTheySay) {
  EXPECT_THAT(keys({{"status", "ROLLBACK"}}), ElementsAre(2, 3));
  EXPECT_THAT(keys({{"customer", "7"}}), ElementsAre(1, 2));
  EXPECT_THAT(keys({{"source", "INVENTORY"}, {"status", "ROLLBACK"}}), ElementsAre(3));
  EXPECT_THAT(keys({{"since", "1750000000000"}}), ElementsAre(3));
}

TEST_F(TableRoutes, ARowInMemoryIsAnsweredAtOnceAndAsEver) {
  for (const std::string path : {"/api/orders/store/2", "/api/orders/store/99", "/api/orders/store/two"}) {
    const auto at_once = get_at_once(path);
    ASSERT_TRUE(at_once) << path;
    const auto reply = get(path);
    EXPECT_EQ(at_once->status, reply.status);
    EXPECT_EQ(at_once->body, reply.body);
  }
  table_.in_memory = false;
  EXPECT_FALSE(get_at_once("/api/orders/store/2"));
  services_.table = nullptr;
  expect_problem(get_at_once("/api/orders/store/2").value(), 409);
}

TEST_F(TableRoutes, AWrongFilterIsNamed) {
  const auto reply = get("/api/orders/store", {{"customer", "me"}, {"since", "soon"}, {"stauts", "NEW"}});
  expect_problem(reply, 400);
  for (const char* part : {"customer must be a whole number", "since must be", "did you mean status?"})
    EXPECT_THAT(reply.body, HasSubstr(part));
  expect_problem(get("/api/orders/store/count", {{"status", ""}}), 400);
}

TEST_F(TableRoutes, StatsHaveTheEndsThatTheViewKnows) {
  table_view_.partitions = {{0, 10, 15}, {1, 3, -1}};
  const auto stats = json::parse(get("/api/orders/store/stats").body);
  EXPECT_EQ(stats.at("rows"), 3);
  EXPECT_EQ(stats.at("levels"),
            json::parse(R"([{"level":0,"files":2,"bytes":1000},{"level":6,"files":1,"bytes":50000}])"));
  EXPECT_EQ(stats.at("positions"),
            json::parse(R"([{"partition":0,"next_offset":10,"end":15,"end_seen":null},)"
                        R"({"partition":1,"next_offset":3,"end":null,"end_seen":1700000000000}])"));
  EXPECT_EQ(stats.at("lag"), nullptr);
}

TEST_F(TableRoutes, FlushAsksTheTableOnce) {
  const auto reply = ask("POST", "/api/orders/store/flush");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"flushed":true})");
  EXPECT_EQ(table_.flushes, 1);
}

TEST_F(TableRoutes, WithoutATableOrAJoinTheyAreConflicts) {
  services_.table = nullptr;
  expect_problem(get("/api/orders/store/stats"), 409);
  expect_problem(ask("POST", "/api/orders/store/flush"), 409);
  expect_problem(get("/api/join/waiting"), 409);
}

class WaitingRoute : public Api {
 protected:
  WaitingRoute() {
    services_.waiting = [this](const topology::WaitingQuery& query) -> Result<topology::WaitingPage> {
      asked_ = query;
      if (busy_) return fail(ErrorClass::wait, "worker one-0 is busy");
      return page_;
    };
    page_.partitions = {0, 3};
    topology::WaitingRecord record;
    record.place = {from_millis(1'000), 3, join::Side::stock, 42};
    record.order_id = (OrderId{1} << 60) + 1;
    record.topic = "stock-orders";
    record.status = order::Status::reject;
    record.age = Milliseconds{5'000};
    record.given_up_above = from_millis(21'000);
    page_.records = {record};
  }
  topology::WaitingPage page_;
  topology::WaitingQuery asked_;
  bool busy_ = false;
};

TEST_F(WaitingRoute, TellsWhatWaitsForWhat) {
  page_.records.push_back(page_.records.front());
  page_.records.back().status = order::Status::unknown;
  page_.records.back().left = Milliseconds{250};
  page_.next = page_.records.back().place;
  page_.rebuilding = {5};
  const auto answer = json::parse(get("/api/join/waiting").body);
  EXPECT_EQ(answer.at("waiting").at(0),
            json::parse(R"({"orderId":1152921504606846977,"side":"stock","waitsFor":"payment","topic":"stock-orders",)"
                        R"("partition":3,"offset":42,"timestamp":1000,"status":"REJECT","age_ms":5000,)"
                        R"("givenUpAbove":21000,"left_ms":null})"));
  EXPECT_EQ(answer.at("waiting").at(1).at("status"), nullptr);
  EXPECT_EQ(answer.at("waiting").at(1).at("left_ms"), 250);
  EXPECT_EQ(answer.at("next"), "1000-3-stock-42");
  EXPECT_EQ(answer.at("partitions"), json::array({0, 3}));
  EXPECT_EQ(answer.at("rebuilding"), json::array({5}));
}

TEST_F(WaitingRoute, AsksForWhatItWasAsked) {
  const auto reply = get("/api/join/waiting",
                         {{"partition", "3"}, {"side", "payment"}, {"after", "1000-3-stock-42"}, {"limit", "7"}});
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(asked_.limit, 7u);
  EXPECT_EQ(asked_.partition, 3);
  EXPECT_EQ(asked_.side, join::Side::payment);
  EXPECT_EQ(asked_.after, page_.records.front().place);
}

TEST_F(WaitingRoute, WrongParametersAreNamed) {
  const auto reply = get("/api/join/waiting", {{"partition", "-1"}, {"side", "left"}, {"after", "5"}, {"limit", "0"}});
  expect_problem(reply, 400);
  EXPECT_EQ(json::parse(reply.body).at("errors").size(), 4u) << reply.body;
}

TEST_F(WaitingRoute, AThreadThatIsBusyIsAskedAgainLater) {
  busy_ = true;
  const auto reply = get("/api/join/waiting");
  expect_problem(reply, 503);
  EXPECT_THAT(reply.body, HasSubstr("worker one-0 is busy"));
}

}  // namespace
}  // namespace orders::api
