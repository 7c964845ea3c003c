// What Prometheus would have of a daemon that stays for minutes as it is now; and which alerts that would fire.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/exposition.h"

namespace orders::test {

/// Real scrapes, each of which stands for some minutes of a clock of its own, a sample a minute. Times of day in them
/// are moved to that clock.
class History {
 public:
  /// `scrape` was taken just now; nothing: the daemon did not answer.
  void add(const std::optional<Samples>& scrape, int minutes);
  /// The names of the alerts of etc/prometheus/ordersd.rules.yml that fire at that minute, by promtool. Throws
  /// std::runtime_error where promtool can't say.
  [[nodiscard]] std::set<std::string> firing(int minute) const;
  /// In the last minute that there is.
  [[nodiscard]] std::set<std::string> firing() const { return firing(minutes_ - 1); }

 private:
  struct Stretch {
    int begin = 0, minutes = 0;
    double value = 0;
  };
  [[nodiscard]] double on_this_clock(const std::string& series, double value);
  [[nodiscard]] std::string test_file(int minute) const;

  int minutes_ = 0;
  std::map<std::string, std::vector<Stretch>> series_;
  std::map<double, double> starts_;  ///< of processes: a start is one moment, whoever tells of it when
};

}  // namespace orders::test
