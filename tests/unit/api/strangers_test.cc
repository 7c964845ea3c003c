// Who is turned away at the Unix socket, where a browser may come to it.
#include "api/strangers.h"

#include <gtest/gtest.h>

namespace orders::api {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// 200 for who is let in.
int status(const std::string& method, Headers headers) {
  Request request;
  request.method = method;
  request.headers = std::move(headers);
  const auto reply = refused_stranger(request, {"orders.example.com"});
  return reply ? reply->status : 200;
}

TEST(Strangers, AreNotThoseWhoCallUsByAnAddressOrANameThatNobodyElseCanHave) {
  for (const char* host : {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "10.0.0.1", "[2001:db8::1]:80", "ordersd",
                           "x", "orders.example.com", "Orders.Example.com.:8080", ""}) {
    EXPECT_EQ(status("GET", {{"host", host}}), 200) << host;
  }
  EXPECT_EQ(status("GET", {}), 200) << "HTTP/1.0";
}

TEST(Strangers, AreThosePagesThatMadeTheirNamePointToUs) {
  for (const char* host : {"evil.example", "evil.example:8080", "localhost.evil.example", "1.evil.example",
                           "orders.example.com.evil.example", "EVIL.EXAMPLE"}) {
    EXPECT_EQ(status("GET", {{"host", host}}), 421) << host;
    EXPECT_EQ(status("POST", {{"host", host}, {"origin", "http://" + std::string(host)}}), 421) << host;
  }
}

TEST(Strangers, DoNotGetInByAHostThatCannotBeTold) {
  EXPECT_EQ(status("GET", {{"host", "evil.example:"}}), 421) << "a port may be empty";
  for (const char* host : {"evil.example:x", "evil.example:99999", "evil.example/", "somebody@evil.example", "[evil"}) {
    EXPECT_EQ(status("GET", {{"host", host}}), 400) << host;
  }
  EXPECT_EQ(status("GET", {{"host", "localhost"}, {"host", "evil.example"}}), 400);
}

TEST(Strangers, MayNotChangeAnything) {
  const std::pair<std::string, std::string> host{"host", "localhost:8080"};
  for (const char* origin :
       {"http://evil.example", "null", "http://localhost", "http://localhost:8081", "", "localhost:8080"}) {
    EXPECT_EQ(status("POST", {host, {"origin", origin}}), 403) << origin;
    EXPECT_EQ(status("DELETE", {host, {"origin", origin}}), 403) << origin;
    EXPECT_EQ(status("GET", {host, {"origin", origin}}), 200) << "they don't see the answer: " << origin;
  }
  EXPECT_EQ(status("POST", {host, {"origin", "http://localhost:8080"}}), 200);
  EXPECT_EQ(status("POST", {host}), 200) << "no browser";
}

}  // namespace
}  // namespace orders::api
