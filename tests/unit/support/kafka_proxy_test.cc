// The proxy as a bad network, before a "broker" that sends every message back.
#include "support/kafka_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/process.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Sends back whatever comes, over each connection, until it ends.
class Echo {
 public:
  explicit Echo(int port) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = loopback(port);
    EXPECT_EQ(::bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.fd(), 16), 0);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

 private:
  void run(const std::stop_token& stop) {
    std::vector<Socket> clients;
    while (!stop.stop_requested()) {
      std::vector<pollfd> sockets = {{listener_.fd(), POLLIN, 0}};
      for (const auto& client : clients) sockets.push_back({client.fd(), POLLIN, 0});
      if (::poll(sockets.data(), sockets.size(), 10) <= 0) continue;
      for (auto i = clients.size(); i > 0; --i) {
        if (sockets[i].revents != 0 && !echo(sockets[i].fd)) clients.erase(clients.begin() + static_cast<int>(i) - 1);
      }
      if (sockets.front().revents != 0) clients.emplace_back(::accept(listener_.fd(), nullptr, nullptr));
    }
  }
  /// False: the other side has gone.
  static bool echo(int socket) {
    char bytes[256];
    const auto count = ::recv(socket, bytes, sizeof bytes, 0);
    return count > 0 && ::send(socket, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) > 0;
  }

  Socket listener_;
  std::jthread thread_;
};

/// One connection.
class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = loopback(port);
    EXPECT_EQ(::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  void send() const { ::send(socket_.fd(), request.data(), request.size(), MSG_NOSIGNAL); }

  enum class Heard : std::uint8_t { nothing, answer, end };
  [[nodiscard]] Heard hear(std::chrono::milliseconds within) const {
    pollfd socket{socket_.fd(), POLLIN, 0};
    if (::poll(&socket, 1, static_cast<int>(within.count())) <= 0) return Heard::nothing;
    std::string bytes(request.size(), '\0');
    const auto count = ::recv(socket_.fd(), bytes.data(), bytes.size(), MSG_WAITALL);
    return count > 0 && bytes == request ? Heard::answer : Heard::end;
  }

 private:
  /// Of eight bytes behind its length: kind, version, correlation id.
  static inline const std::string request{"\0\0\0\x08\0\x01\0\0\0\0\0\x07", 12};
  Socket socket_;
};
using Heard = Client::Heard;

class Network : public testing::Test {
 protected:
  static constexpr auto long_enough = 10s;
  const int port_ = free_port();
  const int broker_port_ = free_port();
  Echo broker_{broker_port_};
  KafkaProxy network_{port_, broker_port_};
};

TEST_F(Network, PassesWhatIsSentBothWays) {
  const Client client(port_);
  client.send();
  EXPECT_EQ(client.hear(long_enough), Heard::answer);
}

TEST_F(Network, ThatIsCutEndsConnectionsAndTakesNoneUntilItIsMended) {
  const Client before(port_);
  before.send();
  ASSERT_EQ(before.hear(long_enough), Heard::answer);
  network_.cut();
  EXPECT_EQ(before.hear(long_enough), Heard::end);
  EXPECT_EQ(Client(port_).hear(long_enough), Heard::end);
  network_.mend();
  const Client after(port_);
  after.send();
  EXPECT_EQ(after.hear(long_enough), Heard::answer);
}

TEST_F(Network, ThatIsSilentClosesNothingUntilItIsMended) {
  const Client before(port_);
  before.send();
  ASSERT_EQ(before.hear(long_enough), Heard::answer);
  network_.hush();
  const Client meanwhile(port_);
  before.send();
  meanwhile.send();
  EXPECT_EQ(before.hear(200ms), Heard::nothing);
  EXPECT_EQ(meanwhile.hear(0ms), Heard::nothing);
  network_.mend();
  EXPECT_EQ(before.hear(long_enough), Heard::end);
  const Client after(port_);
  after.send();
  EXPECT_EQ(after.hear(long_enough), Heard::answer);
}

TEST_F(Network, ThatIsSlowDelaysEachMessageAndLosesNone) {
  const Client client(port_);
  network_.slow_down(100ms);
  const auto begun = std::chrono::steady_clock::now();
  client.send();
  EXPECT_EQ(client.hear(long_enough), Heard::answer);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 200ms) << "there and back";
  network_.mend();
  client.send();
  EXPECT_EQ(client.hear(long_enough), Heard::answer) << "nothing was cut";
}

}  // namespace
}  // namespace orders::test
