// Answers, results and what they must be: the wire contract in a second hand, for tests that look from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/daemon.h"
#include "support/log.h"

namespace orders::test {

/// What an order comes to.
struct Outcome {
  std::string status;
  nlohmann::json source;  ///< null or a string
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
void PrintTo(const Outcome& outcome, std::ostream* out);

/// The decision of the wire contract, from the two answers' JSON.
[[nodiscard]] Outcome decide(const nlohmann::json& payment, const nlohmann::json& stock);

/// {"orderId":…,"customerId":…,"status":"…","source":null,"items":[…],"mark":"…"}; `mark` tells records of one order
/// apart.
[[nodiscard]] std::string answer_json(std::int64_t id, const std::string& status, const std::string& mark = "");
[[nodiscard]] LogWriter::Record answer(const std::string& topic, std::int32_t partition, std::int64_t id,
                                       const std::string& status, std::int64_t timestamp, const std::string& mark = "");

/// Records by the order id in their value.
[[nodiscard]] std::map<std::int64_t, std::vector<nlohmann::json>> by_order(const std::vector<LoggedRecord>& records);
/// Without the NEW ones.
[[nodiscard]] std::vector<LoggedRecord> results_only(std::vector<LoggedRecord> records);
[[nodiscard]] bool is_result(const LoggedRecord& record);

/// `count` lines for `order create --batch`.
[[nodiscard]] std::string batch_of_orders(int count, int first_customer = 1);

/// Makes both inputs, `orders` and the dead letters with equal partition counts.
void create_topics(const std::string& bootstrap, const Daemon& daemon, int partitions = 4);

/// Reads `orders` on until `count` results are there; throws after `timeout`.
class ResultFollower {
 public:
  ResultFollower(std::string bootstrap, std::string topic)
      : bootstrap_(std::move(bootstrap)), topic_(std::move(topic)), reader_(bootstrap_, topic_) {}
  void await(std::size_t count, std::chrono::milliseconds timeout);
  [[nodiscard]] std::size_t count() const { return count_; }  ///< that were read
  /// How many there are by now, on the whole topic.
  [[nodiscard]] std::size_t catch_up() const;

 private:
  const std::string bootstrap_, topic_;
  LogReader reader_;
  std::size_t count_ = 0;
};

/// The join has committed everything that is on both inputs.
[[nodiscard]] bool inputs_committed(const std::string& bootstrap, const Daemon& daemon);

/// No transaction is open on `orders` and the dead letters: the broker shows the end of one a moment after it has told
/// of it, and partition by partition.
[[nodiscard]] bool outputs_settled(const std::string& bootstrap, const Daemon& daemon);

/// status.join as it is when so many answers wait, all of one moment; throws when that takes too long.
[[nodiscard]] nlohmann::json join_with_waiting(const Daemon& daemon, std::size_t count);

/// status.join.<member>, -1 while the daemon does not answer.
[[nodiscard]] std::int64_t join_figure(const Daemon& daemon, const std::string& pointer);

}  // namespace orders::test
