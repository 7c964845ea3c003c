// Reads the committed results, checks every one, and tells how long they took.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <thread>

#include "checker.h"
#include "programs.h"
#include "reader.h"

namespace orders::bench {
namespace {

constexpr std::int64_t sample_every_us = 5'000;
/// Control records count as records: the last transaction, of at most a second, may still be to come.
constexpr std::int64_t quiet_us = 2'000'000;
/// A result that reaches the reader later than this after kill -9 is none of the killed process'.
constexpr std::int64_t last_words_us = 100'000;

double seconds(std::int64_t from_us, std::int64_t to_us) {
  if (from_us == 0 || to_us == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(to_us - from_us) / 1e6;
}

class Measurement {
 public:
  explicit Measurement(const MeasureOptions& options)
      : options_(options),
        reader_(options.place.bootstrap, options.place.topic(results)),
        ends_(reader_),
        checker_(options.recipe) {}

  int run() {
    ends_.sample();
    start_ = options_.from_end ? ends_.last() : std::vector<std::int64_t>(reader_.partitions(), 0);
    last_offsets_ = std::vector<std::int64_t>(reader_.partitions(), -1);
    begun_us_ = active_us_ = now_us();
    const bool watch_first = options_.mode == Mode::throughput && !options_.read_during;
    if (!watch_first) reader_.attach(start_);
    if (!options_.ready.empty()) std::ofstream(options_.ready).flush();
    if (watch_first) {
      watch();
      reader_.attach(start_);
    }
    begun_us_ = active_us_ = now_us();
    read();
    return report(watch_first);
  }

 private:
  [[nodiscard]] bool given_up() const {
    const auto now = now_us();
    return seconds(begun_us_, now) > options_.timeout_s || seconds(active_us_, now) > options_.idle_s;
  }

  /// Until there are as many committed records as results are expected, and for a while no more of them. The reader's
  /// work would slow down the system that is measured on a machine that both share.
  void watch() {
    std::int64_t first = 0;
    for (const auto offset : start_) first += offset;
    const auto enough = [&] { return ends_.total() - first >= static_cast<std::int64_t>(options_.recipe.orders); };
    while (!given_up() && !(enough() && now_us() - active_us_ > quiet_us)) {
      std::this_thread::sleep_for(std::chrono::microseconds(sample_every_us));
      if (ends_.sample()) active_us_ = now_us();
    }
  }

  void read() {
    while (!done() && !given_up()) {
      const Message message = reader_.next(20);
      if (message != nullptr) take(*message, now_us());
      if (options_.mode == Mode::first) look_for_first();
    }
  }

  void take(const rd_kafka_message_t& message, std::int64_t now) {
    const std::string_view key(static_cast<const char*>(message.key), message.key_len);
    const std::string_view value(static_cast<const char*>(message.payload), message.len);
    active_us_ = now;
    if (!checker_.take(key, value)) return;
    if (first_arrival_us_ == 0) first_arrival_us_ = now;
    last_arrival_us_ = now;
    last_offsets_[static_cast<std::size_t>(message.partition)] = message.offset;
    if (options_.mode != Mode::throughput) {
      arrivals_.push_back({rd_kafka_message_timestamp(&message, nullptr) * 1'000, now});
    }
  }

  [[nodiscard]] bool done() const {
    if (options_.mode == Mode::first) return first_us_ && first_fresh_us_;
    return checker_.right + checker_.wrong == options_.recipe.orders &&
           now_us() - active_us_ > options_.settle_ms * 1'000;
  }

  /// When the application was told to start (or killed).
  [[nodiscard]] std::int64_t started_us() {
    if (started_ms_ == 0) started_ms_ = options_.started_at_ms;
    if (started_ms_ == 0 && !options_.started_file.empty()) {
      std::ifstream file(options_.started_file);
      std::string line;
      if (std::getline(file, line) && !file.eof()) started_ms_ = std::stoll(line);  // only with its line feed
    }
    return started_ms_ * 1'000;
  }

  void look_for_first() {
    const auto since = started_us();
    if (since == 0) return;
    for (; looked_at_ < arrivals_.size(); ++looked_at_) {
      const auto& [dated_us, arrived_us] = arrivals_[looked_at_];
      if (!first_us_ && arrived_us > since + last_words_us) first_us_ = arrived_us;
      if (!first_fresh_us_ && dated_us >= since) first_fresh_us_ = arrived_us;
    }
  }

  void add_throughput(JsonLine& line, bool watched) {
    const auto first = watched ? ends_.first_beyond(start_) : EndLog::First{first_arrival_us_, 1};
    auto last_us = watched ? ends_.passed_us(last_offsets_) : last_arrival_us_;
    if (last_us == 0) last_us = last_arrival_us_;  // it came while the others were read
    const auto started = started_us();
    const auto orders = static_cast<double>(checker_.right);
    line.add("started_at_ms", started / 1'000)
        .add("first_at_ms", first.at_us / 1'000)
        .add("last_at_ms", last_us / 1'000)
        .add("start_to_first_s", seconds(started, first.at_us))
        .add("start_to_last_s", seconds(started, last_us))
        .add("first_to_last_s", seconds(first.at_us, last_us))
        .add("orders_per_s", orders / seconds(started, last_us))
        .add("orders_per_s_first_to_last",
             (orders - static_cast<double>(first.records)) / seconds(first.at_us, last_us));
  }

  /// Timestamps are in whole milliseconds, rounded down: the latencies are too long by half a millisecond on average.
  void add_latency(JsonLine& line) {
    std::int64_t from = std::numeric_limits<std::int64_t>::max();
    for (const auto& arrival : arrivals_) from = std::min(from, arrival.dated_us);
    std::vector<std::int64_t> sorted;
    for (const auto& [dated_us, arrived_us] : arrivals_) {
      if (static_cast<double>(dated_us - from) / 1e6 >= options_.warmup_s) sorted.push_back(arrived_us - dated_us);
    }
    std::ranges::sort(sorted);
    line.add("samples", std::int64_t(sorted.size()));
    for (const auto& [name, share] : {std::pair{"p50_ms", 0.5}, std::pair{"p90_ms", 0.9}, std::pair{"p99_ms", 0.99},
                                      std::pair{"p999_ms", 0.999}, std::pair{"max_ms", 1.0}}) {
      if (sorted.empty()) break;
      const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
      line.add(name, static_cast<double>(sorted[static_cast<std::size_t>(rank) - 1]) / 1e3);
    }
  }

  void add_first(JsonLine& line) {
    const auto since = started_us();
    line.add("since_ms", since / 1'000)
        .add("first_result_s", seconds(since, first_us_.value_or(0)))
        .add("first_fresh_s", seconds(since, first_fresh_us_.value_or(0)));
  }

  int report(bool watched) {
    static constexpr const char* mode_names[] = {"throughput", "latency", "first"};
    const bool ok =
        options_.mode == Mode::first ? done() && checker_.duplicate + checker_.wrong == 0 : checker_.passed();
    JsonLine line;
    line.add("mode", mode_names[static_cast<std::size_t>(options_.mode)]).add("ok", ok);
    line.add("orders", std::int64_t(options_.recipe.orders))
        .add("right", std::int64_t(checker_.right))
        .add("missing", std::int64_t(options_.recipe.orders - checker_.right - checker_.wrong))
        .add("duplicate", std::int64_t(checker_.duplicate))
        .add("wrong", std::int64_t(checker_.wrong))
        .add("foreign", std::int64_t(checker_.foreign));
    for (std::size_t i = 0; i < outcome_names.size(); ++i) {
      line.add(outcome_names[i], std::int64_t(checker_.outcomes[i]));
    }
    if (options_.mode == Mode::throughput) add_throughput(line, watched);
    if (options_.mode == Mode::latency) add_latency(line);
    if (options_.mode == Mode::first) add_first(line);
    std::puts(line.text().c_str());
    return ok ? 0 : 1;
  }

  struct Arrival {
    std::int64_t dated_us, arrived_us;
  };

  const MeasureOptions& options_;
  Reader reader_;
  EndLog ends_;
  Checker checker_;
  std::vector<std::int64_t> start_;
  std::vector<std::int64_t> last_offsets_;  ///< of the right results, by partition
  std::int64_t begun_us_ = 0, active_us_ = 0;
  std::int64_t first_arrival_us_ = 0, last_arrival_us_ = 0;
  std::int64_t started_ms_ = 0;
  std::vector<Arrival> arrivals_;
  std::size_t looked_at_ = 0;
  std::optional<std::int64_t> first_us_, first_fresh_us_;
};

}  // namespace

int measure(const MeasureOptions& options) { return Measurement(options).run(); }

}  // namespace orders::bench
