// Clients of every kind at a running daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "api/client.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"
#include "support/wait_until.h"
#include "unit/api/raw_client.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using api::test::RawClient;
using testing::HasSubstr;

constexpr std::chrono::milliseconds patience = 60s;

class Clients : public testing::Test {
 protected:
  api::Response get(const std::string& path) {
    const auto response = client_->get(path, patience);
    if (!response) throw std::runtime_error(response.error().text());
    return *response;
  }
  api::Response create(const std::string& price, const std::string& key) {
    const auto response =
        client_->post("/api/orders", R"({"customerId":7,"items":[{"productId":"mug","quantity":2,"productPrice":)" + price + "}]}",
                      "application/json", {{"Idempotency-Key", key}}, patience);
    if (!response) throw std::runtime_error(response.error().text());
    return *response;
  }
  void start(Daemon& daemon) {
    create_topics(broker_.bootstrap(), daemon);
    daemon.start_and_await();
    client_.emplace(daemon.setting("api.socket"));
  }

  KafkaBroker& broker_ = shared_broker();
  std::optional<api::Client> client_;
};

TEST_F(Clients, AKeyIsForOneOrder) {
  PostgresDatabase database;
  Daemon daemon("keys", {{"kafka.bootstrap_servers", broker_.bootstrap()},
                         {"database.backend", "postgresql"},
                         {"database.url", database.url()}});
  daemon.ctl_ok({"db", "migrate"});
  start(daemon);
  const auto first = create("12.50", "k");
  EXPECT_EQ(first.status, 201) << first.body;
  const auto order = nlohmann::json::parse(first.body);
  const auto location = get(std::string(first.header("location").value()));
  EXPECT_EQ(location.status, 200) << location.body;
  EXPECT_EQ(nlohmann::json::parse(location.body).at("orderId"), order.at("orderId"));
  for (const auto* price : {"12.50", "12.5"}) {
    const auto again = create(price, "k");
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(nlohmann::json::parse(again.body).at("orderId"), order.at("orderId"));
  }
  const auto other = create("12.51", "k");
  EXPECT_EQ(other.status, 422) << other.body;
  EXPECT_THAT(other.body, HasSubstr(order.at("orderId").dump()));
  EXPECT_EQ(database.query("SELECT count(*) FROM orders"), "1");
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(Clients, ThatNeitherSendNorReadHoldUpNobody) {
  Daemon daemon("slow", {{"kafka.bootstrap_servers", broker_.bootstrap()}, {"database.backend", "embedded"}});
  start(daemon);
  daemon.ctl_ok({"-q", "order", "create", "--batch", "-"}, batch_of_orders(1'000));
  ASSERT_TRUE(wait_until(patience, [&] {
    return nlohmann::json::parse(get("/api/orders/store/count").body).at("count") == 1'000;
  }));
  ASSERT_GT(get("/api/orders/store?limit=1000").body.size(), 150'000U);

  std::list<RawClient> stuck;  // more of each than there are threads
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(stuck.emplace_back(daemon.setting("api.socket"))
                    .send("POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"customerId\":"));
  }
  std::string lists;  // their answers are larger than what sockets hold
  for (int i = 0; i < 20; ++i) lists += "GET /api/orders/store?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(stuck.emplace_back(daemon.setting("api.socket")).send(lists));

  for (const auto* path : {"/livez", "/readyz", "/api/status", "/api/orders/counts", "/api/orders/store/count"}) {
    EXPECT_EQ(get(path).status, 200) << path;
  }
  EXPECT_EQ(create("1.00", "beside-them").status, 201);
  LogWriter writer(broker_.bootstrap());
  for (const auto& topic : {daemon.payments(), daemon.stock()}) writer.write(answer(topic, 0, 1, "ACCEPT", 1'700'000'000'000));
  writer.flush();
  ResultFollower(broker_.bootstrap(), daemon.orders()).await(1, 60s);
  stuck.clear();
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
