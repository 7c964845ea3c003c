#include "topology/checkpoints.h"

#include <algorithm>

namespace orders::topology {

void Checkpoints::note(std::int64_t offset, std::optional<Timestamp> stream_time) {
  if (!stream_time || offset <= list_.back().offset) return;
  const auto& last = list_.back().stream_time;
  if (last && (*last > Timestamp::max() - spacing_ || *stream_time < *last + spacing_)) return;
  if (list_.size() >= most_) {
    std::deque<Checkpoint> thinned;
    for (std::size_t i = 0; i < list_.size(); i += 2) thinned.push_back(list_[i]);
    list_ = std::move(thinned);
  }
  list_.push_back({offset, stream_time});
}

void Checkpoints::mark(const Checkpoint& at) {
  if (at.offset > list_.back().offset) list_.push_back(at);
}

void Checkpoints::forget_before(std::optional<Timestamp> time) {
  while (time && list_.size() > 1 && list_[1].stream_time < *time) list_.pop_front();
}

const Checkpoint* Checkpoints::from(std::optional<Timestamp> time) const {
  if (!time) return &list_.front();
  const auto behind = std::ranges::lower_bound(list_, time, {}, &Checkpoint::stream_time);
  return behind == list_.begin() ? nullptr : &behind[-1];
}

std::optional<Timestamp> needed_from(join::Side side, const join::Settings& settings,
                                     std::optional<Timestamp> payment_time, std::optional<Timestamp> stock_time) {
  if (!payment_time || !stock_time) return std::nullopt;
  const auto retention = settings.retention() * (settings.suppress_duplicates ? 2 : 1);
  return side == join::Side::payment ? std::min(*stock_time - retention, *payment_time - retention - settings.after)
                                     : std::min(*payment_time - retention, *stock_time - retention - settings.before);
}

std::optional<Timestamp> needed_from(join::Side side, const join::Settings& settings,
                                     std::optional<Timestamp> payment_time, std::optional<Timestamp> stock_time,
                                     std::optional<Timestamp> other_waits_from) {
  if (!payment_time || !stock_time) return std::nullopt;
  const bool is_payment = side == join::Side::payment;
  const auto held = (is_payment ? *stock_time : *payment_time) - settings.retention();
  if (!other_waits_from) return held;
  return std::min(held, *other_waits_from - (is_payment ? settings.after : settings.before));
}

}  // namespace orders::topology
