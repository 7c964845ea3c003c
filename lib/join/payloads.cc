#include "join/payloads.h"

#include <algorithm>

namespace orders::join {

Payloads::Place Payloads::add(std::uint32_t size) {
  const auto wanted = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(held_ / 4, least_block, largest_block));
  auto at = current_;
  if (size > wanted / 2) {
    at = take_block(size);
  } else if (current_ == Place::nowhere || blocks_[current_].size - blocks_[current_].end < size) {
    if (current_ != Place::nowhere && blocks_[current_].used == 0) free_block(current_);
    at = current_ = take_block(wanted);
  }
  auto& block = blocks_[at];
  const Place place{at, block.end};
  if (block.used == 0) held_ += block.size;
  block.end += size;
  block.used += size;
  used_ += size;
  return place;
}

void Payloads::remove(Place place, std::uint32_t size) {
  auto& block = blocks_[place.block];
  block.used -= size;
  used_ -= size;
  if (block.used > 0) return;
  held_ -= block.size;
  block.end = 0;
  if (place.block != current_) free_block(place.block);
}

/// Its memory is kept for the next one to be taken; that of the one before it is not any more.
void Payloads::free_block(std::uint32_t at) {
  if (!free_.empty()) blocks_[free_.back()].memory.reset();
  if (blocks_[at].size > largest_block) blocks_[at].memory.reset();
  free_.push_back(at);
}

std::uint32_t Payloads::take_block(std::uint32_t size) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(blocks_.size()));
    blocks_.emplace_back();
  }
  const auto at = free_.back();
  free_.pop_back();
  auto& block = blocks_[at];
  if (block.memory && block.size >= size) return at;
  block.memory = std::make_unique_for_overwrite<char[]>(size);
  block.size = size;
  return at;
}

}  // namespace orders::join
