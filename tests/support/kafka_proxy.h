// A TCP proxy before a Kafka broker that loses one request, or one answer, of a client's choice; or is a bad network.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace orders::test {

/// Requests by their number in Kafka's protocol.
enum class KafkaRequest : std::int16_t { add_offsets_to_txn = 25, end_txn = 26, txn_offset_commit = 28 };

/// The broker must advertise this proxy's address to who comes this way: KafkaBroker::Proxied. Its threads end with it.
class KafkaProxy {
 public:
  /// Listens on the loopback interface's `port`.
  KafkaProxy(int port, int broker_port);
  KafkaProxy(const KafkaProxy&) = delete;
  KafkaProxy& operator=(const KafkaProxy&) = delete;
  ~KafkaProxy();

  enum class Lost : std::uint8_t { request, answer };  ///< answer: the broker has done it, and nobody hears of it
  enum class Then : std::uint8_t { cut, silence };  ///< the connection is cut; or from then on nothing passes any more
  /// The next request of that kind by this transactional id.
  void lose(KafkaRequest request, const std::string& transactional_id, Lost lost, Then then);
  /// It has happened.
  [[nodiscard]] bool has_lost() const { return has_lost_; }
  /// Ends the silence: the connections of that time are cut.
  void speak();

  // --- for whoever comes this way, until mend()
  /// Connections are cut, and new ones at once.
  void cut();
  /// Nothing passes, and nothing is closed.
  void hush();
  /// Each message takes so much longer; those of a connection wait for one another.
  void slow_down(std::chrono::milliseconds delay);
  void mend();

 private:
  struct Order {
    KafkaRequest request;
    std::string transactional_id;
    Lost lost;
    Then then;
  };
  class Link;

  void accept_links();
  void carry(int client);
  /// Of what is to be lost, if this request is the one.
  [[nodiscard]] std::optional<Order> take_order(const std::string& request);
  void done(Then then);

  const int broker_port_;
  int listener_ = -1;
  std::mutex mutex_;
  std::optional<Order> order_;
  std::atomic<bool> has_lost_{false};
  std::atomic<bool> silent_{false};
  std::atomic<bool> refusing_{false};
  std::atomic<int> delay_ms_{0};
  std::atomic<int> breaks_{0};  ///< counts up; connections from before are cut
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::vector<std::future<void>> links_;  ///< of the acceptor's thread
};

}  // namespace orders::test
