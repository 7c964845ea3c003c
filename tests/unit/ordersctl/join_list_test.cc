// `ordersctl join list` against a daemon of canned answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/server.h"
#include "ctl.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr auto record =
    R"({"orderId":42,"side":"stock","waitsFor":"payment","topic":"stock-orders","partition":3,"offset":1042,)"
    R"("timestamp":1700000000000,"status":"ACCEPT","age_ms":65400,"givenUpAbove":1700000020000,"left_ms":null})";

class JoinList : public testing::Test {
 protected:
  JoinList() {
    api::ServerOptions options;
    options.socket = (ctl_.folder() / "api.sock").string();
    auto server = api::Server::start(
        options, {{"GET", "/api/join/waiting", [this](const api::Request& request) { return answer(request); }}});
    if (!server) throw std::runtime_error(server.error().text());
    server_.emplace(*std::move(server));
    (void)ctl_.file("ordersd.yaml", "api: {socket: " + options.socket + "}\n");
  }
  /// Two pages of one record each.
  api::Reply answer(const api::Request& request) {
    asked_ = request;
    const auto next = request.parameter("after") ? "null" : "\"1700000000000-3-stock-1042\"";
    const auto body =
        std::string(R"({"waiting":[)") + record + R"(],"next":)" + next + R"(,"partitions":[1,3],"rebuilding":[2]})";
    return {200, body, "application/json", {}};
  }

  Ctl ctl_;
  api::Request asked_;
  std::optional<api::Server> server_;
};

TEST_F(JoinList, FitsOnAScreenAndTellsOfThePartitions) {
  const auto output = ctl_.run({"join", "list", "--limit", "1"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, AllOf(HasSubstr("42  payment    ACCEPT  stock-orders[3]@1042"), HasSubstr("PT1M5S")));
  EXPECT_THAT(output.err, AllOf(HasSubstr("more: --after 1700000000000-3-stock-1042"), HasSubstr("partitions 1, 3"),
                                HasSubstr("being rebuilt, and not in the list: partitions 2")));
  EXPECT_EQ(ctl_.run({"-q", "join", "list", "--limit", "1"}).err, "");
}

TEST_F(JoinList, GoesOnFromPageToPage) {
  const auto output = ctl_.run({"-q", "join", "list", "--output", "ndjson"});
  EXPECT_EQ(output.out, std::string(record) + "\n" + record + "\n");
  EXPECT_EQ(asked_.parameter("after"), "1700000000000-3-stock-1042");
}

TEST_F(JoinList, JsonKeepsTheCursorAndThePartitions) {
  const auto page = nlohmann::json::parse(ctl_.run({"join", "list", "--limit", "1", "--output", "json"}).out);
  EXPECT_EQ(page.at("waiting").size(), 1u);
  EXPECT_EQ(page.at("next"), "1700000000000-3-stock-1042");
  EXPECT_EQ(page.at("partitions"), nlohmann::json::array({1, 3}));
  EXPECT_EQ(page.at("rebuilding"), nlohmann::json::array({2}));
}

TEST_F(JoinList, HandsItsFiltersOn) {
  EXPECT_EQ(ctl_.run({"join", "list", "--partition", "3", "--side", "stock", "--after", "x"}).exit_code, 0);
  EXPECT_EQ(asked_.parameter("partition"), "3");
  EXPECT_EQ(asked_.parameter("side"), "stock");
  EXPECT_EQ(asked_.parameter("after"), "x");
  EXPECT_EQ(ctl_.run({"join", "list", "--side", "left"}).exit_code, 2);
  EXPECT_EQ(ctl_.run({"join", "list", "--partition", "-1"}).exit_code, 2);
}

TEST_F(JoinList, ADaemonThatIsAwayIsUnreachable) {
  server_.reset();
  EXPECT_EQ(ctl_.run({"join", "list"}).exit_code, 4);
}

}  // namespace
}  // namespace orders::test
