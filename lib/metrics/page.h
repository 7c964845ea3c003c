// Inside this module only: metrics in the making.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <deque>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/histogram.h"
#include "base/time.h"
#include "metrics/snapshot.h"

namespace orders::metrics {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// A metric's name and its series.
class Family {
 public:
  explicit Family(prometheus::MetricFamily& family) : family_(&family) {}

  void add(double value, const Labels& labels = {});
  void add(std::uint64_t value, const Labels& labels = {}) { add(static_cast<double>(value), labels); }
  void add(std::int64_t value, const Labels& labels = {}) { add(static_cast<double>(value), labels); }
  void add(Timestamp time, const Labels& labels = {}) { add(static_cast<double>(to_millis(time)) / 1000, labels); }
  /// In seconds; `limits` in units of the histogram, where buckets of Spread begin.
  template <class Unit>
  void add(const HistogramIn<Unit>& histogram, std::span<const std::uint64_t> limits, const Labels& labels = {}) {
    constexpr double per_second = static_cast<double>(Unit::period::den) / static_cast<double>(Unit::period::num);
    add(histogram.spread(), limits, per_second, 0, labels);
  }
  /// Of whole numbers: "at most" is one less than "below".
  void add(const Spread& numbers, std::span<const std::uint64_t> limits, const Labels& labels = {}) {
    add(numbers, limits, 1, 1, labels);
  }

 private:
  void add(const Spread& spread, std::span<const std::uint64_t> limits, double scale, std::uint64_t less,
           const Labels& labels);
  prometheus::ClientMetric& series(const Labels& labels);

  prometheus::MetricFamily* family_;
};

class Page {
 public:
  [[nodiscard]] Family counter(std::string name, std::string help);
  [[nodiscard]] Family gauge(std::string name, std::string help);
  [[nodiscard]] Family histogram(std::string name, std::string help);
  [[nodiscard]] std::string text() const;

 private:
  Family family(prometheus::MetricType type, std::string name, std::string help);
  std::deque<prometheus::MetricFamily> families_;
};

/// A series for each of `all`, with the label `state`: 1 for the one that it is.
template <class States>
void add_states(Family& family, std::string_view present, const States& all, Labels labels = {}) {
  for (const std::string_view state : all) {
    auto of_state = labels;
    of_state.emplace_back("state", state);
    family.add(state == present ? 1.0 : 0.0, of_state);
  }
}

/// Microseconds, 0.26 ms to 34 s.
[[nodiscard]] std::span<const std::uint64_t> short_times();

void add_process(Page& page, const Snapshot& snapshot);
void add_join(Page& page, const Snapshot& snapshot);
void add_views(Page& page, const Snapshot& snapshot);
void add_dead_letters(Page& page, const Snapshot& snapshot);
void add_intake(Page& page, const Snapshot& snapshot);
void add_catalog(Page& page, const Snapshot& snapshot);
void add_api(Page& page, const Snapshot& snapshot);

}  // namespace orders::metrics
