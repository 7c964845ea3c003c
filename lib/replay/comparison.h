// What comes out of a replay beside what is expected, record by record, each with the one of the same order.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "replay/capture.h"

namespace orders::replay {

/// One thing that is not as expected. Lines count from 1; 0 where there is none.
struct Difference {
  enum class Kind : std::uint8_t { member, missing, extra, place };
  Kind kind = Kind::member;
  std::string topic;
  std::string order;                ///< "order 17", or what there is instead of its id
  std::uint64_t expected_line = 0;  ///< in the file of what is expected
  std::uint64_t line = 0;           ///< of the output
  std::int32_t partition = 0;       ///< what is expected lies there; where nothing is, what was got
  std::string member;               ///< "timestamp", "value.status", "headers.orders-reason"
  std::string expected, got;        ///< the member's, or the record as a line of a capture; any bytes
};

struct DifferenceCounts {
  std::uint64_t differing = 0;   ///< records with another member or more
  std::uint64_t missing = 0;     ///< expected, but not there
  std::uint64_t extra = 0;       ///< there, but not expected
  std::uint64_t misplaced = 0;   ///< come behind one that should follow them
  [[nodiscard]] std::uint64_t total() const { return differing + missing + extra + misplaced; }
};

/// What makes two records of one order different.
struct Exactness {
  /// Values differ in what their JSON says (same_meaning()), whatever its form. Neither headers nor places count: the
  /// programs that are compared may read their inputs in other turns.
  bool meaning = false;
  std::vector<std::string> ignored;  ///< of meaning: members of the value, "timestamp", "partition"
};

/// Pairs the n-th record of a topic and key with the n-th expected one, wherever they stand, so that one record more or
/// less is one difference and not a file full of them. Keeps what has no partner yet; while both go in step, nothing.
class Comparison {
 public:
  /// A record and the number that differences name it by: its line, or its offset.
  struct Numbered {
    Record record;
    std::uint64_t line = 0;
  };
  /// What is expected, one after another; nothing: no more.
  using Source = std::function<Result<std::optional<Numbered>>()>;

  /// Keeps the first `shown` differences; all are counted.
  Comparison(Source expected, Exactness exactness, config::KeyFormat key_format, std::size_t shown);
  /// Exactly what a capture says; it must outlive this.
  Comparison(CaptureReader& expected, config::KeyFormat key_format, std::size_t shown);

  /// The next record of the output, by default its next line. Fails with the source's error where what is expected
  /// can't be read.
  [[nodiscard]] Result<> add(const Record& got);
  [[nodiscard]] Result<> add(const Record& got, std::uint64_t line);
  /// Behind the last record; then counts and differences are complete.
  [[nodiscard]] Result<> finish();

  [[nodiscard]] const DifferenceCounts& counts() const { return counts_; }
  [[nodiscard]] const std::vector<Difference>& differences() const { return differences_; }

 private:
  struct Placed {
    Record record;
    std::uint64_t index = 0;  ///< among the records of its side, from 1
    std::uint64_t line = 0;
  };
  using Waiting = std::unordered_map<std::string, std::deque<Placed>>;

  [[nodiscard]] Result<std::optional<Placed>> next_expected();
  void place_expected(Placed expected);
  void place_got(Placed got);
  void compare(const Placed& expected, const Placed& got);
  void settle_missing();
  void settle_extra();
  void settle_places();
  [[nodiscard]] Difference difference(Difference::Kind kind, const Placed* expected, const Placed* got) const;
  [[nodiscard]] std::string line_of(const Record& record) const;
  void keep(Difference difference);

  struct Pair {
    std::uint64_t got = 0, expected = 0, line = 0;
    std::string topic;
    std::optional<std::string> key;
  };

  Source expected_;
  Exactness exactness_;
  config::KeyFormat key_format_;
  std::size_t shown_;
  std::uint64_t expected_read_ = 0, got_read_ = 0;
  Waiting waiting_expected_, waiting_got_;
  std::vector<Pair> displaced_;  ///< pairs that do not stand at the same place
  DifferenceCounts counts_;
  std::vector<Difference> differences_;
};

}  // namespace orders::replay
