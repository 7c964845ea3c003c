// Answers that flow on, and what must become of them: the join's definition in a second hand.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/daemon.h"
#include "support/log.h"

namespace orders::test {

/// In milliseconds.
struct JoinWindow {
  std::int64_t before = 2'000, after = 3'000, grace = 500;
  [[nodiscard]] std::int64_t retention() const { return before + after + grace; }
  [[nodiscard]] Settings settings() const;
};

/// An answer as it stands on its input.
struct WrittenAnswer {
  bool stock = false;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t id = 0;
  std::int64_t time = 0;
  std::string status;  ///< empty: it is no answer
  std::string mark;    ///< no other answer has it
  std::string reason = "invalid_value";  ///< of the dead letter of what is no answer; empty: it is skipped
};

/// What comes of a log. Results by their stock record's mark, with status and timestamp; dead letters of the join by
/// "payments[1]@17" or "stock[1]@17", with their reason.
struct JoinFates {
  std::multiset<std::tuple<std::string, std::string, std::int64_t>> results;
  std::multiset<std::pair<std::string, std::string>> dead;
};

/// The definition of the join over a finished log: sets only, no order of reading, no buffer.
[[nodiscard]] JoinFates fates_of(const std::vector<WrittenAnswer>& log, const JoinWindow& window, int partitions);
/// What stands on `orders` and in the dead letters.
[[nodiscard]] JoinFates observed_fates(const std::string& bootstrap, const Daemon& daemon);
/// "payments[1]@17" of a dead letter's headers; "orders", "payments" and "stock" for the daemon's topics.
[[nodiscard]] std::string origin_of(const LoggedRecord& letter, const Daemon& daemon);

/// Writes orders, and answers whose two sides lie up to a window and more apart: some twice, some on one side only,
/// some late, some no JSON; and now and then a record that is no order on `orders`. The same for the same seed. It is
/// the only writer of both inputs. Timestamps run on by 40 ms an order.
class Traffic {
 public:
  /// Of `daemon`, its topics' names.
  Traffic(const std::string& bootstrap, const Daemon& daemon, int partitions, unsigned seed);

  /// `count` more orders, and the answers whose time has come by then; returns when the broker has them.
  void write(int count);
  /// What was still to come.
  void finish();
  [[nodiscard]] const std::vector<WrittenAnswer>& log() const { return log_; }
  /// Records on `orders` that are none.
  [[nodiscard]] int bad_orders() const { return bad_orders_; }
  /// The first of their keys, which count up.
  static constexpr std::int64_t first_bad_key = 900'000;

 private:
  [[nodiscard]] bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  void add_answers(std::int64_t id);
  void write_until(std::int64_t moment);

  LogWriter writer_;
  const std::string orders_, payments_, stock_;
  const int partitions_;
  std::mt19937 random_;
  std::int64_t made_ = 0;
  int bad_orders_ = 0;
  std::multimap<std::int64_t, WrittenAnswer> to_come_;  ///< by the moment of writing
  std::map<std::pair<bool, std::int32_t>, std::int64_t> next_offset_;
  std::vector<WrittenAnswer> log_;
};

}  // namespace orders::test
