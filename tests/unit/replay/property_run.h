// Runs a case through the topology, as processes that come and go, and compares what was published with the model.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "property_model.h"

namespace orders::property {

/// What a published record says, in the model's words.
inline std::string text_of(const replay::Record& record) {
  if (record.topic == "orders") {
    return result_text(record.partition, record.key.value_or(""), to_millis(record.timestamp),
                       record.value.value_or("(null)"), record.headers);
  }
  replay::Record original = record;
  std::map<std::string, std::string> ours;
  std::erase_if(original.headers, [&](const kafka::Header& header) {
    if (!header.name.starts_with("kafka_dlt-") && !header.name.starts_with("orders-")) return false;
    ours[header.name] = header.value.value_or("");
    return true;
  });
  original.topic = ours["kafka_dlt-original-topic"];
  original.partition = static_cast<std::int32_t>(load_be32(ours["kafka_dlt-original-partition"].data()));
  original.offset = static_cast<std::int64_t>(load_be64(ours["kafka_dlt-original-offset"].data()));
  original.timestamp = from_millis(static_cast<std::int64_t>(load_be64(ours["kafka_dlt-original-timestamp"].data())));
  return letter_text(ours["orders-reason"], original);
}

/// How much happened, so that the tests can be seen to try what they should.
struct Coverage {
  Outcome outcome;  ///< its outputs are left out
  std::uint64_t cases = 0, restarts = 0, changes = 0, refusals = 0;
};

class CaseRun {
 public:
  explicit CaseRun(const Case& c) : case_(c), partitions_(partitions_of(c)) {
    logs_.resize(static_cast<std::size_t>(partitions_));
    for (std::int32_t p = 0; p < partitions_; ++p) {
      for (const Side side : both_sides) {
        auto& log = logs_[static_cast<std::size_t>(p)];
        const auto i = static_cast<std::size_t>(side);
        for (const auto* event : log_of(c, p, side)) log.records[i].push_back(record_of(*event));
        log.ends[i] = log.records[i].empty() ? 0 : log.records[i].back().offset + 2;  // a commit marker stands there
      }
    }
    epochs_.resize(logs_.size());
  }

  /// The first thing that is wrong; empty: nothing.
  std::string check() {
    begin(0, 0);
    for (const auto& step : case_.steps) {
      if (!wrong_.empty()) return wrong_;
      take(step);
    }
    for (std::int32_t p = 0; p < partitions_; ++p) {
      for (const Side side : both_sides) feed(p, side, std::numeric_limits<int>::max());
    }
    commit(true);
    total_ += driver_->fates();
    return wrong_.empty() ? compare() : wrong_;
  }

  void add_to(Coverage& coverage) const {
    ++coverage.cases;
    coverage.outcome.fates += total_;
    coverage.restarts += restarts_;
    coverage.refusals += refusals_;
    for (const auto& epochs : epochs_) coverage.changes += epochs.size() - 1;
  }
  /// The records in the order in which they were read first.
  [[nodiscard]] const std::vector<replay::Record>& read_order() const { return read_order_; }

 private:
  [[nodiscard]] const replay::PartitionLog& log(std::int32_t p) const { return logs_[static_cast<std::size_t>(p)]; }
  void fault(std::string text) {
    if (wrong_.empty()) wrong_ = std::move(text);
  }

  /// A process begins where the last commit was.
  bool try_begin(std::size_t settings, unsigned seed) {
    topology::TaskOptions options;
    options.settings = case_.settings[settings];
    options.record_limit = record_limit;
    if (case_.drop_late) options.late = config::Disposition::drop;
    if (case_.drop_unmatched) options.unmatched = config::Disposition::drop;
    auto driver = std::make_unique<replay::Driver>(options);
    std::mt19937 random(seed);
    for (std::int32_t p = 0; p < partitions_; ++p) {
      auto restored =
          driver->restore(p, committed_[p], log(p), [&] { return random() % 2 == 0 ? Side::payment : Side::stock; });
      if (restored) continue;
      if (restored.error().error_class != ErrorClass::invalid) fault("restore: " + restored.error().text());
      return false;
    }
    driver_ = std::move(driver);
    settings_ = settings;
    start_ = committed_;
    unit_.clear();
    check_identity();
    return true;
  }

  void begin(std::size_t settings, unsigned seed) {
    if (try_begin(settings, seed) || !wrong_.empty()) return;
    ++refusals_;
    const bool may_refuse = std::ranges::any_of(epochs_, [](const auto& epochs) { return epochs.size() > 1; });
    if (!may_refuse) return fault("the first change of settings was refused");
    if (!try_begin(committed_settings_, seed)) fault("the settings that ran last were refused");
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::feed:
        if (step.partition < partitions_) feed(step.partition, step.side, step.count);
        return;
      case Step::Kind::commit:
        return commit(true);
      case Step::Kind::abort:
        (void)driver_->positions();  // which looks at the checkpoints
        return;
      case Step::Kind::unheard:
        commit(false);
        counts_lost_ = true;
        [[fallthrough]];
      case Step::Kind::restart:
        ++restarts_;
        total_ += driver_->given_up();
        return begin(step.settings, step.seed);
    }
  }

  void feed(std::int32_t p, Side side, int count) {
    const bool single = count == 1;
    for (; count > 0; --count) {
      const auto* record = driver_->next(log(p), p, side);
      if (!record) break;
      if (seen_.insert({record->topic, record->partition, record->offset}).second) read_order_.push_back(*record);
      driver_->feed(side, *record);
    }
    const auto before = unit_.size();
    for (auto& record : driver_->take()) unit_.push_back(std::move(record));
    if (single && side == Side::payment) check_order(before);
    check_identity();
  }

  /// Results of one payment come in the order of the stock records' timestamps, then offsets.
  void check_order(std::size_t from) {
    std::pair<std::int64_t, std::int64_t> last{-1, -1};
    for (auto i = from; i < unit_.size(); ++i) {
      if (unit_[i].topic != "orders") continue;
      const auto* stock = event_in(*unit_[i].value);
      if (!stock) return fault("of no stock record: " + text_of(unit_[i]));
      const std::pair here{stock->time, stock->offset};
      if (here < last) fault("results of one payment out of order: " + text_of(unit_[i]));
      last = here;
    }
  }

  [[nodiscard]] const Event* event_in(const std::string& value) const {
    for (const auto& event : case_.events) {
      if (value.find(fmt::format("\"{}\"", name_of(event))) != std::string::npos) return &event;
    }
    return nullptr;
  }

  void commit(bool heard) {
    committed_ = driver_->positions();
    for (const auto& record : unit_) published_.insert(text_of(record));
    unit_.clear();
    for (std::int32_t p = 0; p < partitions_; ++p) {
      auto& epochs = epochs_[static_cast<std::size_t>(p)];
      if (!epochs.empty() && case_.settings[epochs.back().settings] == case_.settings[settings_]) continue;
      epochs.push_back({{start_[p][0].offset, start_[p][1].offset}, settings_});
    }
    committed_settings_ = settings_;
    if (heard) driver_->committed();
  }

  void check_identity() {
    const auto f = driver_->fates();
    const auto waiting = driver_->waiting(Side::payment) + driver_->waiting(Side::stock);
    const auto fates = f.joined + f.unmatched + f.late + f.duplicate + f.invalid + f.skipped + waiting;
    if (static_cast<std::int64_t>(f.read) + f.carried != static_cast<std::int64_t>(fates)) {
      fault(fmt::format("I5: read {} + carried {}, but the fates are {}", f.read, f.carried, fates));
    }
  }

  [[nodiscard]] std::string compare() {
    Outcome expected;
    for (std::int32_t p = 0; p < partitions_; ++p) {
      expected += Model(case_, p, epochs_[static_cast<std::size_t>(p)]).outcome();
    }
    for (const auto& line : expected.outputs) {
      if (published_.count(line) < expected.outputs.count(line)) return "missing: " + line;
    }
    for (const auto& line : published_) {
      if (published_.count(line) > expected.outputs.count(line)) return "not expected: " + line;
    }
    const auto waiting = driver_->waiting(Side::payment) + driver_->waiting(Side::stock);
    if (waiting != expected.waiting) return fmt::format("{} wait, expected {}", waiting, expected.waiting);
    return counts_lost_ ? "" : compare_fates(expected.fates);
  }

  [[nodiscard]] std::string compare_fates(const topology::Fates& expected) const {
    const auto text = [](const topology::Fates& f) {
      return fmt::format("read {} joined {} unmatched {} late {} duplicate {} invalid {} skipped {} results {}", f.read,
                         f.joined, f.unmatched, f.late, f.duplicate, f.invalid, f.skipped, f.results);
    };
    if (text(expected) == text(total_)) return {};
    return fmt::format("fates: {}; expected: {}", text(total_), text(expected));
  }

  const Case& case_;
  std::int32_t partitions_;
  std::vector<replay::PartitionLog> logs_;
  std::unique_ptr<replay::Driver> driver_;
  std::size_t settings_ = 0, committed_settings_ = 0;
  replay::Driver::Positions start_, committed_;
  std::vector<replay::Record> unit_;  ///< outputs that are not committed yet
  std::multiset<std::string> published_;
  std::vector<std::vector<Epoch>> epochs_;  ///< of each partition
  topology::Fates total_;
  bool counts_lost_ = false;
  std::uint64_t restarts_ = 0, refusals_ = 0;
  std::set<std::tuple<std::string, std::int32_t, std::int64_t>> seen_;
  std::vector<replay::Record> read_order_;
  std::string wrong_;
};

}  // namespace orders::property
