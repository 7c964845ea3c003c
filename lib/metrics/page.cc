#include "metrics/page.h"

#include <prometheus/text_serializer.h>

#include <array>
#include <iterator>

namespace orders::metrics {
namespace {

constexpr auto powers_of_two = [] {
  std::array<std::uint64_t, 18> limits{};
  for (std::size_t i = 0; i < limits.size(); ++i) limits[i] = 256ull << i;
  return limits;
}();

}  // namespace

std::span<const std::uint64_t> short_times() { return powers_of_two; }

prometheus::ClientMetric& Family::series(const Labels& labels) {
  auto& metric = family_->metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), value});
  return metric;
}

void Family::add(double value, const Labels& labels) {
  auto& metric = series(labels);
  metric.gauge.value = value;
  metric.counter.value = value;
}

void Family::add(const Spread& spread, std::span<const std::uint64_t> limits, double scale, std::uint64_t less,
                 const Labels& labels) {
  auto& histogram = series(labels).histogram;
  histogram.sample_count = spread.count();
  histogram.sample_sum = static_cast<double>(spread.sum()) / scale;
  for (const auto limit : limits)
    histogram.bucket.push_back({spread.below(limit), static_cast<double>(limit - less) / scale});
}

Family Page::family(prometheus::MetricType type, std::string name, std::string help) {
  auto& family = families_.emplace_back();
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  return Family(family);
}

Family Page::counter(std::string name, std::string help) {
  return family(prometheus::MetricType::Counter, std::move(name), std::move(help));
}

Family Page::gauge(std::string name, std::string help) {
  return family(prometheus::MetricType::Gauge, std::move(name), std::move(help));
}

Family Page::histogram(std::string name, std::string help) {
  return family(prometheus::MetricType::Histogram, std::move(name), std::move(help));
}

std::string Page::text() const { return prometheus::TextSerializer().Serialize({families_.begin(), families_.end()}); }

std::string render(const Snapshot& snapshot) {
  Page page;
  add_process(page, snapshot);
  add_join(page, snapshot);
  add_views(page, snapshot);
  add_dead_letters(page, snapshot);
  add_intake(page, snapshot);
  add_catalog(page, snapshot);
  add_api(page, snapshot);
  return page.text();
}

}  // namespace orders::metrics
