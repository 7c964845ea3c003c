// The buffer in memory.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "join/buffer.h"
#include "join/key_index.h"
#include "join/marks.h"
#include "join/payloads.h"

namespace orders::join {

class MemoryBuffer final : public Buffer {
 public:
  void prefetch(OrderId key) const override;
  [[nodiscard]] std::optional<Entry> peek(Side side, OrderId key) const override;
  void insert(Side side, const Entry& entry) override;
  void join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) override;
  void expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) override;
  bool repeats(Side side, OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound) override;
  void forget(Side side) override { half(side).marks = {}; }
  [[nodiscard]] std::uint64_t waiting(Side side) const override;
  [[nodiscard]] std::optional<Timestamp> oldest_waiting(Side side) override;
  void each_waiting(Side side, const Place& from, FunctionRef<bool(const Entry&)> visit) override;
  /// Without what is wasted between those that are kept: at most a quarter as much, and 32 bytes an entry.
  [[nodiscard]] std::uint64_t bytes() const override;
  /// No entry from before this time waits (none: no entry does). A bound that costs little, where oldest_waiting() may
  /// look at many.
  [[nodiscard]] std::optional<Timestamp> waits_from(Side side);
  /// What is held between the payloads that are kept.
  [[nodiscard]] std::uint64_t wasted() const {
    return halves_[0].payloads.wasted() + halves_[1].payloads.wasted();
  }
  /// All entries, in no order: for a buffer that takes over from this one.
  void each(Side side, FunctionRef<void(const Entry&)> visit) const;
  [[nodiscard]] const Marks& marks(Side side) const { return half(side).marks; }
  /// Entries that have room in the memory it holds; in time about as many as there are.
  [[nodiscard]] std::uint64_t room() const { return nodes_.capacity(); }
  [[nodiscard]] std::uint64_t entries() const { return halves_[0].entries + halves_[1].entries; }

 private:
  /// 48 bytes: a window may hold millions.
  struct Node {
    OrderId key = 0;
    Timestamp timestamp;
    std::int64_t offset = 0;
    Payloads::Place payload;  ///< of its side's: splice, value, headers; nowhere: neither value nor headers
    std::uint32_t value_size = 0;
    std::uint32_t headers_size = 0;
    std::uint32_t next = KeyIndex::none;  ///< of the same key, by timestamp, then offset; or of the free list
    order::Status status = order::Status::unknown;
    Side side = Side::payment;
    bool joined = false;

    [[nodiscard]] std::uint32_t payload_size() const { return sizeof(order::Splice) + value_size + headers_size; }
  };
  using NodeIndex = std::uint32_t;
  /// Timestamps mostly rise: those that do stand in `run`, which is sorted by itself; the others in the heap `strays`.
  struct Half {
    std::deque<NodeIndex> run;
    std::vector<NodeIndex> strays;
    std::size_t first_waiting = 0;  ///< everything before it in `run` is joined
    std::uint64_t waiting = 0;
    std::uint64_t entries = 0;
    Payloads payloads;
    Marks marks;
  };

  [[nodiscard]] Half& half(Side side) { return halves_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Half& half(Side side) const { return halves_[static_cast<std::size_t>(side)]; }
  /// Of the heap `strays`: the one that leaves first on top.
  struct Later {
    const std::vector<Node>& nodes;
    bool operator()(NodeIndex a, NodeIndex b) const;
  };
  [[nodiscard]] Entry view(const Node& node) const;
  void add_payload(Node& node, const Entry& entry);
  void drop_payload(Node& node);
  /// Moves the payloads into fewer blocks, if it pays.
  void repack(Half& half);
  NodeIndex allocate();
  void release(NodeIndex at);
  void link(NodeIndex at);
  void unlink(NodeIndex at);
  std::optional<NodeIndex> pop_due(Half& half, Timestamp bound);
  void mark_joined(Node& node);
  [[nodiscard]] std::optional<Timestamp> oldest_waiting_of_run(Half& half) const;
  void shrink();

  // Of both sides: an order's answers stand in one chain, so that one place in memory is looked up for all of them.
  KeyIndex index_;
  std::vector<Node> nodes_;
  NodeIndex free_ = KeyIndex::none;
  std::array<Half, 2> halves_;
};

}  // namespace orders::join
