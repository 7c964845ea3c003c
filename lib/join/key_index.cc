#include "join/key_index.h"

#include <utility>

namespace orders::join {

std::size_t KeyIndex::home(std::int64_t key) const {
  auto x = static_cast<std::uint64_t>(key);  // splitmix64's finalizer: ids are often sequential or time-sorted
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return (x ^ (x >> 31)) & (slots_.size() - 1);
}

std::uint32_t KeyIndex::find(std::int64_t key) const {
  if (slots_.empty()) return none;
  for (auto i = home(key); slots_[i].head != none; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i].key == key) return slots_[i].head;
  }
  return none;
}

std::uint32_t& KeyIndex::head(std::int64_t key) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  auto i = home(key);
  while (slots_[i].head != none && slots_[i].key != key) i = (i + 1) & (slots_.size() - 1);
  if (slots_[i].head == none) ++size_;
  slots_[i].key = key;
  return slots_[i].head;
}

void KeyIndex::prefetch(std::int64_t key) const {
  if (!slots_.empty()) __builtin_prefetch(&slots_[home(key)]);
}

void KeyIndex::erase(std::int64_t key) {
  if (slots_.empty()) return;
  const auto mask = slots_.size() - 1;
  auto hole = home(key);
  while (slots_[hole].head != none && slots_[hole].key != key) hole = (hole + 1) & mask;
  if (slots_[hole].head == none) return;
  --size_;
  // Close the gap: move back whatever can no longer be found past it.
  for (auto i = (hole + 1) & mask; slots_[i].head != none; i = (i + 1) & mask) {
    const auto wanted = home(slots_[i].key);
    const bool stays = hole <= i ? (hole < wanted && wanted <= i) : (hole < wanted || wanted <= i);
    if (stays) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole].head = none;
}

void KeyIndex::grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 64 : slots_.size() * 2));
  size_ = 0;
  for (const auto& slot : old) {
    if (slot.head != none) set(slot.key, slot.head);
  }
}

}  // namespace orders::join
