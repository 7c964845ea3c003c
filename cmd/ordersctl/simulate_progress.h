// How far a partition of `orders` is answered. Answers have delays of their own, so orders are finished out of their
// order; what is done beyond the committed offset stands in the commit's metadata, and a restart repeats nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "ordersctl/simulate_decision.h"

namespace orders::ctl {

class AnswerProgress {
 public:
  explicit AnswerProgress(std::int64_t position = 0) : base_(position), read_to_(position) {}
  /// From a commit; metadata that is not understood counts as none.
  [[nodiscard]] static AnswerProgress restore(std::int64_t position, std::string_view metadata);

  /// A record at `offset` was read; whatever lies between it and the one before was no record (compacted, or a
  /// transaction's marker).
  void read(std::int64_t offset);
  /// The end of the partition was met; the next record will have this offset or a higher one.
  void reached_end(std::int64_t next_offset);

  [[nodiscard]] bool answered(std::int64_t offset, Side side) const;
  void answer(std::int64_t offset, Side side);
  /// Nothing is to be answered there.
  void done(std::int64_t offset);

  /// To be committed: everything below the position is done, the metadata tells of the rest.
  [[nodiscard]] std::int64_t position() const { return base_; }
  [[nodiscard]] std::string metadata() const;
  /// Where the metadata would grow beyond the 4 KiB that brokers allow, reading on has to wait.
  [[nodiscard]] bool full() const { return bits_.size() >= limit; }

  static constexpr std::size_t limit = 11'000;

 private:
  void mark(std::int64_t offset, std::uint8_t bits);
  void trim();

  std::int64_t base_;
  std::int64_t read_to_;           ///< the next offset to be read
  std::deque<std::uint8_t> bits_;  ///< of the offsets from base_ on: 1 payment, 2 stock
};

}  // namespace orders::ctl
