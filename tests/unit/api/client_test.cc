// The client against servers that misbehave.
#include "api/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "temporary_folder.h"

namespace orders::api {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

/// Takes connections one after another: reads a request's head, sends what it was given, closes.
class CannedServer {
 public:
  CannedServer(const std::string& path, std::vector<std::string> answers)
      : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)), answers_(std::move(answers)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(fd_, 8);
    thread_ = std::thread([this] { serve(); });
  }
  ~CannedServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
    for (const int fd : held_) ::close(fd);
  }
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;
  static constexpr std::string_view never = "never";

 private:
  void serve() {
    for (const auto& answer : answers_) {
      const int connection = ::accept(fd_, nullptr, nullptr);
      if (connection < 0) return;
      std::string head;
      char byte = 0;
      while (head.find("\r\n\r\n") == std::string::npos && ::recv(connection, &byte, 1, 0) == 1) head += byte;
      if (answer == never) {
        held_.push_back(connection);
        continue;
      }
      (void)::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(connection);
    }
  }

  int fd_;
  std::vector<std::string> answers_;
  std::vector<int> held_;
  std::thread thread_;
};

class ClientTo : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string socket_ = folder_.file("api.sock");
};

TEST_F(ClientTo, SaysWhenNobodyListens) {
  Client client(socket_);
  for (const auto& response :
       {client.get("/", Milliseconds(30'000)), client.post("/", "x", "text/plain", {}, Milliseconds(30'000))}) {
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().error_class, ErrorClass::wait);
    EXPECT_THAT(response.error().text(), HasSubstr("can't reach ordersd at " + socket_));
    EXPECT_THAT(response.error().text(), HasSubstr("is it running?"));
    EXPECT_THAT(response.error().text(), Not(HasSubstr("carried out")));
  }
}

TEST_F(ClientTo, SaysWhenARequestMayHaveBeenCarriedOut) {
  const CannedServer server(socket_, {"", "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf"});
  Client client(socket_);
  for (int i = 0; i < 2; ++i) {
    const auto response = client.post("/", "x", "text/plain", {}, Milliseconds(30'000));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().error_class, ErrorClass::wait);
    EXPECT_THAT(response.error().text(), HasSubstr("may have been carried out"));
    EXPECT_THAT(response.error().text(), HasSubstr("idempotency key"));
    EXPECT_THAT(response.error().text(), Not(HasSubstr("is it running?")));
  }
}

TEST_F(ClientTo, SaysWhenNoAnswerComesInTime) {
  const CannedServer server(socket_, {std::string(CannedServer::never), std::string(CannedServer::never)});
  Client client(socket_);
  const auto posted = client.post("/", "x", "text/plain", {}, Milliseconds(500));
  ASSERT_FALSE(posted);
  EXPECT_THAT(posted.error().text(), HasSubstr("within 500ms"));
  EXPECT_THAT(posted.error().text(), HasSubstr("may have been carried out"));
  const auto got = client.get("/", Milliseconds(500));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error_class, ErrorClass::wait);
  EXPECT_THAT(got.error().text(), HasSubstr("within 500ms"));
  EXPECT_THAT(got.error().text(), Not(HasSubstr("carried out")));
}

TEST_F(ClientTo, ReadsTheHeadersOfTheLastAnswerOnly) {
  const CannedServer server(socket_,
                            {"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Name:  value \r\n"
                             "Content-Length: 2\r\nConnection: close\r\n\r\nok"});
  const auto response = Client(socket_).get("/", Milliseconds(30'000));
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->header("x-name"), "value");
  EXPECT_EQ(response->header("x-interim"), std::nullopt);
  EXPECT_EQ(response->body, "ok");
}

TEST_F(ClientTo, AsksNoProxy) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const CannedServer server(socket_, {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"});
  const auto response = Client(socket_).get("/", Milliseconds(30'000));
  ::unsetenv("http_proxy");
  ASSERT_TRUE(response) << response.error().text();
  EXPECT_EQ(response->body, "ok");
}

TEST(Query, EncodesNamesAndValues) {
  EXPECT_EQ(query({}), "");
  EXPECT_EQ(query({{"after", "5"}, {"limit", "10"}}), "?after=5&limit=10");
  EXPECT_EQ(query({{"a b", "x&y=z+%ü"}}), "?a%20b=x%26y%3Dz%2B%25%C3%BC");
}

}  // namespace
}  // namespace orders::api
