// What the entries in memory carry: bytes that come and go about in turn, one behind the other in blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace orders::join {

/// Instead of an allocation for each. A block is free once nothing in it is needed: where most leave as soon as they
/// have come, it is the same one all the time. One payload that stays keeps its whole block: see wasted().
class Payloads {
 public:
  /// Of a block; smaller ones while there is little. What is larger than half a block has one to itself.
  static constexpr std::uint32_t least_block = 4u << 10, largest_block = 32u << 10;
  struct Place {
    static constexpr std::uint32_t nowhere = 0xFFFFFFFF;
    std::uint32_t block = nowhere;
    std::uint32_t begin = 0;
    [[nodiscard]] explicit operator bool() const { return block != nowhere; }
  };

  /// Not 0 bytes.
  [[nodiscard]] Place add(std::uint32_t size);
  void remove(Place place, std::uint32_t size);
  /// Stays where it is until it is removed.
  [[nodiscard]] char* at(Place place) { return blocks_[place.block].memory.get() + place.begin; }
  [[nodiscard]] const char* at(Place place) const { return blocks_[place.block].memory.get() + place.begin; }
  /// Bytes of those that have not been removed.
  [[nodiscard]] std::uint64_t used() const { return used_; }
  /// The rest of the blocks that they are in. It comes back when they are moved into new ones.
  [[nodiscard]] std::uint64_t wasted() const { return held_ - used_; }

 private:
  struct Block {
    std::unique_ptr<char[]> memory;
    std::uint32_t size = 0;
    std::uint32_t end = 0;   ///< where the next one begins
    std::uint32_t used = 0;  ///< bytes of those that have not been removed
  };
  [[nodiscard]] std::uint32_t take_block(std::uint32_t size);
  void free_block(std::uint32_t at);

  std::vector<Block> blocks_;
  std::vector<std::uint32_t> free_;  ///< blocks that hold nothing; at most the last one has memory
  std::uint32_t current_ = Place::nowhere;
  std::uint64_t held_ = 0;  ///< by the blocks that hold something
  std::uint64_t used_ = 0;
};

}  // namespace orders::join
