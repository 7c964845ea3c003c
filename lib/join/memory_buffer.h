// The buffer in memory.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "join/buffer.h"
#include "join/key_index.h"
#include "join/marks.h"

namespace orders::join {

class MemoryBuffer final : public Buffer {
 public:
  void insert(Side side, const Entry& entry) override;
  void join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) override;
  void expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) override;
  bool repeats(Side side, OrderId key, order::Status status, Timestamp timestamp, Timestamp bound) override;
  [[nodiscard]] std::uint64_t waiting(Side side) const override;
  [[nodiscard]] std::optional<Timestamp> oldest_waiting(Side side) override;
  void each_waiting(Side side, FunctionRef<bool(const Entry&)> visit) override;
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] std::uint64_t entries() const { return halves_[0].entries + halves_[1].entries; }

 private:
  struct Node {
    Entry entry;                          ///< its views stay empty: the bytes are in `payload`
    std::string payload;                  ///< value, then headers
    std::uint32_t value_size = 0;         ///< of `payload`
    std::uint32_t next = KeyIndex::none;  ///< of the same key, by timestamp, then offset; or of the free list

    [[nodiscard]] Entry view() const;
  };
  /// In the order in which entries leave.
  struct Due {
    Timestamp timestamp;
    std::int64_t offset;
    std::uint32_t node;
    friend auto operator<=>(const Due&, const Due&) = default;
  };
  /// Timestamps mostly rise: those that do stand in `run`, which is sorted by itself; the others in the heap `strays`.
  struct Half {
    KeyIndex index;
    std::vector<Node> nodes;
    std::uint32_t free = KeyIndex::none;
    std::deque<Due> run;
    std::vector<Due> strays;
    std::size_t first_waiting = 0;  ///< everything before it in `run` is joined
    std::uint64_t waiting = 0;
    std::uint64_t entries = 0;
    std::uint64_t payload_bytes = 0;
    Marks marks;
  };

  [[nodiscard]] Half& half(Side side) { return halves_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Half& half(Side side) const { return halves_[static_cast<std::size_t>(side)]; }
  static std::uint32_t allocate(Half& half);
  static void link(Half& half, std::uint32_t node);
  static void unlink(Half& half, std::uint32_t node);
  static std::optional<Due> pop_due(Half& half, Timestamp bound);
  static void mark_joined(Half& half, Side side, Node& node);
  static void release(Half& half, std::uint32_t node);

  std::array<Half, 2> halves_;
};

}  // namespace orders::join
