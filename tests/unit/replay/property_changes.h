// Which changes of settings DESIGN wants refused (Commit metadata and rebuild): a second one before `from` has passed the
// first. Worked out from the logs; of the task nothing but its committed offsets is looked at.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "property_model.h"

namespace orders::property {

/// One partition.
class Changes {
 public:
  using Offsets = std::array<std::int64_t, 2>;

  /// A process that began at `start` with `settings` has committed `offsets`.
  void commit(const Case& c, std::int32_t partition, const std::vector<Epoch>& epochs, const Offsets& start,
              std::size_t settings, const Offsets& offsets) {
    const bool changed = committed_ && c.settings[*committed_] != c.settings[settings];
    // Where nothing was read between, the second change takes the first one's place.
    if (changed && !(pending_ && pending_->at == start)) pending_ = {start, *committed_};
    committed_ = settings;
    offsets_ = offsets;
    if (pending_ && has_passed(c, partition, epochs)) pending_.reset();
  }

  [[nodiscard]] bool may_refuse(const Case& c, std::size_t settings) const {
    return pending_ && c.settings[*committed_] != c.settings[settings];
  }
  [[nodiscard]] bool must_refuse(const Case& c, std::size_t settings) const {
    const bool is_real = pending_ && c.settings[pending_->before] != c.settings[*committed_];
    return is_real && may_refuse(c, settings) && pending_->at != offsets_;
  }

 private:
  struct Pending {
    Offsets at{};
    std::size_t before = 0;
  };
  using Time = std::optional<std::int64_t>;

  /// The side's stream time before an offset.
  [[nodiscard]] static Time time_before(const Case& c, std::int32_t partition, const std::vector<Epoch>& epochs,
                                        Side side, std::int64_t offset) {
    Time time;
    for (const auto& event : c.events) {
      if (event.partition != partition || event.side != side || event.offset >= offset) continue;
      if (fault_of(event, c.settings[epochs[epoch_of(epochs, event)].settings]).empty())
        time = std::max(time.value_or(0), event.time);
    }
    return time;
  }

  /// A rebuild needs nothing of before the change, on neither side.
  [[nodiscard]] bool has_passed(const Case& c, std::int32_t partition, const std::vector<Epoch>& epochs) const {
    std::array<Time, 2> now, then;
    for (const Side side : both_sides) {
      const auto i = static_cast<std::size_t>(side);
      now[i] = time_before(c, partition, epochs, side, offsets_[i]);
      then[i] = time_before(c, partition, epochs, side, pending_->at[i]);
    }
    const auto& s = c.settings[*committed_].join;
    const auto retention = s.retention().count() * (s.suppress_duplicates ? 2 : 1);
    for (std::size_t i = 0; i < 2; ++i) {
      if (pending_->at[i] == 0) continue;
      if (!now[0] || !now[1]) return false;
      const auto reach = (i == 0 ? s.after : s.before).count();
      const auto needed = std::min(*now[1 - i] - retention, *now[i] - retention - reach);
      if (then[i] && *then[i] >= needed) return false;
    }
    return true;
  }

  std::optional<std::size_t> committed_;  ///< the settings
  Offsets offsets_{};
  std::optional<Pending> pending_;
};

}  // namespace orders::property
