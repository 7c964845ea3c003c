// A catalog service on the loopback interface, as good or as bad as a test wants it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace orders::test {

/// Answers GET /api/products/CODE over connections that it keeps: 200 for the codes that it has, 404 for others. Its
/// threads end with it. Throws std::runtime_error where it can't listen.
class CatalogServer {
 public:
  explicit CatalogServer(std::set<std::string> codes);
  CatalogServer(const CatalogServer&) = delete;
  CatalogServer& operator=(const CatalogServer&) = delete;
  ~CatalogServer();

  /// http://127.0.0.1:PORT/api/products/{code}
  [[nodiscard]] std::string location() const;

  enum class Mood : std::uint8_t {
    good,
    silent,   ///< reads the request and never answers
    closing,  ///< closes instead of an answer
    cut,      ///< closes in the middle of the answer's body
    garbage,  ///< what is no HTTP
    endless,  ///< a body without an end
  };
  void be(Mood mood) { mood_ = mood; }
  /// With a status of its own for every code; 0: as it should be.
  void answer_with(int status) { status_ = status; }
  /// Good answers wait until release().
  void hold();
  void release();

  /// Nobody listens any more; connections are closed.
  void stop();
  /// At the same port again.
  void start();

  // --- since the beginning
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int connections() const { return connections_; }
  /// As they stood in the requests, percent-encoded.
  [[nodiscard]] std::vector<std::string> targets() const;
  /// The head of the last request.
  [[nodiscard]] std::string last_head() const;

 private:
  void accept_clients();
  void serve(int client);
  /// False: the connection ends.
  [[nodiscard]] bool answer(int client, const std::string& head);
  [[nodiscard]] bool wait_for_release();

  const std::set<std::string> codes_;
  const int port_;
  int listener_ = -1;
  std::atomic<Mood> mood_{Mood::good};
  std::atomic<int> status_{0}, requests_{0}, connections_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable released_;
  bool held_ = false;
  std::vector<std::string> targets_;
  std::string last_head_;
  std::set<int> open_;  ///< connections
  std::thread acceptor_;
  std::vector<std::future<void>> clients_;  ///< of the acceptor's thread
};

}  // namespace orders::test
