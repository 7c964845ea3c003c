// What DESIGN's rules say of two logs: brute force, over whole logs, without buffers, streams of events or restarts.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "property_case.h"

namespace orders::property {

/// From an offset of each side on, these settings.
struct Epoch {
  std::array<std::int64_t, 2> from{};
  std::size_t settings = 0;
};

[[nodiscard]] inline std::size_t epoch_of(const std::vector<Epoch>& epochs, const Event& event) {
  std::size_t epoch = 0;
  for (std::size_t e = 1; e < epochs.size(); ++e) {
    if (epochs[e].from[static_cast<std::size_t>(event.side)] <= event.offset) epoch = e;
  }
  return epoch;
}

/// A key that was written in the other format.
[[nodiscard]] inline std::optional<std::int64_t> misread(const Event& event, config::KeyFormat as) {
  const auto bytes = order::encode_key(event.key, event.key_format);
  if (as == config::KeyFormat::int64 && bytes.size() == 8) return static_cast<std::int64_t>(load_be64(bytes.data()));
  return as == config::KeyFormat::string ? parse_int64(bytes) : std::nullopt;
}

/// Why it can't be processed; empty: it can. "skipped" for a null key or value.
[[nodiscard]] inline std::string fault_of(const Event& event, const FateSettings& s) {
  switch (event.flaw) {
    case Flaw::no_key:
    case Flaw::no_value:
      return "skipped";
    case Flaw::too_large:
      return "too_large";
    case Flaw::negative_time:
      return "invalid_timestamp";
    default:
      break;
  }
  std::optional<std::int64_t> key = event.key;
  if (event.flaw == Flaw::bad_key) return "invalid_key";
  if (event.key_format != s.key_format) key = misread(event, s.key_format);
  if (!key) return "invalid_key";
  if (event.flaw == Flaw::bad_json) return "invalid_value";
  if (event.flaw == Flaw::mismatch || *key != event.key) return "key_mismatch";
  const bool known = event.status == "ACCEPT" || event.status == "REJECT";
  return known || s.join.pass_unknown ? "" : "invalid_status";
}

/// What came of a case: each output as a line of text that says everything about it, and the fates.
struct Outcome {
  std::multiset<std::string> outputs;
  topology::Fates fates;
  std::uint64_t waiting = 0;

  void operator+=(const Outcome& more) {
    outputs.insert(more.outputs.begin(), more.outputs.end());
    fates += more.fates;
    waiting += more.waiting;
  }
};

inline std::string headers_text(const std::vector<kafka::Header>& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text += fmt::format(" {}={}", name, value.value_or("(null)"));
  return text;
}

inline std::string result_text(std::int32_t partition, std::string_view key, std::int64_t time, std::string_view value,
                               const std::vector<kafka::Header>& headers) {
  return fmt::format("result [{}] key {} at {}: {}{}", partition, printable(key), time, value, headers_text(headers));
}

inline std::string letter_text(std::string_view reason, const replay::Record& original) {
  return fmt::format("{} {}[{}]@{} at {}: key {} value {}{}", reason, original.topic, original.partition,
                     original.offset, to_millis(original.timestamp), printable(original.key.value_or("(null)")),
                     printable(original.value.value_or("(null)"), 1'000), headers_text(original.headers));
}

/// One partition.
class Model {
 public:
  Model(const Case& c, std::int32_t partition, const std::vector<Epoch>& epochs) : case_(c), epochs_(epochs) {
    for (const Side side : both_sides) judge(side, log_of(c, partition, side));
    pair_up();
    settle();
  }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t nothing_yet = -1;  // below every valid timestamp

  /// On time and no duplicate.
  struct Accepted {
    const Event* event;
    std::size_t epoch;
    bool joined = false;
  };

  [[nodiscard]] const FateSettings& settings(std::size_t epoch) const {
    return case_.settings[epochs_[epoch].settings];
  }
  /// A side alone: lateness and duplicates look at nothing else.
  void judge(Side side, const std::vector<const Event*>& log) {
    const auto i = static_cast<std::size_t>(side);
    auto& ends = end_time_[i];
    ends.assign(epochs_.size(), nothing_yet);
    std::int64_t now = nothing_yet, bound = std::numeric_limits<std::int64_t>::min();
    std::vector<const Event*> noted;
    for (const auto* event : log) {
      ++outcome_.fates.read;
      const auto epoch = epoch_of(epochs_, *event);
      const auto& s = settings(epoch);
      if (const auto why = fault_of(*event, s); !why.empty()) {
        if (why == "skipped") {
          ++outcome_.fates.skipped;
        } else {
          ++outcome_.fates.invalid;
          outcome_.outputs.insert(letter_text(why, record_of(*event)));
        }
        continue;
      }
      now = std::max(now, event->time);
      for (auto e = epoch; e < epochs_.size(); ++e) ends[e] = now;
      const auto slack = (side == Side::payment ? s.join.after : s.join.before) + s.join.grace;
      if (event->time < now - slack.count()) {
        ++outcome_.fates.late;
        if (!case_.drop_late) outcome_.outputs.insert(letter_text("late", record_of(*event)));
        continue;
      }
      if (!s.join.suppress_duplicates) {  // nothing is remembered from while it is off, or from before that
        noted.clear();
        bound = std::numeric_limits<std::int64_t>::min();
      } else {
        bound = std::max(bound, now - retention(epoch));
        const bool repeats = std::ranges::any_of(noted, [&](const Event* before) {
          return before->key == event->key && before->status == event->status && before->time >= bound;
        });
        noted.push_back(event);
        if (repeats) {
          ++outcome_.fates.duplicate;
          continue;
        }
      }
      accepted_[i].push_back({event, epoch});
    }
  }

  [[nodiscard]] std::int64_t retention(std::size_t epoch) const {
    const auto& s = settings(epoch).join;
    return (s.before + s.after + s.grace).count();
  }

  /// The epoch in which the other side has passed the record for good.
  [[nodiscard]] std::size_t gone_in(const Accepted& a) const {
    const auto& other = end_time_[static_cast<std::size_t>(join::other(a.event->side))];
    for (auto e = a.epoch; e < epochs_.size(); ++e) {
      // Changed settings let nothing go by themselves: the other side's time must move on.
      const bool looked = e == a.epoch || other[e] > other[e - 1];
      if (looked && a.event->time < other[e] - retention(e)) return e;
    }
    return epochs_.size();
  }

  void pair_up() {
    for (auto& payment : accepted_[0]) {
      for (auto& stock : accepted_[1]) {
        const auto p = payment.event->time, s = stock.event->time;
        const auto epoch = std::max(payment.epoch, stock.epoch);
        const auto& window = settings(epoch).join;
        if (payment.event->key != stock.event->key) continue;
        if (s - p < -window.before.count() || s - p > window.after.count()) continue;
        const auto& earlier = payment.epoch < stock.epoch ? payment : stock;
        if (earlier.epoch < epoch && gone_in(earlier) < epoch) continue;
        payment.joined = stock.joined = true;
        ++outcome_.fates.results;
        outcome_.outputs.insert(result(payment, stock, epoch));
      }
    }
  }

  [[nodiscard]] std::string result(const Accepted& payment, const Accepted& stock, std::size_t epoch) const {
    const auto& p = payment.event->status;
    const auto& s = stock.event->status;
    std::string status = s;
    std::optional<std::string> source;
    if (p == "ACCEPT" && s == "ACCEPT") {
      status = "CONFIRMED", source = "null";
    } else if (p == "REJECT" && s == "REJECT") {
      status = "REJECTED";
    } else if (p == "REJECT") {
      status = "ROLLBACK", source = R"("PAYMENT")";
    } else if (s == "REJECT") {
      status = "ROLLBACK", source = R"("INVENTORY")";
    }
    return result_text(stock.event->partition, order::encode_key(stock.event->key, settings(epoch).key_format),
                       std::max(payment.event->time, stock.event->time), value_of(*stock.event, status, source),
                       headers_of(*stock.event));
  }

  void settle() {
    for (const auto& side : accepted_) {
      for (const auto& a : side) {
        if (a.joined) {
          ++outcome_.fates.joined;
          continue;
        }
        const auto gone = gone_in(a);
        if (gone == epochs_.size()) {
          ++outcome_.waiting;
          continue;
        }
        ++outcome_.fates.unmatched;
        auto record = record_of(*a.event);
        // A record that was kept across a change of the key's format leaves with its key in the new one.
        record.key = order::encode_key(a.event->key, settings(gone).key_format);
        if (!case_.drop_unmatched) outcome_.outputs.insert(letter_text("unmatched", record));
      }
    }
  }

  const Case& case_;
  const std::vector<Epoch>& epochs_;
  Outcome outcome_;
  std::array<std::vector<Accepted>, 2> accepted_;
  std::array<std::vector<std::int64_t>, 2> end_time_;  ///< stream times at the end of each epoch
};

}  // namespace orders::property
