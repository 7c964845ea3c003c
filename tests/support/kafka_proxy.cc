#include "support/kafka_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/bytes.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

constexpr int look_around_ms = 20;  // how long a change of mind may go unnoticed

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

int listen_on(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const auto address = loopback(port);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 64) != 0) {
    fail("listening on port " + std::to_string(port));
  }
  return listener;
}

/// -1 where nobody listens.
int connect_to(int port) {
  const int broker = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (::connect(broker, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return broker;
  ::close(broker);
  return -1;
}

void hurry(int socket) {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/// What has come; false when the other side has gone.
bool receive(int socket, std::string& into) {
  std::array<char, 65'536> bytes;
  const auto count = ::recv(socket, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  into.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

bool send_all(int socket, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

/// The first whole message (its length in front) of what has come.
std::optional<std::string> take_message(std::string& stream) {
  if (stream.size() < 4) return std::nullopt;
  const std::size_t size = 4 + load_be32(stream.data());
  if (stream.size() < size) return std::nullopt;
  auto message = stream.substr(0, size);
  stream.erase(0, size);
  return message;
}

// A request: length int32, kind int16, version int16, correlation id int32, …; its answer: length, correlation id, …
std::int16_t kind_of(const std::string& request) {
  return static_cast<std::int16_t>(load_be32(request.data() + 4) >> 16);
}
std::uint32_t id_of_request(const std::string& request) { return load_be32(request.data() + 8); }
std::uint32_t id_of_answer(const std::string& answer) { return load_be32(answer.data() + 4); }

}  // namespace

/// One client's connection, and the one to the broker that belongs to it.
class KafkaProxy::Link {
 public:
  Link(KafkaProxy& proxy, int breaks, int client, int broker)
      : proxy_(proxy), breaks_(breaks), client_(client), broker_(broker) {
    hurry(client_);
    hurry(broker_);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() {
    ::close(client_);
    ::close(broker_);
  }

  void run() {
    while (!proxy_.stopping_ && breaks_ == proxy_.breaks_) {
      if (proxy_.silent_) {
        ::poll(nullptr, 0, look_around_ms);
        continue;
      }
      std::array<pollfd, 2> sockets = {pollfd{client_, POLLIN, 0}, pollfd{broker_, POLLIN, 0}};
      if (::poll(sockets.data(), sockets.size(), look_around_ms) <= 0) continue;
      if (proxy_.silent_ || breaks_ != proxy_.breaks_) continue;  // speak() counts up before it ends the silence
      if (sockets[0].revents != 0 && !(receive(client_, from_client_) && pass_requests())) return;
      if (sockets[1].revents != 0 && !(receive(broker_, from_broker_) && pass_answers())) return;
    }
  }

 private:
  bool pass_requests() {
    while (const auto request = take_message(from_client_)) {
      if (auto order = proxy_.take_order(*request)) {
        if (order->lost == Lost::request) return lose(order->then);
        waiting_for_ = {id_of_request(*request), order->then};
      }
      if (!pass(broker_, *request)) return false;
    }
    return true;
  }

  bool pass_answers() {
    while (const auto answer = take_message(from_broker_)) {
      if (waiting_for_ && waiting_for_->first == id_of_answer(*answer)) {
        return lose(std::exchange(waiting_for_, std::nullopt)->second);
      }
      if (!pass(client_, *answer)) return false;
    }
    return true;
  }

  bool pass(int socket, const std::string& message) {
    if (const int delay = proxy_.delay_ms_) ::poll(nullptr, 0, delay);
    return send_all(socket, message);
  }

  /// False: this connection ends.
  bool lose(Then then) {
    proxy_.done(then);
    return then == Then::silence;
  }

  KafkaProxy& proxy_;
  const int breaks_;
  const int client_, broker_;
  std::string from_client_, from_broker_;
  std::optional<std::pair<std::uint32_t, Then>> waiting_for_;  ///< the answer that is to be lost
};

KafkaProxy::KafkaProxy(int port, int broker_port) : broker_port_(broker_port), listener_(listen_on(port)) {
  acceptor_ = std::thread([this] { accept_links(); });
}

KafkaProxy::~KafkaProxy() {
  stopping_ = true;
  acceptor_.join();
  links_.clear();  // waits for them
  ::close(listener_);
}

void KafkaProxy::accept_links() {
  while (!stopping_) {
    pollfd socket{listener_, POLLIN, 0};
    if (::poll(&socket, 1, look_around_ms) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    std::erase_if(links_, [](const auto& link) { return link.wait_for(0s) == std::future_status::ready; });
    links_.push_back(std::async(std::launch::async, [this, client] { carry(client); }));
  }
}

void KafkaProxy::carry(int client) {
  const int breaks = breaks_;  // before the look at refusing_: a cut that comes between is not missed
  const int broker = refusing_ ? -1 : connect_to(broker_port_);
  if (broker < 0) {
    ::close(client);
    return;
  }
  Link(*this, breaks, client, broker).run();
}

void KafkaProxy::lose(KafkaRequest request, const std::string& transactional_id, Lost lost, Then then) {
  const std::lock_guard lock(mutex_);
  has_lost_ = false;
  order_ = {request, transactional_id, lost, then};
}

std::optional<KafkaProxy::Order> KafkaProxy::take_order(const std::string& request) {
  const std::lock_guard lock(mutex_);
  if (!order_ || kind_of(request) != static_cast<std::int16_t>(order_->request)) return std::nullopt;
  if (request.find(order_->transactional_id) == std::string::npos) return std::nullopt;
  return std::exchange(order_, std::nullopt);
}

void KafkaProxy::done(Then then) {
  silent_ = then == Then::silence;
  has_lost_ = true;
}

void KafkaProxy::speak() {
  ++breaks_;
  silent_ = false;
}

void KafkaProxy::cut() {
  refusing_ = true;
  ++breaks_;
}

void KafkaProxy::hush() { silent_ = true; }
void KafkaProxy::slow_down(std::chrono::milliseconds delay) { delay_ms_ = static_cast<int>(delay.count()); }

void KafkaProxy::mend() {
  refusing_ = false;
  delay_ms_ = 0;
  if (silent_) speak();
}

}  // namespace orders::test
