// Pages of the state store by their numbers, for clients of the service that ordersd replaces.
#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;

TEST_F(Api, APageByItsNumberIsTheListOfOrdersAlone) {
  for (OrderId id = 1; id <= 5; ++id) table_.put(id, R"({"orderId":)" + std::to_string(id) + R"(,"price":1.10})");
  const auto page = [&](std::vector<std::pair<std::string, std::string>> parameters) {
    const auto reply = get("/api/orders/store", std::move(parameters));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply;
  };
  const auto first = page({{"pageNo", "0"}, {"pageSize", "2"}});
  EXPECT_EQ(first.body, R"([{"orderId":1,"price":1.10},{"orderId":2,"price":1.10}])") << "byte for byte";
  EXPECT_EQ(header(first, "Link"), R"(</api/orders/store?pageNo=1&pageSize=2>; rel="next")");
  const auto second = page({{"pageNo", "1"}, {"pageSize", "2"}});
  EXPECT_EQ(second.body, R"([{"orderId":3,"price":1.10},{"orderId":4,"price":1.10}])");
  EXPECT_EQ(header(second, "Link"), R"(</api/orders/store?pageNo=0&pageSize=2>; rel="prev", )"
                                    R"(</api/orders/store?pageNo=2&pageSize=2>; rel="next")");
  const auto last = page({{"pageNo", "2"}, {"pageSize", "2"}});
  EXPECT_EQ(last.body, R"([{"orderId":5,"price":1.10}])");
  EXPECT_EQ(header(last, "Link"), R"(</api/orders/store?pageNo=1&pageSize=2>; rel="prev")");
  EXPECT_EQ(page({{"pageNo", "7"}}).body, "[]");
  EXPECT_EQ(json::parse(page({{"pageNo", "0"}}).body).size(), 5u) << "ten by default";
  EXPECT_EQ(header(page({{"pageSize", "5"}}), "Link"), "") << "the last page is full, and is known to be the last";
}

TEST_F(Api, AValueThatIsNotJsonKeepsItsPlaceInThePage) {
  table_.put(1, "{\"broken");
  table_.put(2, R"({"orderId":2})");
  EXPECT_EQ(get("/api/orders/store", {{"pageNo", "0"}}).body, R"([null,{"orderId":2}])");
}

TEST_F(Api, PagesByNumberEndAndTakeNoFilter) {
  for (const auto& [name, value] : {std::pair{"pageNo", "-1"}, {"pageNo", "100000"}, {"pageNo", "x"}, {"pageNo", ""},
                                    {"pageSize", "0"}, {"pageSize", "1001"}}) {
    expect_problem(get("/api/orders/store", {{name, value}}), 400);
  }
  EXPECT_EQ(get("/api/orders/store", {{"pageNo", "99999"}}).status, 200) << "the last ten of a million";
  expect_problem(get("/api/orders/store", {{"pageNo", "1000"}, {"pageSize", "1000"}}), 400);
  for (const auto* name : {"status", "customer", "source", "since", "after", "limit"}) {
    const auto reply = get("/api/orders/store", {{"pageNo", "0"}, {name, "5"}});
    expect_problem(reply, 400);
    EXPECT_EQ(json::parse(reply.body).at("errors").at(0).at("member"), name);
  }
}

}  // namespace
}  // namespace orders::api
