// How many requests run at once, what bodies they may have, and what every answer has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "api/client.h"
#include "api/server.h"
#include "gate.h"
#include "raw_client.h"
#include "temporary_folder.h"

namespace orders::api {
namespace {

using test::Gate;
using test::RawClient;
using testing::HasSubstr;

constexpr Milliseconds patience{30'000};

class Handlers : public testing::Test {
 protected:
  Handlers() { options_.socket = folder_.file("api.sock"); }
  void start() {
    const auto waits = [](Gate& gate) {
      return [&gate](const Request&) {
        Reply reply;
        reply.body = gate.wait() ? "waited" : "late";
        return reply;
      };
    };
    Route commit{"POST", "/commit", waits(commits_)};
    commit.commits = true;
    Route json{"POST", "/json", [](const Request& request) {
                 Reply reply;
                 reply.body = request.body;
                 return reply;
               }};
    json.takes = {"application/json"};
    auto started = Server::start(options_, {commit, json, {"GET", "/query", waits(queries_)}});
    ASSERT_TRUE(started) << started.error().text();
    server_.emplace(std::move(*started));
  }
  RawClient& send(const std::string& request) {
    auto& client = clients_.emplace_back(options_.socket);
    EXPECT_TRUE(client.send(request));
    return client;
  }
  static std::string post(const std::string& path, const std::string& headers = {}) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: 2\r\nConnection: close\r\n\r\n{}";
  }
  std::string answer(const std::string& request) { return send(request).receive_until("no end"); }

  test::TemporaryFolder folder_;
  ServerOptions options_;
  Gate commits_, queries_;
  std::list<RawClient> clients_;
  std::optional<Server> server_;
};

TEST_F(Handlers, AsManyCommitsAsThereAreClientsCanShareOne) {
  start();
  for (int i = 0; i < 64; ++i) send(post("/commit"));
  EXPECT_TRUE(commits_.wait_for_waiting(64)) << "they don't wait for one another's threads";
  commits_.open();
  for (auto& client : clients_) EXPECT_THAT(client.receive_until("no end"), HasSubstr("waited"));
}

TEST_F(Handlers, CommitsAndQueriesDoNotWaitBehindEachOther) {
  options_.threads = 1;
  options_.commit_threads = 1;
  start();
  for (int i = 0; i < 3; ++i) send(post("/commit"));
  ASSERT_TRUE(commits_.wait_for_waiting(1));
  queries_.open();
  const auto query = Client(options_.socket).get("/query", patience);
  ASSERT_TRUE(query) << query.error().text();
  EXPECT_EQ(query->body, "waited");
  commits_.open();
  for (auto& client : clients_) EXPECT_THAT(client.receive_until("no end"), HasSubstr("waited"));
}

TEST_F(Handlers, ABodyOfAnotherTypeIsRefusedWithTheTypeThatIsTaken) {
  start();
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json"}) {
    const auto refused = answer(post("/json", "Content-Type: " + std::string(type) + "\r\n"));
    EXPECT_THAT(refused, HasSubstr(" 415 ")) << type;
    EXPECT_THAT(refused, HasSubstr("Accept: application/json\r\n")) << type;
    EXPECT_THAT(refused, HasSubstr("application/problem+json")) << type;
    EXPECT_THAT(refused, HasSubstr("said to be " + std::string(type))) << type;
  }
  for (const char* header : {"", "Content-Type: application/json\r\n", "Content-Type: Application/JSON ; charset=utf-8\r\n",
                             "Content-Type: application/json\r\nContent-Encoding: identity\r\n"}) {
    EXPECT_THAT(answer(post("/json", header)), HasSubstr(" 200 ")) << header;
  }
}

TEST_F(Handlers, AnEncodedBodyIsRefused) {
  start();
  const auto refused = answer(post("/json", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(refused, HasSubstr(" 415 "));
  EXPECT_THAT(refused, HasSubstr("Accept-Encoding: identity\r\n"));
}

TEST_F(Handlers, NothingMayBeCached) {
  queries_.open();
  start();
  for (const char* path : {"/query", "/nothing", "/json"}) {
    EXPECT_THAT(answer("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
                HasSubstr("Cache-Control: no-store\r\n"))
        << path;
  }
}

TEST_F(Handlers, AnAddressWithANulIsNotTakenForItsBeginning) {
  queries_.open();
  start();
  for (const char* path : {"/query%00", "/query?after=5%006"}) {
    const auto refused = Client(options_.socket).get(path, patience);
    ASSERT_TRUE(refused) << refused.error().text();
    EXPECT_EQ(refused->status, 400) << path;
    EXPECT_EQ(nlohmann::json::parse(refused->body).at("status"), 400);
  }
}

}  // namespace
}  // namespace orders::api
