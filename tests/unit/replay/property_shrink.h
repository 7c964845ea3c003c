// Makes a failing case small: whatever can be left out, is.
#pragma once

#include <functional>
#include <string>

#include "property_run.h"

namespace orders::property {

class Shrinker {
 public:
  explicit Shrinker(Case failing) : best_(std::move(failing)) {}

  Case run() {
    simplify([](Case & c) -> auto& { return c.store; }, {config::BufferStore::memory, config::BufferStore::disk});
    if (best_.store != config::BufferStore::memory) most_tries_ = 1'000;  // of some 20 ms
    for (bool smaller = true; smaller && tries_ < most_tries_;) {
      smaller = false;
      smaller |= drop_from(&Case::steps);
      smaller |= drop_from(&Case::events);
      smaller |= simplify_settings();
      smaller |= simplify_steps();
      smaller |= simplify_events();
      smaller |= shift_times();
    }
    return best_;
  }

 private:

  /// Keeps the candidate if it still fails.
  bool try_it(Case candidate) {
    if (++tries_ > most_tries_) return false;
    place(candidate);
    if (CaseRun(candidate).check().empty()) return false;
    best_ = std::move(candidate);
    return true;
  }
  template <class Change>
  bool try_change(Change change) {
    Case candidate = best_;
    change(candidate);
    return try_it(std::move(candidate));
  }

  /// Halves, quarters, … down to single ones.
  template <class T>
  bool drop_from(std::vector<T> Case::*list) {
    bool smaller = false;
    for (auto size = std::max<std::size_t>(1, (best_.*list).size() / 2);; size /= 2) {
      for (std::size_t at = 0; at < (best_.*list).size();) {
        const bool dropped = try_change([&](Case& c) {
          const auto begin = (c.*list).begin() + static_cast<std::ptrdiff_t>(at);
          (c.*list).erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(size, (c.*list).size() - at)));
        });
        smaller |= dropped;
        if (!dropped) at += size;
      }
      if (size <= 1) return smaller;
    }
  }

  /// Sets a value to the first simpler one with which the case still fails.
  template <class Get, class T>
  bool simplify(Get get, std::initializer_list<T> simpler) {
    for (const auto& value : simpler) {
      if (get(best_) == value) return false;
      if (try_change([&](Case& c) { get(c) = value; })) return true;
    }
    return false;
  }

  bool simplify_settings() {
    bool smaller = simplify([](Case & c) -> auto& { return c.drop_late; }, {false});
    smaller |= simplify([](Case & c) -> auto& { return c.drop_unmatched; }, {false});
    for (std::size_t i = 0; i < best_.settings.size(); ++i) {
      const auto zero = Milliseconds{0}, ten = Milliseconds{10};
      const auto of = [i](Case & c) -> auto& { return c.settings[i]; };
      smaller |= simplify([&](Case & c) -> auto& { return of(c).join.before; }, {zero, ten});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).join.after; }, {zero, ten});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).join.grace; }, {zero, ten});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).join.suppress_duplicates; }, {false});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).join.pass_unknown; }, {false});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).key_format; }, {config::KeyFormat::int64});
    }
    return smaller;
  }

  bool simplify_steps() {
    bool smaller = false;
    for (std::size_t i = 0; i < best_.steps.size(); ++i) {
      const auto of = [i](Case & c) -> auto& { return c.steps[i]; };
      smaller |= simplify([&](Case & c) -> auto& { return of(c).settings; }, {std::size_t{0}});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).partition; }, {0});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).count; }, {1});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).seed; }, {0u, 1u});
    }
    return smaller;
  }

  bool simplify_events() {
    bool smaller = false;
    for (std::size_t i = 0; i < best_.events.size(); ++i) {
      const auto of = [i](Case & c) -> auto& { return c.events[i]; };
      smaller |= simplify([&](Case & c) -> auto& { return of(c).flaw; }, {Flaw::none});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).shape; }, {0});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).gap; }, {0});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).partition; }, {0});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).status; }, {std::string("ACCEPT")});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).key_format; }, {config::KeyFormat::int64});
      smaller |= simplify([&](Case & c) -> auto& { return of(c).key; }, {std::int64_t{1}, std::int64_t{2}});
    }
    return smaller;
  }

  /// All times, then the time from each event on, then single ones, towards 0.
  bool shift_times() {
    bool smaller = false;
    const auto towards_zero = [&](std::size_t first, std::size_t last) {
      for (auto by = best_.events[first].time; by > 0; by /= 2) {
        smaller |= try_change([&](Case& c) {
          for (auto i = first; i < last; ++i) c.events[i].time = std::max<std::int64_t>(0, c.events[i].time - by);
        });
        by = std::min(by, best_.events[first].time);
      }
    };
    for (std::size_t i = 0; i < best_.events.size(); ++i) towards_zero(i, best_.events.size());
    for (std::size_t i = 0; i < best_.events.size(); ++i) towards_zero(i, i + 1);
    return smaller;
  }

  Case best_;
  int tries_ = 0;
  int most_tries_ = 20'000;
};

inline std::string settings_text(const FateSettings& s) {
  return fmt::format("--set join.window.before={}ms --set join.window.after={}ms --set join.grace={}ms{}{}{}",
                     s.join.before.count(), s.join.after.count(), s.join.grace.count(),
                     s.join.suppress_duplicates ? " --set join.duplicates=suppress" : "",
                     s.join.pass_unknown ? " --set join.unknown_status=pass" : "",
                     s.key_format == config::KeyFormat::string ? " --set topics.key_format=string" : "");
}

/// For whoever has to find the defect: what was wrong, how to see it again, the records, and what happened to them.
inline std::string report(const Case& original, const Case& shrunk, const std::string& test) {
  CaseRun run(shrunk);
  auto text =
      fmt::format("seed {}: {}\nagain: ORDERS_SEED={} ORDERS_CASES=1 unit_replay --gtest_filter={}\n\nshrunk:\n",
                  original.seed, CaseRun(original).check(), original.seed, test);
  text += run.check() + "\n";
  for (std::size_t i = 0; i < shrunk.settings.size(); ++i) {
    text += fmt::format("settings {}: {}{}{}\n", i, settings_text(shrunk.settings[i]),
                        shrunk.drop_late ? " --set join.late=drop" : "",
                        shrunk.drop_unmatched ? " --set join.unmatched=drop" : "");
  }
  if (shrunk.store != config::BufferStore::memory)
    text += fmt::format("the buffer is on disk: {}\n", shrunk.store == config::BufferStore::disk ? "disk" : "auto");
  text += "\nthe capture, in the order in which it is read first:\n";
  for (const auto& record : run.read_order()) replay::append_line(text, record, shrunk.settings[0].key_format);
  text += "\nsteps, after which the rest is read and committed:\n";
  for (const auto& step : shrunk.steps) {
    switch (step.kind) {
      case Step::Kind::feed:
        text +=
            fmt::format("  read {} of the {} side of partition {}\n", step.count, to_string(step.side), step.partition);
        break;
      case Step::Kind::commit:
        text += "  commit\n";
        break;
      case Step::Kind::abort:
        text += "  abort, the outputs go into the next transaction\n";
        break;
      case Step::Kind::restart:
      case Step::Kind::unheard:
        text += fmt::format("  {}{} restart with settings {}, rebuild in order {}\n",
                            step.kind == Step::Kind::unheard ? "commit, not heard of; " : "",
                            step.seed % 2 == 0 ? "kill;" : "stop;", step.settings, step.seed);
        break;
    }
  }
  return text;
}

}  // namespace orders::property
