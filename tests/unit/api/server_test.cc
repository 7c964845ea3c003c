// Server and client over a real socket.
#include "api/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "api/client.h"
#include "gate.h"
#include "raw_client.h"
#include "temporary_folder.h"

namespace orders::api {
namespace {

using nlohmann::json;
using test::Gate;
using test::RawClient;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

constexpr Milliseconds patience{30'000};

Reply text(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  reply.content_type = "text/plain";
  return reply;
}

class OverASocket : public testing::Test {
 protected:
  void start(std::vector<Route> routes, std::size_t body_limit = 1 << 20, unsigned threads = 4) {
    auto started = Server::start({socket_, threads, body_limit}, std::move(routes));
    ASSERT_TRUE(started) << started.error().text();
    server_.emplace(std::move(*started));
  }
  Response get(const std::string& path) { return take(client_.get(path, patience)); }
  Response post(const std::string& path, std::string_view body,
                const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    return take(client_.post(path, body, "text/plain", headers, patience));
  }
  static Response take(Result<Response> response) {
    EXPECT_TRUE(response) << response.error().text();
    return response ? *response : Response{};
  }

  TemporaryFolder folder_;
  std::string socket_ = folder_.file("api.sock");
  std::optional<Server> server_;
  Client client_{socket_};
};

TEST_F(OverASocket, PassesOnTheWholeRequestAndTheWholeReply) {
  Request seen;
  start({{"POST", "/things/{name}/parts/{part}", [&](const Request& request) {
            seen = request;
            Reply reply = text("made\n");
            reply.status = 201;
            reply.headers.emplace_back("Location", "/things/1");
            return reply;
          }}});
  const auto response =
      post("/things/a%20b/parts/7" + query({{"q", "ä&=?/ +%"}, {"empty", ""}}), "body", {{"X-Mixed-Case", "Value"}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "made\n");
  EXPECT_EQ(response.header("location"), "/things/1");
  EXPECT_EQ(response.header("content-type"), "text/plain");
  EXPECT_EQ(response.header("nothing"), std::nullopt);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/things/a b/parts/7");
  EXPECT_THAT(seen.captures, testing::ElementsAre("a b", "7"));
  EXPECT_EQ(seen.parameter("q"), "ä&=?/ +%");
  EXPECT_EQ(seen.parameter("empty"), "");
  EXPECT_EQ(seen.parameter("other"), std::nullopt);
  EXPECT_EQ(seen.header("x-mixed-case"), "Value");
  EXPECT_EQ(seen.header("content-type"), "text/plain");
  EXPECT_EQ(seen.body, "body");
}

TEST_F(OverASocket, CountsTheAnswersOfEachRoute) {
  const auto requests = std::make_shared<Requests>();
  auto started = Server::start({.socket = socket_, .requests = requests},
                               {{"GET", "/things/{id}", [](const Request& request) {
                                   return request.captures[0] == "1" ? text("one") : problem(404, "Not Found", "none");
                                 }}});
  ASSERT_TRUE(started) << started.error().text();
  server_.emplace(std::move(*started));
  EXPECT_EQ(get("/things/1").status, 200);
  EXPECT_EQ(get("/things/2").status, 404);
  EXPECT_EQ(get("/things/3").status, 404);
  EXPECT_EQ(get("/made/up").status, 404);
  std::map<std::string, std::map<int, std::uint64_t>> codes;
  for (const auto& route : requests->all()) {
    codes[route.method + " " + route.route] = route.by_code;
    EXPECT_EQ(route.took.count(), route.route == "none" ? 1u : 3u);
  }
  const decltype(codes) expected{{"GET /things/{id}", {{200, 1}, {404, 2}}}, {"none none", {{404, 1}}}};
  EXPECT_EQ(codes, expected);
}

TEST_F(OverASocket, CarriesBodiesOfAnyLengthBothWays) {
  start({{"POST", "/echo", [](const Request& request) { return text(request.body); }}}, 8 << 20);
  for (const std::size_t size : {0u, 1u, 1'000u, 100'000u, 8u << 20}) {
    std::string body(size, 'x');
    if (size > 2) body[size / 2] = '\0';
    EXPECT_EQ(post("/echo", body).body, body) << size;
  }
}

TEST_F(OverASocket, LiteralSegmentsWinOverCaptures) {
  const auto named = [](std::string name) { return [name](const Request&) { return text(name); }; };
  start({{"GET", "/api/orders/{id}", named("one")},
         {"GET", "/api/orders/counts", named("counts")},
         {"POST", "/api/orders/batch", named("batch")},
         {"GET", "/api/orders/store/{id}", named("row")},
         {"GET", "/api/orders/store/count", named("count")}});
  EXPECT_EQ(get("/api/orders/5").body, "one");
  EXPECT_EQ(get("/api/orders/counts").body, "counts");
  EXPECT_EQ(get("/api/orders/store/5").body, "row");
  EXPECT_EQ(get("/api/orders/store/count").body, "count");
  EXPECT_EQ(get("/api/orders/batch").status, 405);
  EXPECT_EQ(get("/api/orders/").status, 404);
  EXPECT_EQ(get("/api/orders/1/2/3").status, 404);
}

TEST_F(OverASocket, AnswersUnknownPathsAndMethodsWithProblems) {
  start({{"GET", "/thing", [](const Request&) { return text("thing"); }},
         {"PUT", "/thing", [](const Request&) { return text("put"); }}});
  const auto missing = get("/nothing?x=1");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.header("content-type"), "application/problem+json");
  const auto problem = json::parse(missing.body);
  EXPECT_EQ(problem.at("type"), "about:blank");
  EXPECT_EQ(problem.at("title"), "Not Found");
  EXPECT_EQ(problem.at("status"), 404);
  EXPECT_EQ(problem.at("detail"), "there is no /nothing");

  const auto wrong = post("/thing", "");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD, PUT");
  EXPECT_EQ(json::parse(wrong.body).at("status"), 405);
}

TEST_F(OverASocket, AnswersHeadWithTheHeadersOfGet) {
  start({{"GET", "/thing", [](const Request&) { return text("thing"); }}});
  RawClient raw(socket_);
  ASSERT_TRUE(raw.send("HEAD /thing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  const auto answer = raw.receive_until("no end");
  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

/// ssh -L brings the browser of who may use the socket to it, and with that the pages of anybody.
TEST_F(OverASocket, TurnsPagesOfStrangersAway) {
  int calls = 0;
  start({{"POST", "/thing", [&](const Request&) { return text(std::to_string(++calls)); }}});
  const auto answer = [&](const std::string& headers) {
    RawClient raw(socket_);
    EXPECT_TRUE(raw.send("POST /thing HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n" + headers + "\r\n"));
    return raw.receive_until("no end").substr(9, 3);
  };
  EXPECT_EQ(answer("Host: localhost:8080\r\nOrigin: http://evil.example\r\n"), "403");
  EXPECT_EQ(answer("Host: evil.example:8080\r\n"), "421");
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(answer("Host: localhost:8080\r\n"), "200");
  EXPECT_EQ(calls, 1);
}

TEST_F(OverASocket, RefusesABodyBeyondTheLimit) {
  std::atomic<int> calls{0};
  start({{"POST", "/echo",
          [&](const Request& request) {
            ++calls;
            return text(std::to_string(request.body.size()));
          }}},
        1'000);
  EXPECT_EQ(post("/echo", std::string(1'000, 'x')).body, "1000");
  const auto refused = post("/echo", std::string(1'001, 'x'));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(json::parse(refused.body).at("status"), 413);
  EXPECT_EQ(post("/echo", std::string(5 << 20, 'x')).status, 413);
  EXPECT_EQ(post("/echo", "y").body, "1");  // and the connection still works
  EXPECT_EQ(calls, 2);
}

TEST_F(OverASocket, RefusesAChunkedBodyBeyondTheLimit) {
  start({{"POST", "/echo", [](const Request& request) { return text(request.body); }}}, 10);
  RawClient raw(socket_);
  ASSERT_TRUE(raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(raw.send("5\r\nabcde\r\n"));
  ASSERT_TRUE(raw.send("0\r\n\r\n"));
  EXPECT_THAT(raw.receive_until("\r\n\r\n"), HasSubstr(" 413 "));
}

TEST_F(OverASocket, RefusesABodyBeforeItIsSentToWhoAsks) {
  start({{"POST", "/echo", [](const Request& request) { return text(request.body); }}}, 10);
  RawClient raw(socket_);
  ASSERT_TRUE(raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n"));
  const auto answer = raw.receive_until("\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr(" 413 "));
  EXPECT_THAT(answer, Not(HasSubstr("100 Continue")));
}

TEST_F(OverASocket, AnExceptionIsA500AndEndsNothing) {
  const auto raise = [](const Request&) -> Reply { throw std::runtime_error("secret detail"); };
  const auto raise_other = [](const Request&) -> Reply { throw 5; };
  start({{"GET", "/bad", raise},
         {"GET", "/bad/now", raise, true},
         {"GET", "/worse", raise_other},
         {"GET", "/good", [](const Request&) { return text("good"); }}});
  for (const auto* path : {"/bad", "/bad/now", "/worse"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 500) << path;
    EXPECT_EQ(response.header("content-type"), "application/problem+json");
    EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(get("/good").body, "good");
}

TEST_F(OverASocket, ServesEightClientsAtOnce) {
  Gate all_here;
  start({{"GET", "/meet",
          [&](const Request& request) {
            all_here.wait();
            return text(request.parameter("n").value_or("none"));
          }}},
        1 << 20, 8);
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::async(std::launch::async, [&, i] {
      Client client(socket_);
      int right = 0;
      for (int n = 0; n < 100; ++n) {
        const std::string id = std::to_string(i) + "-" + std::to_string(n);
        const auto response = client.get("/meet" + query({{"n", id}}), patience);
        right += response && response->body == id ? 1 : 0;
      }
      return right;
    }));
  }
  EXPECT_TRUE(all_here.wait_for_waiting(8));  // all eight are in their handlers
  all_here.open();
  for (auto& client : clients) EXPECT_EQ(client.get(), 100);
}

TEST_F(OverASocket, SlowClientsAndSlowHandlersHoldUpNoOthers) {
  Gate gate;
  start({{"GET", "/slow", [&](const Request&) { return text(gate.wait() ? "slow" : "late"); }},
         {"POST", "/echo", [](const Request& request) { return text(request.body); }},
         {"GET", "/livez", [](const Request&) { return text("alive"); }, true}},
        1 << 20, 4);
  std::vector<std::unique_ptr<RawClient>> slow_senders;
  for (int i = 0; i < 20; ++i) {
    slow_senders.push_back(std::make_unique<RawClient>(socket_));
    ASSERT_TRUE(slow_senders.back()->send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"));
  }
  EXPECT_EQ(post("/echo", "others").body, "others");
  std::vector<std::future<Result<Response>>> waiting;
  for (int i = 0; i < 4; ++i) {  // every handler thread
    waiting.push_back(std::async(std::launch::async, [&] { return Client(socket_).get("/slow", patience); }));
  }
  ASSERT_TRUE(gate.wait_for_waiting(4));
  EXPECT_EQ(get("/livez").body, "alive");
  gate.open();
  for (auto& one : waiting) EXPECT_EQ(take(one.get()).body, "slow");
  ASSERT_TRUE(slow_senders.front()->send("cde"));
  EXPECT_THAT(slow_senders.front()->receive_until("abcde"), HasSubstr(" 200 "));
}

TEST_F(OverASocket, WhatCanBeAnsweredAtOnceNeedsNoHandlerThread) {
  Gate gate;
  Route things{"GET", "/things/{id}", [&](const Request&) { return text(gate.wait() ? "looked up" : "late"); }};
  things.at_once = [](const Request& request) -> std::optional<Reply> {
    if (request.captures[0] == "bad") throw std::runtime_error("a defect");
    return request.captures[0] == "known" ? std::optional(text("known")) : std::nullopt;
  };
  start({things}, 1 << 20, 1);
  auto waiting = std::async(std::launch::async, [&] { return Client(socket_).get("/things/other", patience); });
  ASSERT_TRUE(gate.wait_for_waiting(1));  // in the only handler thread
  EXPECT_EQ(get("/things/known").body, "known");
  EXPECT_EQ(get("/things/bad").status, 500);
  gate.open();
  EXPECT_EQ(take(waiting.get()).body, "looked up");
}

TEST_F(OverASocket, AClientThatGoesAwayDoesNoHarm) {
  Gate gate;
  start({{"GET", "/slow", [&](const Request&) { return text(gate.wait() ? "slow" : "late"); }},
         {"GET", "/good", [](const Request&) { return text("good"); }}});
  {
    RawClient raw(socket_);
    ASSERT_TRUE(raw.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(gate.wait_for_waiting(1));
  }
  gate.open();
  EXPECT_EQ(get("/good").body, "good");
}

TEST_F(OverASocket, StoppingAnswersWhatIsUnderWayAndRemovesTheFile) {
  Gate gate;
  start({{"GET", "/slow", [&](const Request&) { return text(gate.wait() ? "slow" : "late"); }},
         {"GET", "/good", [](const Request&) { return text("good"); }}});
  EXPECT_EQ(get("/good").body, "good");  // leaves an idle connection
  auto waiting = std::async(std::launch::async, [&] { return Client(socket_).get("/slow", patience); });
  ASSERT_TRUE(gate.wait_for_waiting(1));
  auto stopped = std::async(std::launch::async, [&] { server_.reset(); });
  while (std::filesystem::exists(socket_)) std::this_thread::yield();
  gate.open();
  EXPECT_EQ(take(waiting.get()).body, "slow");
  stopped.get();
  const auto refused = client_.get("/good", patience);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::wait);
}

// --- the socket file

TEST_F(OverASocket, MakesTheFolderAndLetsOwnerAndGroupIn) {
  socket_ = folder_.file("run/deeper/api.sock");
  start({});
  struct stat info {};
  ASSERT_EQ(::stat(socket_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
}

TEST_F(OverASocket, MakesAFolderThatOnlyItsOwnerCanWrite) {
  socket_ = folder_.file("run/api.sock");
  const auto before = ::umask(0);
  start({});
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(folder_.file("run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755u);
}

TEST_F(OverASocket, RefusesAFolderWhereEverybodyCanReplaceIt) {
  const auto open_folder = folder_.file("open");
  ASSERT_EQ(::mkdir(open_folder.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(open_folder.c_str(), 0777), 0);
  const auto refused = Server::start({open_folder + "/api.sock"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(refused.error().hint, HasSubstr("chmod o-w " + open_folder));
  ASSERT_EQ(::chmod(open_folder.c_str(), 01777), 0);  // as /tmp: others can't remove what is ours
  EXPECT_TRUE(Server::start({open_folder + "/api.sock"}, {}));
}

TEST_F(OverASocket, ReplacesAnAbandonedSocketFile) {
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd, 1), 0);
    ::close(fd);  // as a kill -9 leaves it
  }
  ASSERT_TRUE(std::filesystem::exists(socket_));
  start({{"GET", "/good", [](const Request&) { return text("good"); }}});
  EXPECT_EQ(get("/good").body, "good");
}

TEST_F(OverASocket, ASecondServerIsRefusedAndTheFirstGoesOn) {
  start({{"GET", "/good", [](const Request&) { return text("good"); }}});
  const auto second = Server::start({socket_}, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error_class, ErrorClass::refused);
  EXPECT_THAT(second.error().message, HasSubstr("another daemon answers at " + socket_));
  EXPECT_EQ(get("/good").body, "good");
}

TEST_F(OverASocket, OfServersThatStartAtOnceOneWins) {
  { std::ofstream(folder_.file("unrelated")) << "x"; }
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<Result<Server>>> starting;
    for (int i = 0; i < 4; ++i) {
      starting.push_back(std::async(std::launch::async, [&] {
        return Server::start({socket_, 1}, {{"GET", "/good", [](const Request&) { return text("good"); }}});
      }));
    }
    std::vector<Result<Server>> servers;
    for (auto& one : starting) servers.push_back(one.get());
    int won = 0;
    for (const auto& server : servers) {
      won += server ? 1 : 0;
      if (!server) {
        EXPECT_EQ(server.error().error_class, ErrorClass::refused) << server.error().text();
      }
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(take(Client(socket_).get("/good", patience)).body, "good");
  }
}

TEST_F(OverASocket, ReplacesNothingThatIsNoSocket) {
  { std::ofstream(socket_) << "precious"; }
  const auto refused = Server::start({socket_}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::refused);
  EXPECT_EQ(std::filesystem::file_size(socket_), 8u);
}

TEST_F(OverASocket, RefusesAPathThatIsTooLongOrImpossible) {
  for (const auto& path : {folder_.file(std::string(120, 'x')), std::string()}) {
    const auto refused = Server::start({path}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::invalid);
  }
  { std::ofstream(folder_.file("file")) << "x"; }
  const auto refused = Server::start({folder_.file("file/api.sock")}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::invalid);
}

}  // namespace
}  // namespace orders::api
