// Random cases. Times are drawn towards the edges of the window, to the millisecond.
#pragma once

#include <limits>
#include <random>

#include "property_case.h"

namespace orders::property {

struct Kinds {
  bool restarts = true;
  bool changes = true;  ///< of the settings, at restarts
};

class RandomCase {
 public:
  RandomCase(unsigned seed, Kinds kinds) : engine_(seed), kinds_(kinds) { case_.seed = seed; }

  Case make() {
    case_.drop_late = one_in(8);
    case_.drop_unmatched = one_in(8);
    key_format_ = one_in(4) ? config::KeyFormat::string : config::KeyFormat::int64;
    case_.settings = {settings()};
    suppress_later_ = case_.settings[0].join.suppress_duplicates != one_in(4);
    changes_always_ = kinds_.changes && one_in(4);
    for (auto n = pick(2, 5); n > 1; --n) keys_.push_back(key());
    const auto partitions = one_in(3) ? pick(2, 3) : 1;
    for (std::int32_t p = 0; p < partitions; ++p) logs(p);
    place(case_);
    steps(static_cast<std::int32_t>(partitions));
    return std::move(case_);
  }

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(engine_); }
  bool one_in(int n) { return pick(1, n) == 1; }

  FateSettings settings() {
    FateSettings s;
    s.key_format = one_in(20) ? config::KeyFormat::string : key_format_;
    const bool none = one_in(8);
    s.join = {.before = Milliseconds{none ? 0 : pick(0, 25)},
              .after = Milliseconds{none ? 0 : pick(0, 25)},
              .grace = Milliseconds{one_in(2) ? 0 : pick(1, 10)},
              .suppress_duplicates = one_in(2),
              .pass_unknown = one_in(2)};
    return s;
  }

  std::int64_t key() {
    constexpr auto low = std::numeric_limits<std::int64_t>::min(), high = std::numeric_limits<std::int64_t>::max();
    const std::array edges{low, low + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, high};
    if (one_in(3)) return edges[static_cast<std::size_t>(pick(0, edges.size() - 1))];
    return one_in(2) ? pick(low, high) : pick(1, 9);
  }

  /// Both logs of a partition, grown together, so that either can aim at the other's times.
  void logs(std::int32_t partition) {
    const auto far = one_in(3) ? 1'700'000'000'000 : 0;
    std::array<std::int64_t, 2> now{far + pick(0, 60), far + pick(0, 60)};
    if (one_in(4)) now[static_cast<std::size_t>(pick(0, 1))] += 500;  // skew
    times_ = {};
    const auto total = one_in(10) ? pick(60, 120) : pick(0, 40);
    for (std::int64_t n = 0; n < total; ++n) {
      const auto side = static_cast<std::size_t>(pick(0, 1));
      now[side] = std::max<std::int64_t>(0, next_time(side, now[side]));
      times_[side].push_back(now[side]);
      case_.events.push_back(event(static_cast<Side>(side), partition, now[side]));
    }
  }

  std::int64_t next_time(std::size_t side, std::int64_t now) {
    if (one_in(30)) return now + pick(100, 400);
    if (one_in(3)) return edge(side, now);
    return now + pick(-15, 20);
  }

  /// A millisecond about where something changes, seen from a record of either side.
  std::int64_t edge(std::size_t side, std::int64_t now) {
    const auto& seen = times_[one_in(3) ? side : 1 - side];
    if (seen.empty()) return now;
    const auto recent = std::max<std::int64_t>(0, static_cast<std::int64_t>(seen.size()) - 6);
    const auto from = seen[static_cast<std::size_t>(pick(recent, static_cast<std::int64_t>(seen.size()) - 1))];
    const auto& s = case_.settings.front().join;
    const std::array spans{Milliseconds{0},   s.before,      s.after,          s.before + s.grace,
                           s.after + s.grace, s.retention(), s.retention() * 2};
    const auto span = spans[static_cast<std::size_t>(pick(0, spans.size() - 1))].count();
    return from + (one_in(2) ? span : -span) + pick(-1, 1);
  }

  Event event(Side side, std::int32_t partition, std::int64_t time) {
    static constexpr std::array flaws{Flaw::no_key,   Flaw::no_value,      Flaw::bad_key,  Flaw::bad_json,
                                      Flaw::mismatch, Flaw::negative_time, Flaw::too_large};
    const auto n = pick(0, 19);
    return {.side = side,
            .partition = partition,
            .key = keys_[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(keys_.size()) - 1))],
            .time = time,
            .status = n == 0   ? "HOLD"
                      : n == 1 ? "CONFIRMED"
                      : n < 9  ? "REJECT"
                               : "ACCEPT",
            .flaw = one_in(12) ? flaws[static_cast<std::size_t>(pick(0, flaws.size() - 1))] : Flaw::none,
            .shape = one_in(2) ? 0 : static_cast<int>(pick(1, 2)),
            .gap = one_in(4) ? static_cast<int>(pick(1, 2)) : 0,
            .key_format = one_in(40) ? config::KeyFormat::string : key_format_};
  }

  void steps(std::int32_t partitions) {
    const int largest_batch = one_in(3) ? 1 : one_in(2) ? 7 : 3;
    for (std::int64_t left = static_cast<std::int64_t>(case_.events.size()) * 2; left > 0;) {
      Step step;
      const auto n = pick(0, 99);
      if (!kinds_.restarts || n < 82) {
        step.partition = static_cast<std::int32_t>(pick(0, partitions - 1));
        step.side = static_cast<Side>(pick(0, 1));
        step.count = static_cast<int>(pick(1, largest_batch));
        left -= step.count;
      } else {
        step.kind = n < 92   ? Step::Kind::commit
                    : n < 95 ? Step::Kind::abort
                    : n < 99 ? Step::Kind::restart
                             : Step::Kind::unheard;
        if (n >= 95) restart(step);
        --left;
      }
      case_.steps.push_back(step);
    }
  }

  void restart(Step& step) {
    step.seed = static_cast<unsigned>(pick(0, 1'000'000));
    if (kinds_.changes && (changes_always_ || one_in(2))) {
      if (case_.settings.size() < 2 || one_in(2)) {
        case_.settings.push_back(settings());
        case_.settings.back().join.suppress_duplicates = suppress_later_;
      }
      const bool may_return = suppress_later_ == case_.settings[0].join.suppress_duplicates;
      wanted_ =
          static_cast<std::size_t>(pick(may_return ? 0 : 1, static_cast<std::int64_t>(case_.settings.size()) - 1));
    }
    step.settings = wanted_;
  }

  std::mt19937 engine_;
  Kinds kinds_;
  Case case_;
  config::KeyFormat key_format_ = config::KeyFormat::int64;
  std::vector<std::int64_t> keys_;
  std::array<std::vector<std::int64_t>, 2> times_;
  std::size_t wanted_ = 0;
  /// Suppression is switched once at most: what it remembers from before it was off is nobody's promise.
  bool suppress_later_ = false;
  bool changes_always_ = false;
};

}  // namespace orders::property
