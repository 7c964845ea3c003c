// From order id to the first entry of its chain: open addressing, linear probing, no tombstones.
#pragma once

#include <cstdint>
#include <vector>

namespace orders::join {

/// The hot map of the join: half the time and memory of std::unordered_map, whose node an entry costs an allocation.
class KeyIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;
  static constexpr std::size_t bytes_per_key = 32;  ///< half full, on average

  /// The chain's head, `none` when there is no such key.
  [[nodiscard]] std::uint32_t find(std::int64_t key) const;
  /// The same to be changed, until the next call. A new key's is `none`, and must be set at once.
  [[nodiscard]] std::uint32_t& head(std::int64_t key);
  void set(std::int64_t key, std::uint32_t head) { this->head(key) = head; }
  void erase(std::int64_t key);
  /// The key will be looked up soon: its place is fetched into the cache meanwhile.
  void prefetch(std::int64_t key) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::int64_t key = 0;
    std::uint32_t head = none;
  };
  [[nodiscard]] std::size_t home(std::int64_t key) const;
  void grow();

  std::vector<Slot> slots_;  ///< a power of two, at most three quarters full
  std::size_t size_ = 0;
};

}  // namespace orders::join
