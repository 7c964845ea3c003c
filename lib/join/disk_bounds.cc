#include "join/disk_bounds.h"

#include "base/bytes.h"

namespace orders::join {

Timestamp DiskBounds::bound_of(std::uint16_t epoch) const {
  for (const auto& step : steps_) {
    if (epoch <= step.last_epoch) return step.bound;
  }
  return steps_.back().bound;
}

void DiskBounds::raise(Timestamp bound) {
  auto& current = steps_.back();
  if (bound <= current.bound) return;
  current.bound = bound;
  while (steps_.size() > 1 && steps_[steps_.size() - 2].bound <= bound) steps_.erase(steps_.end() - 2);
}

void DiskBounds::admit(Timestamp timestamp) {
  if (timestamp >= current()) return;
  if (epoch() == last_) {
    steps_.back().bound = timestamp;  // 65,535 changes of the window: what has left may be seen again
    return;
  }
  steps_.push_back({static_cast<std::uint16_t>(epoch() + 1), timestamp});
}

void DiskBounds::forget_marks() {
  // Without a bound there is none of this epoch. Behind the last epoch: 65,535 changes of `duplicates`.
  if (marks_bound_ == Timestamp::min() || marks_epoch_ == last_) return;
  ++marks_epoch_;
  marks_bound_ = Timestamp::min();
}

void DiskBounds::append_to(std::string& bytes) const {
  append_be32(bytes, marks_epoch_);
  append_be64(bytes, static_cast<std::uint64_t>(to_millis(marks_bound_)));
  append_be32(bytes, static_cast<std::uint32_t>(steps_.size()));
  for (const auto& step : steps_) {
    append_be32(bytes, step.last_epoch);
    append_be64(bytes, static_cast<std::uint64_t>(to_millis(step.bound)));
  }
}

bool DiskBounds::take_from(std::string_view& bytes) {
  constexpr std::size_t head = 4 + 8 + 4, each = 4 + 8;
  if (bytes.size() < head) return false;
  const auto count = load_be32(bytes.data() + 12);
  if (count == 0 || count > 65'536 || bytes.size() < head + count * each) return false;
  marks_epoch_ = static_cast<std::uint16_t>(load_be32(bytes.data()));
  marks_bound_ = from_millis(static_cast<std::int64_t>(load_be64(bytes.data() + 4)));
  steps_.clear();
  for (std::size_t at = head; steps_.size() < count; at += each) {
    const auto epoch = load_be32(bytes.data() + at);
    const auto bound = from_millis(static_cast<std::int64_t>(load_be64(bytes.data() + at + 4)));
    const bool in_order = steps_.empty() || (epoch > steps_.back().last_epoch && bound < steps_.back().bound);
    if (epoch > last_ || !in_order) return false;
    steps_.push_back({static_cast<std::uint16_t>(epoch), bound});
  }
  bytes.remove_prefix(head + count * each);
  return true;
}

}  // namespace orders::join
