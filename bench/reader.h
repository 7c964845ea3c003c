// A read_committed reader of all partitions of a topic, and what it can learn of their ends without reading.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client.h"

namespace orders::bench {

class Reader {
 public:
  Reader(const std::string& bootstrap, std::string topic);

  /// Up to where committed records can be read, of each partition: one small request. Control records count, too.
  [[nodiscard]] std::vector<std::int64_t> ends() const;
  /// Begins to read at these offsets; all requests are on their way when it returns.
  void attach(const std::vector<std::int64_t>& offsets);
  /// Null when nothing came within the timeout.
  [[nodiscard]] Message next(int timeout_ms);
  [[nodiscard]] int partitions() const { return partitions_; }

 private:
  std::string topic_;
  Client client_;
  int partitions_ = 0;
};

/// When the committed ends were seen to move.
class EndLog {
 public:
  explicit EndLog(const Reader& reader) : reader_(reader) {}
  /// Asks; true when they have moved since.
  bool sample();
  [[nodiscard]] std::int64_t total() const { return sum(points_.empty() ? std::vector<std::int64_t>{} : last()); }
  [[nodiscard]] const std::vector<std::int64_t>& last() const { return points_.back().ends; }
  /// When the first sample with at least one record more than `start` was taken, and how many more.
  struct First {
    std::int64_t at_us = 0, records = 0;
  };
  [[nodiscard]] First first_beyond(const std::vector<std::int64_t>& start) const;
  /// When all `offsets` were first seen to be before the ends; 0: never.
  [[nodiscard]] std::int64_t passed_us(const std::vector<std::int64_t>& offsets) const;

 private:
  struct Point {
    std::int64_t at_us;
    std::vector<std::int64_t> ends;
  };
  static std::int64_t sum(const std::vector<std::int64_t>& ends);

  const Reader& reader_;
  std::vector<Point> points_;
};

}  // namespace orders::bench
