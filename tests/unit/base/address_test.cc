#include "base/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace orders {
namespace {

TEST(Address, IsAHostAndAPort) {
  const std::pair<const char*, HostPort> right[] = {{"localhost:80", {"localhost", 80}},
                                                    {"10.0.0.1:0", {"10.0.0.1", 0}},
                                                    {"[::1]:65535", {"::1", 65535}},
                                                    {"a-b.example.com:1", {"a-b.example.com", 1}}};
  for (const auto& [text, expected] : right) {
    const auto address = parse_host_port(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->host, expected.host);
    EXPECT_EQ(address->port, expected.port);
    EXPECT_EQ(to_string(*address), text);
  }
  for (const char* wrong : {"", "a", ":80", "a:", "a:65536", "a:-1", "a:080", "a:8x", "::1:80", "[]:80", "[::1]",
                            "a b:1", "a/b:1", "user@a:1", "[[::1]]:1"}) {
    EXPECT_FALSE(parse_host_port(wrong)) << wrong;
  }
}

TEST(Address, IsLoopbackByWhatItSaysAndNotByWhatItMayResolveTo) {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.0.9", "::1"}) EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"", "0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "localhost.example.com", "127.0.0.1.nip.io"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(Address, HasOneFormToBeComparedIn) {
  const std::pair<const char*, const char*> forms[] = {
      {"Orders.Example.COM.", "orders.example.com"}, {"0:0:0:0:0:0:0:1", "::1"}, {"2001:DB8::1", "2001:db8::1"},
      {"::ffff:10.0.0.1", "10.0.0.1"},               {"10.0.0.1", "10.0.0.1"},   {"010.0.0.1", "010.0.0.1"}};
  for (const auto& [host, form] : forms) EXPECT_EQ(canonical_host(host), form);
}

TEST(Address, OfASocketIsThatOfItsFamily) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(8080);
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(to_string(host_port_of(reinterpret_cast<const sockaddr*>(&four)).value()), "127.0.0.1:8080");
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(1);
  ASSERT_EQ(inet_pton(AF_INET6, "::ffff:10.1.2.3", &six.sin6_addr), 1);
  EXPECT_EQ(to_string(host_port_of(reinterpret_cast<const sockaddr*>(&six)).value()), "10.1.2.3:1");
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(host_port_of(reinterpret_cast<const sockaddr*>(&local)));
  EXPECT_FALSE(host_port_of(nullptr));
}

}  // namespace
}  // namespace orders
