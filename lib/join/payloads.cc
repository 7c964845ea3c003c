#include "join/payloads.h"

#include <algorithm>

namespace orders::join {

Payloads::Place Payloads::add(std::uint32_t size) {
  if (current_ == Place::nowhere || blocks_[current_].size - blocks_[current_].end < size) open_block(size);
  auto& block = blocks_[current_];
  const Place place{current_, block.end};
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

/// Its memory is kept for the next one to be opened; that of those before it is not.
void Payloads::free_block(std::uint32_t at) {
  if (!free_.empty()) blocks_[free_.back()].memory.reset();
  if (blocks_[at].size != block_size) blocks_[at].memory.reset();
  free_.push_back(at);
}

void Payloads::open_block(std::uint32_t size) {
  if (current_ != Place::nowhere && blocks_[current_].used == 0) free_block(current_);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(blocks_.size()));
    blocks_.emplace_back();
  }
  current_ = free_.back();
  free_.pop_back();
  auto& block = blocks_[current_];
  const auto wanted = std::max<std::uint32_t>(size, block_size);
  if (block.memory && block.size >= wanted) return;
  block.memory = std::make_unique_for_overwrite<char[]>(wanted);
  block.size = wanted;
}

}  // namespace orders::join
