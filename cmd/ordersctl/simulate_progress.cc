#include "ordersctl/simulate_progress.h"

#include <algorithm>

namespace orders::ctl {
namespace {

constexpr std::string_view prefix = "s1:";  // the version of the metadata
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t both = 3;

constexpr std::uint8_t bit_of(Side side) { return side == Side::payment ? 1 : 2; }

}  // namespace

AnswerProgress AnswerProgress::restore(std::int64_t position, std::string_view metadata) {
  AnswerProgress progress(position);
  if (!metadata.starts_with(prefix)) return progress;
  for (const char c : metadata.substr(prefix.size())) {
    const auto value = digits.find(c);
    if (value == std::string_view::npos) return AnswerProgress(position);
    for (unsigned shift = 0; shift < 6; shift += 2) {
      progress.bits_.push_back(static_cast<std::uint8_t>(value >> shift & both));
    }
  }
  return progress;
}

/// Three offsets of two bits a digit.
std::string AnswerProgress::metadata() const {
  auto used = std::min(bits_.size(), limit);
  while (used > 0 && bits_[used - 1] == 0) --used;
  if (used == 0) return {};
  std::string text(prefix);
  for (std::size_t i = 0; i < used; i += 3) {
    unsigned value = 0;
    for (std::size_t j = 0; j < 3 && i + j < used; ++j) value |= static_cast<unsigned>(bits_[i + j]) << (2 * j);
    text += digits[value];
  }
  return text;
}

void AnswerProgress::mark(std::int64_t offset, std::uint8_t bits) {
  if (offset < base_) return;
  const auto at = static_cast<std::size_t>(offset - base_);
  if (at >= bits_.size()) bits_.resize(at + 1, 0);
  bits_[at] = static_cast<std::uint8_t>(bits_[at] | bits);
}

void AnswerProgress::trim() {
  while (base_ < read_to_ && !bits_.empty() && bits_.front() == both) {
    bits_.pop_front();
    ++base_;
  }
}

void AnswerProgress::reached_end(std::int64_t next_offset) {
  if (bits_.empty() && base_ == read_to_ && next_offset > base_) {
    base_ = read_to_ = next_offset;  // a long gap costs nothing
    return;
  }
  for (; read_to_ < next_offset; ++read_to_) mark(read_to_, both);
  trim();
}

void AnswerProgress::read(std::int64_t offset) {
  reached_end(offset);
  if (offset < read_to_) return;
  mark(offset, 0);
  read_to_ = offset + 1;
  trim();
}

bool AnswerProgress::answered(std::int64_t offset, Side side) const {
  if (offset < base_) return true;
  const auto at = static_cast<std::size_t>(offset - base_);
  return at < bits_.size() && (bits_[at] & bit_of(side)) != 0;
}

void AnswerProgress::answer(std::int64_t offset, Side side) {
  mark(offset, bit_of(side));
  trim();
}

void AnswerProgress::done(std::int64_t offset) {
  mark(offset, both);
  trim();
}

}  // namespace orders::ctl
