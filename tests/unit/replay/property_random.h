// Random cases. Times are drawn towards the edges of the window, to the millisecond.
#pragma once

#include <limits>
#include <random>

#include "property_case.h"

namespace orders::property {

struct Kinds {
  bool restarts = true;
  bool changes = true;  ///< of the settings, at restarts
  bool disk = false;    ///< where records wait
};

class RandomCase {
 public:
  RandomCase(unsigned seed, Kinds kinds) : engine_(seed), kinds_(kinds) { case_.seed = seed; }

  Case make() {
    case_.drop_late = one_in(8);
    case_.drop_unmatched = one_in(8);
    key_format_ = one_in(4) ? config::KeyFormat::string : config::KeyFormat::int64;
    if (kinds_.disk)
      case_.store = one_in(3) ? config::BufferStore::automatic : config::BufferStore::disk;
    scale();
    case_.settings = {settings()};
    changes_always_ = kinds_.changes && one_in(4);
    for (auto n = pick(2, 5); n > 1; --n) keys_.push_back(key());
    const auto partitions = one_in(3) ? pick(2, 3) : 1;
    is_long_ = one_in(400);
    for (std::int32_t p = 0; p < partitions; ++p) logs(p);
    place(case_);
    steps(static_cast<std::int32_t>(partitions));
    return std::move(case_);
  }

 private:
  static constexpr auto latest = std::numeric_limits<std::int64_t>::max();

  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(engine_); }
  bool one_in(int n) { return pick(1, n) == 1; }

  /// Most cases have windows of milliseconds. Where they are long, checkpoints stand further apart than records.
  void scale() {
    if (!one_in(4)) return;
    static constexpr std::array<std::int64_t, 3> scales{1'000, 60'000, 3'600'000};
    scale_ = scales[static_cast<std::size_t>(pick(0, scales.size() - 1))];
    step_ = scale_ / (one_in(2) ? 1 : one_in(2) ? 10 : 100);
  }

  FateSettings settings() {
    FateSettings s;
    s.key_format = one_in(20) ? config::KeyFormat::string : key_format_;
    const bool none = one_in(8);
    s.join = {.before = Milliseconds{none ? 0 : pick(0, 25 * scale_)},
              .after = Milliseconds{none ? 0 : pick(0, 25 * scale_)},
              .grace = Milliseconds{one_in(2) ? 0 : pick(1, 10 * scale_)},
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
    const auto far = one_in(3) ? 1'700'000'000'000 : one_in(20) ? latest - 700 * scale_ : 0;
    std::array<std::int64_t, 2> now{far + pick(0, 60), far + pick(0, 60)};
    if (one_in(4)) now[static_cast<std::size_t>(pick(0, 1))] += 500 * scale_;  // skew
    times_ = {};
    const auto grow = [&](std::size_t side, std::int64_t time) {
      now[side] = time;
      times_[side].push_back(time);
      case_.events.push_back(event(static_cast<Side>(side), partition, time));
    };
    const auto total = one_in(10) ? pick(60, 120) : pick(0, 40);
    const auto silence = is_long_ && partition == 0 ? pick(0, total) : total;
    for (std::int64_t n = 0; n < total; ++n) {
      const auto side = static_cast<std::size_t>(pick(0, 1));
      grow(side, next_time(side, now[side]));
      if (n != silence) continue;
      // So long that checkpoints are thinned; their spacing is of the order of a step.
      for (auto more = pick(2'100, 2'600); more > 0; --more) grow(side, later(now[side], pick(step_, 2 * step_)));
    }
  }

  /// Between 0 and the end of time; `by` may be negative.
  static std::int64_t later(std::int64_t time, std::int64_t by) {
    return by > latest - time ? latest : std::max<std::int64_t>(0, time + by);
  }

  std::int64_t next_time(std::size_t side, std::int64_t now) {
    if (one_in(30)) return later(now, pick(100, 400) * scale_);
    if (one_in(3)) return edge(side, now);
    return later(now, pick(-15 * step_, 20 * step_));
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
    return later(from, (one_in(2) ? span : -span) + pick(-1, 1));
  }

  Event event(Side side, std::int32_t partition, std::int64_t time) {
    static constexpr std::array flaws{Flaw::no_key,   Flaw::no_value,      Flaw::bad_key,  Flaw::bad_json,
                                      Flaw::mismatch, Flaw::negative_time, Flaw::too_large};
    const auto n = pick(0, 19);
    return {.side = side,
            .partition = partition,
            .key = keys_[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(keys_.size()) - 1))],
            .time = time,
            .status = n == 0   ? (one_in(2) ? "HOLD" : "SHIPPED")
                      : n == 1 ? "CONFIRMED"
                      : n < 9  ? "REJECT"
                               : "ACCEPT",
            .flaw = one_in(12) ? flaws[static_cast<std::size_t>(pick(0, flaws.size() - 1))] : Flaw::none,
            .shape = one_in(2) ? 0 : static_cast<int>(pick(1, 2)),
            .gap = one_in(4) ? static_cast<int>(pick(1, 2)) : 0,
            .key_format = one_in(40) ? config::KeyFormat::string : key_format_};
  }

  void steps(std::int32_t partitions) {
    const int largest_batch = is_long_ ? 300 : one_in(3) ? 1 : one_in(2) ? 7 : 3;
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
        step.seed = static_cast<unsigned>(pick(0, 1'000'000));
        if (n >= 95) restart(step);
        --left;
      }
      case_.steps.push_back(step);
    }
  }

  void restart(Step& step) {
    if (kinds_.changes && (changes_always_ || one_in(2))) {
      if (case_.settings.size() < 2 || one_in(2)) case_.settings.push_back(one_in(3) ? switched() : settings());
      wanted_ = static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(case_.settings.size()) - 1));
    }
    step.settings = wanted_;
  }

  /// Duplicates are suppressed where they were not, or no longer; all else stays.
  FateSettings switched() {
    auto s = case_.settings.back();
    s.join.suppress_duplicates = !s.join.suppress_duplicates;
    return s;
  }

  std::mt19937 engine_;
  Kinds kinds_;
  Case case_;
  config::KeyFormat key_format_ = config::KeyFormat::int64;
  std::vector<std::int64_t> keys_;
  std::array<std::vector<std::int64_t>, 2> times_;
  std::int64_t scale_ = 1;  ///< of windows, in milliseconds
  std::int64_t step_ = 1;   ///< of most records
  std::size_t wanted_ = 0;
  bool changes_always_ = false;
  bool is_long_ = false;
};

}  // namespace orders::property
