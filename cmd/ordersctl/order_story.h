// One order's whole story, from what was found of it in all places.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "config/config.h"
#include "kafka/types.h"

namespace orders::ctl {

/// A record of the order, as far as its story needs it.
struct TracedRecord {
  enum class Kind : std::uint8_t { announced, payment, stock, result, dead_letter } kind = Kind::announced;
  kafka::TopicPartition at;
  std::int64_t offset = 0;
  Timestamp time;
  std::string status;  ///< empty where the value has none
  std::string source;
  // --- of a dead letter
  std::string reason;    ///< "late"
  std::string message;   ///< what was wrong
  std::string origin;    ///< "join", "table", "database"; empty where another program wrote it
  std::string original;  ///< "payment-orders[3]@17"

  /// "payment-orders[3]@17"
  [[nodiscard]] std::string where() const;
};
[[nodiscard]] std::string_view to_string(TracedRecord::Kind kind);

/// Records in the order of their kinds, then of their times; no more than `limit` of a kind: further ones are counted
/// only, so that a key that is used a million times takes no more memory.
class TracedRecords {
 public:
  static constexpr std::size_t limit = 50;
  void add(TracedRecord record);
  [[nodiscard]] std::vector<TracedRecord> all() const;
  [[nodiscard]] const std::vector<TracedRecord>& of(TracedRecord::Kind kind) const;
  [[nodiscard]] std::uint64_t left_out(TracedRecord::Kind kind) const;
  [[nodiscard]] bool empty() const;

 private:
  struct Bin {
    std::vector<TracedRecord> kept;  ///< sorted by time
    std::uint64_t left_out = 0;
  };
  std::array<Bin, 5> bins_;
};

/// How far the join has come in a partition of an input.
struct JoinPlace {
  std::optional<std::int64_t> next_offset;
  std::optional<Timestamp> stream_time;
};

/// What a place said of the order.
struct Holding {
  enum class State : std::uint8_t { absent, present, not_kept, unknown } state = State::unknown;
  std::string json;  ///< of present: the daemon's answer, or one of the same form
  std::string why;   ///< of unknown: it could not be asked; of not_kept: the configuration has no such place
};

struct OrderTrace {
  std::int64_t id = 0;
  Milliseconds looked_back{0};
  bool all_partitions = false;  ///< were read; else those of the key
  TracedRecords records;
  std::map<kafka::TopicPartition, JoinPlace> join;  ///< of the inputs' partitions where the order may be
  Holding row, table;

  /// Nothing anywhere.
  [[nodiscard]] bool unknown() const;
  /// All places could be asked.
  [[nodiscard]] bool complete() const;
};

/// Where the order stands, for programs and in words.
struct OrderState {
  enum class Kind : std::uint8_t {
    decided,    ///< there is a result
    announced,  ///< NEW, and no answer
    waiting,    ///< one answer is there, and may still meet the other
    unread,     ///< answers are there that the join has not read yet
    missed,     ///< answers are there that did not or can't meet
    stored,     ///< no record in the time that was looked at: only what row and table say
    unknown,
  } kind = Kind::unknown;
  std::vector<std::string> waits_for;  ///< "payment", "stock"
  std::optional<Timestamp> since;
  std::vector<std::string> words;  ///< a line each: why
};
[[nodiscard]] std::string_view to_string(OrderState::Kind kind);
[[nodiscard]] OrderState state_of(const OrderTrace& trace, const config::Join& join);

[[nodiscard]] std::string story_text(const OrderTrace& trace, const OrderState& state, bool colour);
/// {"orderId", "state", "waitsFor": [], "since", "words": [], "records": [{"kind", "topic", "partition", "offset",
/// "timestamp", "status", "source", "reason", "message", "origin", "original"}], "leftOut", "row", "table",
/// "unavailable": [], "lookedBack"}
[[nodiscard]] std::string story_json(const OrderTrace& trace, const OrderState& state);

}  // namespace orders::ctl
