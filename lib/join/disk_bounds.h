// Which entries of one side the join still sees, without touching them: what MemoryBuffer lets go of one by one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace orders::join {

/// An entry has left once the bound has been above its timestamp at any time since it came. The bound rises as long as
/// the settings stay; a longer window may bring entries that lie below it, and those must stay. So entries carry the
/// epoch in which they came: each such entry begins a new one, with a bound of its own, until that has caught up.
class DiskBounds {
 public:
  [[nodiscard]] Timestamp current() const { return steps_.back().bound; }
  [[nodiscard]] std::uint16_t epoch() const { return steps_.back().last_epoch; }
  [[nodiscard]] bool visible(std::uint16_t epoch, Timestamp timestamp) const {
    if (steps_.size() == 1) return timestamp >= steps_.back().bound;
    return timestamp >= bound_of(epoch);
  }
  /// Whether it has left and no bound to come shows it again: for the holder of a copy, who does not know the later ones.
  [[nodiscard]] bool has_left(std::uint16_t epoch, Timestamp timestamp) const {
    return epoch <= this->epoch() && epoch != last_ && !visible(epoch, timestamp);
  }
  void raise(Timestamp bound);
  /// An entry with this timestamp comes; call it before epoch().
  void admit(Timestamp timestamp);

  // Marks have epochs, too, but one after the other: when a new one begins, those of before are forgotten.
  [[nodiscard]] std::uint16_t marks_epoch() const { return marks_epoch_; }
  [[nodiscard]] bool remembers(std::uint16_t epoch, Timestamp timestamp) const {
    return epoch == marks_epoch_ && timestamp >= marks_bound_;
  }
  /// As has_left().
  [[nodiscard]] bool is_forgotten(std::uint16_t epoch, Timestamp timestamp) const {
    return epoch < marks_epoch_ || (epoch == marks_epoch_ && timestamp < marks_bound_);
  }
  void raise_marks(Timestamp bound) { marks_bound_ = std::max(marks_bound_, bound); }
  void forget_marks();

  void append_to(std::string& bytes) const;
  /// Takes it off the front; false: these are not ours.
  [[nodiscard]] bool take_from(std::string_view& bytes);

 private:
  /// Of the epochs. Its own bound can fall.
  static constexpr std::uint16_t last_ = std::numeric_limits<std::uint16_t>::max();

  [[nodiscard]] Timestamp bound_of(std::uint16_t epoch) const;
  /// For entries up to `last_epoch`. Epochs rise, bounds fall.
  struct Step {
    std::uint16_t last_epoch = 0;
    Timestamp bound = Timestamp::min();
  };
  std::vector<Step> steps_{Step{}};
  std::uint16_t marks_epoch_ = 0;
  Timestamp marks_bound_ = Timestamp::min();  ///< the highest of the epoch
};

}  // namespace orders::join
