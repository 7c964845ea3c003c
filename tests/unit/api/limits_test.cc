// What no client can take from the others: connections, threads, memory, time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "api/client.h"
#include "api/server.h"
#include "gate.h"
#include "raw_client.h"
#include "support/wait_until.h"
#include "temporary_folder.h"

namespace orders::api {
namespace {

using orders::test::wait_until;
using test::Gate;
using test::RawClient;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr Milliseconds patience{30'000};
constexpr std::size_t large = 32u << 20;  // more than sockets take

class Limits : public testing::Test {
 protected:
  Limits() {
    options_.socket = folder_.file("api.sock");
    options_.threads = 1;
    options_.refusals = refusals_;
  }
  void start() {
    const auto reply = [](std::string body) {
      Reply reply;
      reply.body = std::move(body);
      return reply;
    };
    auto started = Server::start(options_, {{"GET", "/wait",
                                             [this, reply](const Request&) {
                                               ++handled_;
                                               return reply(gate_.wait() ? "waited" : "late");
                                             }},
                                            {"POST", "/echo",
                                             [this, reply](const Request& request) {
                                               ++handled_;
                                               return reply(request.body);
                                             }},
                                            {"GET", "/large", [reply](const Request&) {
                                               return reply(std::string(large, 'x'));
                                             }}});
    ASSERT_TRUE(started) << started.error().text();
    server_.emplace(std::move(*started));
  }
  std::uint64_t refused(Refusals::Why why) const { return refusals_->of(why); }

  test::TemporaryFolder folder_;
  std::shared_ptr<Refusals> refusals_ = std::make_shared<Refusals>();
  ServerOptions options_;
  Gate gate_;
  std::atomic<int> handled_{0};
  std::optional<Server> server_;
};

TEST_F(Limits, ARequestThatDoesNotArriveInTimeIsBrokenOff) {
  options_.limits.request = 200ms;
  start();
  for (const char* part : {"POST /echo HTTP/1.1\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nX-Header",
                           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"}) {
    RawClient raw(options_.socket);
    ASSERT_TRUE(raw.send(part));
    EXPECT_TRUE(raw.is_closed()) << part;
  }
  EXPECT_EQ(refused(Refusals::Why::slow), 3u);
  EXPECT_EQ(handled_, 0);
  gate_.open();
  EXPECT_TRUE(wait_until(patience, [&] {  // however short the time is for a busy machine
    const auto others = Client(options_.socket).get("/wait", patience);
    return others && others->body == "waited";
  }));
}

TEST_F(Limits, AByteNowAndThenDoesNotKeepAConnection) {
  options_.limits.first_line = 200ms;
  start();
  RawClient raw(options_.socket);
  EXPECT_TRUE(wait_until(patience, [&] { return !raw.send("G"); }, 10ms));
  EXPECT_EQ(refused(Refusals::Why::slow), 1u);
}

TEST_F(Limits, TheNextRequestOfAConnectionHasItsOwnTime) {
  options_.limits.request = 1min;
  options_.limits.first_line = 500ms;
  start();
  RawClient raw(options_.socket);
  ASSERT_TRUE(raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_FALSE(wait_until(800ms, [&] { return refused(Refusals::Why::slow) > 0; })) << "its first line is there";
  ASSERT_TRUE(raw.send("ab"));
  EXPECT_THAT(raw.receive_until("\r\n\r\nab"), HasSubstr(" 200 "));
  EXPECT_TRUE(raw.is_closed()) << "no further request came";
}

TEST_F(Limits, AHandlerMayTakeLongerThanItsClient) {
  options_.limits.request = 500ms;
  start();
  RawClient raw(options_.socket);
  ASSERT_TRUE(raw.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_TRUE(gate_.wait_for_waiting(1));
  EXPECT_FALSE(wait_until(800ms, [&] { return refused(Refusals::Why::slow) > 0; }));
  gate_.open();
  EXPECT_THAT(raw.receive_until("waited"), HasSubstr(" 200 "));
}

TEST_F(Limits, AnAnswerThatIsNotTakenIsBrokenOffAndHoldsNoThread) {
  options_.limits.answer = 500ms;
  start();
  RawClient raw(options_.socket);
  ASSERT_TRUE(raw.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
  auto others = Client(options_.socket).post("/echo", "x", "text/plain", {}, patience);
  EXPECT_TRUE(others && others->body == "x") << "with one handler thread";
  EXPECT_TRUE(wait_until(patience, [&] { return refused(Refusals::Why::slow) == 1; }));
  EXPECT_LT(raw.receive_until("no end").size(), large);
}

TEST_F(Limits, WhenTooManyWaitTheNextIsToldToComeBack) {
  options_.queue_limit = 2;
  start();
  std::list<RawClient> clients;
  const auto send_one = [&] {
    return clients.emplace_back(options_.socket).send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  };
  ASSERT_TRUE(send_one());
  ASSERT_TRUE(gate_.wait_for_waiting(1));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send_one());
  ASSERT_TRUE(wait_until(patience, [&] { return refused(Refusals::Why::busy) == 1; }));
  gate_.open();
  int answered = 0;
  std::string refusal;
  for (auto& client : clients) {
    const auto answer = client.receive_until("no end");
    answered += answer.find(" 200 ") != std::string::npos ? 1 : 0;
    if (answer.find(" 503 ") != std::string::npos) refusal = answer;
  }
  EXPECT_EQ(answered, 3);
  EXPECT_THAT(refusal, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refusal, HasSubstr("not begun"));
  EXPECT_EQ(handled_, 3);
}

TEST_F(Limits, ARequestThatWaitedTooLongIsNotBegun) {
  options_.limits.queue = -1ms;
  start();
  const auto late = Client(options_.socket).post("/echo", "x", "text/plain", {}, patience);
  ASSERT_TRUE(late) << late.error().text();
  EXPECT_EQ(late->status, 503);
  EXPECT_EQ(late->header("retry-after"), "1");
  EXPECT_EQ(handled_, 0);
}

TEST_F(Limits, AFirstLineOrHeadersBeyondTheirMemoryAreRefused) {
  start();
  const std::string much(40'000, 'x');
  const std::pair<std::string, const char*> heads[] = {
      {"GET /" + much + " HTTP/1.1\r\nHost: x\r\n\r\n", " 414 "},
      {"GET /wait?q=" + much + " HTTP/1.1\r\nHost: x\r\n\r\n", " 414 "},
      {"GET /wait HTTP/1.1\r\nHost: x\r\nX-Much: " + much + "\r\n\r\n", " 431 "}};
  for (const auto& [head, status] : heads) {
    RawClient raw(options_.socket);
    (void)raw.send(head);  // it may be cut off
    EXPECT_THAT(raw.receive_until("\r\n"), HasSubstr(status));
  }
  EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace orders::api
