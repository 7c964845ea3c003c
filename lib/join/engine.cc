#include "join/engine.h"

#include <algorithm>
#include <utility>

namespace orders::join {

std::string_view to_string(Side side) { return side == Side::payment ? "payment" : "stock"; }

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::joined:
      return "joined";
    case Fate::waiting:
      return "waiting";
    case Fate::unmatched:
      return "unmatched";
    case Fate::late:
      return "late";
    case Fate::duplicate:
      return "duplicate";
  }
  return "?";
}

Fate Engine::process(const Input& input, Sink& sink) {
  advance(input.side, input.timestamp, sink);
  if (input.timestamp < *side_time(input.side) - settings_.lateness(input.side)) {
    ++counters_.of(input.side).late;
    return Fate::late;
  }
  if (is_repeat(input)) {
    ++counters_.of(input.side).duplicate;
    return Fate::duplicate;
  }
  const bool joined = join_partners(input, sink) || input.settled;
  if (joined) ++counters_.of(input.side).joined;
  const bool keep = !joined || input.side == Side::stock;
  const Entry entry{.key = input.answer.order_id,
                    .timestamp = input.timestamp,
                    .offset = input.offset,
                    .status = input.answer.status,
                    .joined = joined,
                    .splice = input.answer.splice,
                    .value = keep ? input.value : std::string_view{},
                    .headers = keep ? input.headers() : std::string_view{}};
  if (!is_past(input.side, input.timestamp)) {
    buffer_->insert(input.side, entry);
    return joined ? Fate::joined : Fate::waiting;
  }
  if (joined) return Fate::joined;
  ++counters_.of(input.side).unmatched;
  sink.unmatched(input.side, entry);
  return Fate::unmatched;
}

void Engine::advance(Side side, Timestamp timestamp, Sink& sink) {
  auto& time = side_time(side);
  if (time && timestamp <= *time) return;
  time = timestamp;
  const Side waiting = other(side);
  buffer_->expire(waiting, timestamp - settings_.retention(), [&](const Entry& entry) {
    ++counters_.of(waiting).unmatched;
    sink.unmatched(waiting, entry);
  });
}

/// While duplicates are not suppressed nothing is noted, and what was noted before is forgotten: a rebuild, which begins
/// behind the change of settings sooner or later, would not know of it either.
bool Engine::is_repeat(const Input& input) {
  auto& may_remember = may_remember_[static_cast<std::size_t>(input.side)];
  if (settings_.suppress_duplicates) {
    may_remember = true;
    return buffer_->repeats(input.side, input.answer.order_id, input.answer.status_id(), input.timestamp,
                            *side_time(input.side) - settings_.retention());
  }
  if (std::exchange(may_remember, false)) buffer_->forget(input.side);
  return false;
}

/// No record of the other side that is on time can match it any more.
bool Engine::is_past(Side side, Timestamp timestamp) const {
  const auto& time = side_time(other(side));
  return time && timestamp < *time - settings_.retention();
}

bool Engine::join_partners(const Input& input, Sink& sink) {
  bool any = false;
  const bool is_payment = input.side == Side::payment;
  const auto first = input.timestamp - (is_payment ? settings_.before : settings_.after);
  const auto ahead = is_payment ? settings_.after : settings_.before;
  const auto last = input.timestamp > Timestamp::max() - ahead ? Timestamp::max() : input.timestamp + ahead;
  buffer_->join(other(input.side), input.answer.order_id, first, last, [&](const Entry& partner, bool first_time) {
    any = true;
    if (first_time) ++counters_.of(other(input.side)).joined;
    ++counters_.pairs;
    sink.joined({.key = input.answer.order_id,
                 .payment_status = is_payment ? input.answer.status : partner.status,
                 .stock_status = is_payment ? partner.status : input.answer.status,
                 .timestamp = std::max(input.timestamp, partner.timestamp),
                 .stock_splice = is_payment ? partner.splice : input.answer.splice,
                 .stock_value = is_payment ? partner.value : input.value,
                 .stock_headers = is_payment ? partner.headers : input.headers(),
                 .stock_offset = is_payment ? partner.offset : input.offset,
                 .stock_timestamp = is_payment ? partner.timestamp : input.timestamp});
  });
  return any;
}

}  // namespace orders::join
