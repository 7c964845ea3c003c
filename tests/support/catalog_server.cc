#include "support/catalog_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "support/process.h"

namespace orders::test {
namespace {

constexpr std::string_view prefix = "/api/products/";

bool send_all(int client, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// With its empty line; nothing when the client has closed.
std::string read_head(int client) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (::recv(client, &byte, 1, 0) != 1) return {};
    head += byte;
  }
  return head;
}

/// Of "GET TARGET HTTP/1.1".
std::string target_of(const std::string& head) {
  const auto begin = head.find(' ') + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string reply(int status) {
  const std::string body = R"({"a":"body"})";
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

CatalogServer::CatalogServer(std::set<std::string> codes) : codes_(std::move(codes)), port_(free_port()) { start(); }

CatalogServer::~CatalogServer() { stop(); }

std::string CatalogServer::location() const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(prefix) + "{code}";
}

void CatalogServer::start() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error(std::string("the catalog can't listen: ") + std::strerror(errno));
  }
  stopping_ = false;
  acceptor_ = std::thread([this] { accept_clients(); });
}

void CatalogServer::stop() {
  if (!acceptor_.joinable()) return;
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  {
    const std::lock_guard lock(mutex_);
    for (const int client : open_) ::shutdown(client, SHUT_RDWR);
    released_.notify_all();
  }
  acceptor_.join();
  ::close(listener_);
}

void CatalogServer::accept_clients() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) break;
    ++connections_;
    {
      const std::lock_guard lock(mutex_);
      open_.insert(client);
      if (stopping_) ::shutdown(client, SHUT_RDWR);
    }
    clients_.push_back(std::async(std::launch::async, [this, client] { serve(client); }));
  }
  clients_.clear();  // waits for each
}

void CatalogServer::serve(int client) {
  for (std::string head; !(head = read_head(client)).empty();) {
    if (!answer(client, head)) break;
  }
  const std::lock_guard lock(mutex_);
  open_.erase(client);
  ::close(client);
}

bool CatalogServer::answer(int client, const std::string& head) {
  const auto target = target_of(head);
  {
    const std::lock_guard lock(mutex_);
    targets_.push_back(target);
    last_head_ = head;
  }
  ++requests_;
  if (!wait_for_release()) return false;
  switch (mood_.load()) {
    case Mood::silent:
      return !read_head(client).empty();  // until the client gives up
    case Mood::closing:
      return false;
    case Mood::cut: {
      const auto whole = reply(200);
      (void)send_all(client, std::string_view(whole).substr(0, whole.size() - 1));
      return false;
    }
    case Mood::garbage:
      (void)send_all(client, "\x16\x03\x01 what is this?\r\n\r\n");
      return false;
    case Mood::endless: {
      const std::string chunk(64 * 1024, 'x');
      if (!send_all(client, "HTTP/1.1 200 OK\r\n\r\n")) return false;
      while (send_all(client, chunk)) continue;
      return false;
    }
    case Mood::good:
      break;
  }
  const bool known = target.starts_with(prefix) && codes_.contains(decoded(target.substr(prefix.size())));
  const int status = status_.load();
  return send_all(client, reply(status != 0 ? status : known ? 200 : 404));
}

bool CatalogServer::wait_for_release() {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [this] { return !held_ || stopping_; });
  return !stopping_;
}

void CatalogServer::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void CatalogServer::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  released_.notify_all();
}

std::vector<std::string> CatalogServer::targets() const {
  const std::lock_guard lock(mutex_);
  return targets_;
}

std::string CatalogServer::last_head() const {
  const std::lock_guard lock(mutex_);
  return last_head_;
}

}  // namespace orders::test
