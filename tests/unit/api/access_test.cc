// Who is let in over TCP.
#include "api/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace orders::api {
namespace {

using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string, std::string>>;

const std::string token = "0123456789abcdef";
const Ends over_loopback{"127.0.0.1", "127.0.0.1"};
const Ends over_a_network{"10.0.0.9", "10.0.0.1"};

class Let : public testing::Test {
 protected:
  /// 200 for who is let in.
  int status(Headers headers, const Ends& ends = over_loopback) {
    Request request;
    request.method = method_;
    request.headers = std::move(headers);
    reply_ = access_.refused(request, ends, basic_);
    if (!reply_) return 200;
    EXPECT_EQ(reply_->content_type, "application/problem+json");
    EXPECT_EQ(nlohmann::json::parse(reply_->body).at("status"), reply_->status);
    EXPECT_EQ(reply_->body.find(token), std::string::npos);
    return reply_->status;
  }
  int with_host(const std::string& host, const Ends& ends = over_loopback) {
    return status({{"host", host}, {"authorization", "Bearer " + token}}, ends);
  }
  int with_authorization(const std::string& header) {
    return status({{"host", "localhost"}, {"authorization", header}});
  }
  std::string challenge() const {
    for (const auto& [name, value] : reply_->headers) {
      if (name == "WWW-Authenticate") return value;
    }
    return "none";
  }

  std::string method_ = "GET";
  Route::Basic basic_ = Route::Basic::refused;
  Refusals refusals_;
  Access access_{token, {"Orders.example.com", "other"}, refusals_};
  std::optional<Reply> reply_;
};

TEST_F(Let, InWithTheTokenInWhateverCaseTheSchemeIs) {
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER   "}) {
    EXPECT_EQ(with_authorization(scheme + token), 200) << scheme;
  }
}

TEST_F(Let, OutWithoutTheToken) {
  EXPECT_EQ(status({{"host", "localhost"}}), 401);
  EXPECT_EQ(challenge(), R"(Bearer realm="ordersd")");
  EXPECT_THAT(reply_->body, HasSubstr("Authorization: Bearer"));
  for (const std::string& header : {std::string(), token, "Basic " + token, "Token " + token, "Bearer" + token}) {
    EXPECT_EQ(with_authorization(header), 401) << header;
    EXPECT_EQ(challenge(), R"(Bearer realm="ordersd")") << header;
  }
}

TEST_F(Let, OutWithAnotherToken) {
  auto last_differs = token;
  ++last_differs.back();
  for (const std::string& shown : {std::string(), token.substr(0, 15), token + "0", token + token, last_differs,
                                   std::string("0123456789ABCDEF"), token + " ", std::string(100'000, '0')}) {
    EXPECT_EQ(with_authorization("Bearer " + shown), 401) << shown.substr(0, 40);
    EXPECT_EQ(challenge(), R"(Bearer realm="ordersd", error="invalid_token")");
  }
}

std::string credentials(const std::string& text) { return "Basic " + base64(text); }

TEST_F(Let, InWithTheTokenAsAPasswordWhereABrowserMayAskAndChangesNothing) {
  basic_ = Route::Basic::taken;
  for (const std::string name : {"", "operator", "größe"}) {
    EXPECT_EQ(with_authorization(credentials(name + ":" + token)), 200) << name;
  }
  EXPECT_EQ(with_authorization("basic  " + base64(":" + token)), 200);
  EXPECT_EQ(with_authorization("Bearer " + token), 200);
  method_ = "HEAD";
  EXPECT_EQ(with_authorization(credentials(":" + token)), 200);
  for (const char* changes : {"POST", "PUT", "DELETE", "PATCH", "get"}) {
    method_ = changes;
    EXPECT_EQ(with_authorization(credentials(":" + token)), 401) << changes;
    EXPECT_EQ(with_authorization("Bearer " + token), 200) << changes;
  }
  method_ = "GET";
  basic_ = Route::Basic::refused;
  EXPECT_EQ(with_authorization(credentials(":" + token)), 401);
}

TEST_F(Let, OutWithAnotherPasswordOrCredentialsThatAreNone) {
  basic_ = Route::Basic::taken;
  for (const std::string& shown : {credentials(":0123456789abcdeF"), credentials(token), credentials(token + ":"),
                                   credentials(":" + token + ":"), credentials(""), std::string("Basic"),
                                   std::string("Basic "), "Basic :" + token, "Basic=" + base64(":" + token)}) {
    EXPECT_EQ(with_authorization(shown), 401) << shown;
  }
  EXPECT_EQ(status({{"host", "evil.example"}, {"authorization", credentials(":" + token)}}), 421);
}

TEST_F(Let, ABrowserIsAskedForThePasswordOnlyWhereItLoadsAPage) {
  const auto asks = [&] {
    EXPECT_EQ(status({{"host", "localhost"}}), 401);
    return std::ranges::count_if(reply_->headers, [](const auto& header) {
      return header.first == "WWW-Authenticate" && header.second.starts_with("Basic realm=");
    });
  };
  basic_ = Route::Basic::asked_for;
  EXPECT_EQ(asks(), 1);
  method_ = "POST";
  EXPECT_EQ(asks(), 0);
  method_ = "GET";
  basic_ = Route::Basic::taken;
  EXPECT_EQ(asks(), 0);
  basic_ = Route::Basic::refused;
  EXPECT_EQ(asks(), 0);
}

TEST_F(Let, InWithTheAddressThatTheClientConnectedTo) {
  for (const char* host : {"10.0.0.1", "10.0.0.1:8443"}) EXPECT_EQ(with_host(host, over_a_network), 200) << host;
  const Ends six{"2001:db8::9", "2001:db8::1"};
  for (const char* host : {"[2001:db8::1]", "[2001:DB8:0::1]:8443"}) EXPECT_EQ(with_host(host, six), 200) << host;
}

TEST_F(Let, InWithANameFromTheConfiguration) {
  for (const char* host : {"orders.example.com", "ORDERS.example.com.:8443", "other:1"}) {
    EXPECT_EQ(with_host(host), 200) << host;
    EXPECT_EQ(with_host(host, over_a_network), 200) << host;
  }
}

TEST_F(Let, InWithNamesOfLoopbackOverLoopbackOnly) {
  for (const char* host : {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:80"}) {
    EXPECT_EQ(with_host(host), 200) << host;
    EXPECT_EQ(with_host(host, over_a_network), 421) << host;
  }
}

TEST_F(Let, OutWithANameThatSomebodyElseMadePointToUs) {
  for (const char* host : {"evil.example", "evil.example:8080", "localhost.evil.example", "orders.example.com.evil",
                           "10.0.0.1", "0.0.0.0:8080", "[::]"}) {
    EXPECT_EQ(with_host(host), 421) << host;
    EXPECT_THAT(reply_->body, HasSubstr("api.hosts"));
  }
}

TEST_F(Let, OutWithNoHostOrSeveralOrWhatIsNone) {
  const std::pair<std::string, std::string> authorization{"authorization", "Bearer " + token};
  EXPECT_EQ(status({authorization}), 400);
  EXPECT_EQ(status({{"host", "localhost"}, {"host", "localhost"}, authorization}), 400);
  for (const char* host : {"", "a b", "::1", "a:b", "localhost:99999", "user@localhost", "[::1", "a/b"}) {
    EXPECT_EQ(with_host(host), 400) << host;
  }
}

TEST_F(Let, OutIsCountedByItsReason) {
  EXPECT_EQ(with_authorization("Bearer wrong"), 401);
  EXPECT_EQ(status({{"host", "localhost"}}), 401);
  EXPECT_EQ(with_host("evil.example"), 421);
  EXPECT_EQ(with_host("localhost"), 200);
  EXPECT_EQ(refusals_.of(Refusals::Why::token), 2u);
  EXPECT_EQ(refusals_.of(Refusals::Why::host), 1u);
}

}  // namespace
}  // namespace orders::api
