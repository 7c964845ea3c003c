#include "history.h"

#include <fmt/format.h>

#include <chrono>
#include <regex>
#include <stdexcept>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// As promtool writes `count` equal samples.
std::string repeated(const std::string& value, int count) {
  return count == 1 ? value : fmt::format("{}x{}", value, count - 1);
}

/// The same of samples that are not there; here promtool counts otherwise.
std::string blanks(int count) { return fmt::format("_x{}", count); }

/// With the labels that Prometheus adds to what it has scraped.
std::string scraped(const std::string& series) {
  const std::string target = R"(job="ordersd",instance="one")";
  if (!series.ends_with('}')) return series + '{' + target + '}';
  return series.substr(0, series.size() - 1) + ',' + target + '}';
}

}  // namespace

double History::on_this_clock(const std::string& series, double value) {
  const auto name = series.substr(0, series.find('{'));
  const double moved = value - now() + 60.0 * minutes_;
  if (name == "process_start_time_seconds") return starts_.try_emplace(value, moved).first->second;
  return name.ends_with("_timestamp_seconds") ? moved : value;
}

void History::add(const std::optional<Samples>& scrape, int minutes) {
  series_["up"].push_back({minutes_, minutes, scrape ? 1.0 : 0.0});
  if (scrape) {
    for (const auto& [series, value] : *scrape)
      series_[series].push_back({minutes_, minutes, on_this_clock(series, value)});
  }
  minutes_ += minutes;
}

/// An expectation that nothing fires: what does is in promtool's complaint.
std::string History::test_file(int minute) const {
  std::string text = fmt::format("rule_files: [{}/etc/prometheus/ordersd.rules.yml]\n", SOURCE_DIR);
  text += "evaluation_interval: 1m\n";
  text += "group_eval_order: [ordersd-records, ordersd-process, ordersd-join, ordersd-views, ordersd-dead-letters, ";
  text += "ordersd-intake]\ntests:\n  - interval: 1m\n    input_series:\n";
  for (const auto& [series, stretches] : series_) {
    std::string values;
    int at = 0;
    for (const auto& stretch : stretches) {
      if (stretch.begin > at) values += blanks(stretch.begin - at) + ' ';
      values += repeated(fmt::format("{:.6f}", stretch.value), stretch.minutes) + ' ';
      at = stretch.begin + stretch.minutes;
    }
    text += fmt::format("      - {{series: '{}', values: '{}'}}\n", scraped(series), values);
  }
  text += "    promql_expr_test:\n";
  text += fmt::format("      - {{expr: 'ALERTS{{alertstate=\"firing\"}}', eval_time: {}m, exp_samples: []}}\n", minute);
  return text;
}

std::set<std::string> History::firing(int minute) const {
  const TempFolder folder("alerts");
  const auto file = folder / "history.yml";
  write_file(file, test_file(minute));
  const auto output = run({{"promtool", "test", "rules", file}, {}, {}, {}, {}});
  const auto said = output.out + output.err;
  if (output.exit_code != 0 && said.find("got: ") == std::string::npos)
    throw std::runtime_error(output.text() + "\nscripts/setup.sh --test installs promtool");
  std::set<std::string> alerts;
  static const std::regex name("alertname=\"(\\w+)\"");
  for (auto at = std::sregex_iterator(said.begin(), said.end(), name); at != std::sregex_iterator(); ++at)
    alerts.insert((*at)[1]);
  return alerts;
}

}  // namespace orders::test
