// What goes on while instances come and go and all around them fails: clients that create orders, and services that
// answer them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fleet.h"
#include "support/log.h"
#include "support/traffic.h"

namespace orders::test {

/// A client for each instance asks it for orders while it runs. A request that is not answered in full goes to whoever
/// runs next, with the same idempotency key: in the end each has made its orders once. Now and then a client hangs up
/// before it is answered. A service answers orders when their NEW stands on the topic, and answers a steady rate of
/// orders of its own, whose rows only their results make: some twice, some on one side only, some late, some with each
/// of the flaws that a record can have. It is the only writer of both inputs; timestamps are the clock's. While the
/// broker is away, what it writes waits.
class Load {
 public:
  static constexpr int orders_in_request = 3;
  static constexpr std::int64_t first_created = 1ll << 32;  ///< ids from here on are the daemon's

  /// Begins at once. `fleet` must outlive it.
  Load(const Fleet& fleet, unsigned seed);
  ~Load();

  /// No more orders; returns when all requests are settled, false after `patience`.
  [[nodiscard]] bool stop_making(std::chrono::milliseconds patience);
  /// Once the outbox is empty: answers what there is to be answered, and lets time run on in both inputs, so that
  /// nothing waits. False when not every order that was settled has shown up as NEW within `patience`.
  [[nodiscard]] bool finish(std::chrono::milliseconds patience);

  /// Ids that the clients were told, by request.
  [[nodiscard]] std::map<std::string, std::vector<std::int64_t>> created() const;
  [[nodiscard]] std::uint64_t answers() const { return answers_; }
  /// How many of them may not have come to the broker: librdkafka gave up the producer that had them.
  [[nodiscard]] std::uint64_t uncertain() const { return uncertain_; }
  /// The time of the newest answer, milliseconds since the epoch, whose result stands on the topic.
  [[nodiscard]] std::int64_t newest_result() const { return newest_result_; }
  [[nodiscard]] std::uint64_t hung_up() const { return hung_up_; }
  /// Joins' window; settings for the fleet.
  static constexpr JoinWindow window{};

 private:
  struct Request {
    std::string key;
    std::string body;
  };
  enum class Flaw : std::uint8_t { none, no_json, no_key, no_value, bad_key, other_key, bad_status };
  struct Answer {
    bool stock = false;
    std::int64_t id = 0;
    Flaw flaw = Flaw::none;
    std::string status;
    std::string mark;
    std::int64_t age = 0;  ///< how old it says that it is, milliseconds
  };
  void create(std::size_t member, unsigned seed);
  [[nodiscard]] std::optional<Request> next_request(std::size_t member, int& made);
  void answer();
  void plan(std::int64_t id, bool plain);
  void read_new();
  [[nodiscard]] std::optional<LoggedRecord> next_of_orders();
  void write_due(std::int64_t now);
  [[nodiscard]] LogWriter::Record record_of(const Answer& answer, std::int64_t now) const;
  void write(const LogWriter::Record& record);
  void replace_writer();
  void close(std::int64_t now);
  [[nodiscard]] bool chance(unsigned percent) { return random_() % 100 < percent; }

  const Fleet& fleet_;
  const std::string bootstrap_;
  std::mt19937 random_;  ///< the service's
  std::int64_t own_made_ = 0;
  std::multimap<std::int64_t, Answer> to_come_;  ///< by the moment of writing
  std::set<std::int64_t> seen_new_;
  std::optional<LogReader> orders_;
  std::unique_ptr<LogWriter> writer_;
  std::uint64_t unconfirmed_ = 0;  ///< answers of this writer
  std::atomic<std::uint64_t> answers_{0}, uncertain_{0}, hung_up_{0};
  std::atomic<std::int64_t> newest_result_{0};

  mutable std::mutex mutex_;
  std::deque<Request> unsettled_;  ///< that nobody is asking for at the moment
  std::size_t open_ = 0;           ///< requests that are not settled
  std::map<std::string, std::vector<std::int64_t>> created_;

  std::atomic<bool> making_{true};
  std::atomic<bool> all_new_seen_{false};
  std::atomic<bool> finishing_{false};
  std::atomic<bool> given_up_{false};  ///< the threads end
  std::string failure_;                ///< of the service's thread; read after its end
  std::vector<std::jthread> clients_;
  std::jthread service_;
};

}  // namespace orders::test
