// Runs a case through the topology, as processes that come and go, and compares what was published with the model.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "property_broker.h"
#include "property_changes.h"
#include "property_model.h"
#include "support/temp_folder.h"

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
  std::uint64_t cases = 0, restarts = 0, aborts = 0, changes = 0, refusals = 0;
  std::uint64_t coarse = 0, thinned = 0;                  ///< cases with such checkpoints
  std::uint64_t resumed = 0, taken_over = 0, killed = 0;  ///< partitions, partitions and processes with a buffer on disk
};

class CaseRun {
 public:
  explicit CaseRun(const Case& c) : case_(c), partitions_(partitions_of(c)) {
    if (c.store != config::BufferStore::memory) folder_.emplace("property");
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
    changes_.resize(logs_.size());
  }

  /// The first thing that is wrong; empty: nothing.
  std::string check() {
    begin(0, 0);
    for (const auto& step : case_.steps) {
      if (!wrong_.empty()) return wrong_;
      take(step);
    }
    if (!wrong_.empty()) return wrong_;
    for (std::int32_t p = 0; p < partitions_; ++p) {
      for (const Side side : both_sides) feed(p, side, std::numeric_limits<int>::max());
    }
    commit(true);
    count_disks();
    total_ += driver_->fates();
    return wrong_.empty() ? compare() : wrong_;
  }

  void add_to(Coverage& coverage) const {
    ++coverage.cases;
    coverage.outcome.fates += total_;
    coverage.restarts += counts_.restarts;
    coverage.aborts += counts_.aborts;
    coverage.refusals += counts_.refusals;
    coverage.resumed += counts_.resumed;
    coverage.taken_over += counts_.taken_over;
    coverage.killed += counts_.killed;
    for (const auto& epochs : epochs_) coverage.changes += epochs.size() - 1;
    coverage.coarse += case_.settings[0].join.retention() >= Milliseconds{1'000};
    coverage.thinned += is_thinned();
  }
  /// The records in the order in which they were read first.
  [[nodiscard]] const std::vector<replay::Record>& read_order() const { return read_order_; }

 private:
  [[nodiscard]] const replay::PartitionLog& log(std::int32_t p) const { return logs_[static_cast<std::size_t>(p)]; }
  void fault(std::string text) {
    if (wrong_.empty()) wrong_ = std::move(text);
  }

  [[nodiscard]] topology::TaskOptions options(std::size_t settings, std::mt19937& random) const {
    topology::TaskOptions options;
    options.settings = case_.settings[settings];
    options.record_limit = record_limit;
    if (case_.drop_late) options.late = config::Disposition::drop;
    if (case_.drop_unmatched) options.unmatched = config::Disposition::drop;
    if (!folder_) return options;
    const auto never = std::chrono::hours{1};
    options.buffer.store = case_.store;
    options.buffer.folder = *folder_ / (random() % 5 == 0 ? "another machine" : "machine");
    options.buffer.write_interval = random() % 2 == 0 ? Milliseconds{0} : never;
    options.buffer.flush_interval = random() % 4 == 0 ? Milliseconds{0} : never;
    return options;
  }

  /// A process begins where the last commit was.
  bool try_begin(std::size_t settings, unsigned seed) {
    std::mt19937 random(seed);
    auto driver = std::make_unique<replay::Driver>(options(settings, random));
    if (folder_) driver->set_memory(100 + random() % 1'500);
    start_ = broker_.offsets();
    for (std::int32_t p = 0; p < partitions_; ++p) {
      auto restored =
          driver->restore(p, start_[p], log(p), [&] { return random() % 2 == 0 ? Side::payment : Side::stock; });
      if (restored) continue;
      if (restored.error().error_class != ErrorClass::invalid) fault("restore: " + restored.error().text());
      return false;
    }
    driver_ = std::move(driver);
    settings_ = settings;
    check_identity();
    return true;
  }

  void begin(std::size_t settings, unsigned seed) {
    const auto any = [&](auto asks) {
      return std::ranges::any_of(changes_, [&](const Changes& changes) { return (changes.*asks)(case_, settings); });
    };
    const bool began = try_begin(settings, seed);
    if (!wrong_.empty()) return;
    if (began) {
      // Of checkpoints that were thinned, the one of the change may be gone: it passes somewhat later.
      if (any(&Changes::must_refuse) && !is_thinned()) fault("a second change of settings was not refused");
      return;
    }
    ++counts_.refusals;
    if (!any(&Changes::may_refuse) && !is_thinned()) return fault("a change of settings was refused without need");
    if (!try_begin(committed_settings_, seed)) fault("the settings that ran last were refused");
  }

  /// Whether a task may have had more checkpoints than it keeps.
  [[nodiscard]] bool is_thinned() const {
    return std::ranges::any_of(logs_, [](const replay::PartitionLog& log) {
      return std::max(log.records[0].size(), log.records[1].size()) > 2'000;
    });
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::feed:
        if (step.partition < partitions_) feed(step.partition, step.side, step.count);
        return;
      case Step::Kind::commit:
        return commit(true);
      case Step::Kind::abort:
        return abort(step.seed);
      case Step::Kind::unheard:
        commit(false);
        counts_lost_ = true;
        [[fallthrough]];
      case Step::Kind::restart:
        end(step.seed);
        return begin(step.settings, step.seed);
    }
  }

  void count_disks() {
    counts_.resumed += driver_->resumed();
    const bool from_start = case_.settings[settings_].join.retention() > topology::long_retention;
    if (case_.store == config::BufferStore::automatic && !from_start)
      counts_.taken_over += driver_->on_disk() - driver_->resumed();
  }

  /// Stopped, or killed: then what its disk had not got yet is lost.
  void end(unsigned seed) {
    ++counts_.restarts;
    count_disks();
    total_ += driver_->given_up();
    if (folder_ && seed % 2 == 0) {
      ++counts_.killed;
      driver_->abandon();
    }
    driver_.reset();
    unit_ = Unit(broker_);
  }

  void feed(std::int32_t p, Side side, int count) {
    const bool single = count == 1;
    for (; count > 0; --count) {
      const auto* record = driver_->next(log(p), p, side);
      if (!record) break;
      if (seen_.insert({record->topic, record->partition, record->offset}).second) read_order_.push_back(*record);
      driver_->feed(side, *record);
    }
    const auto taken = driver_->take();
    for (const auto& record : taken) unit_.add(text_of(record));
    unit_.send();
    if (single && side == Side::payment) check_order(taken);
    check_identity();
  }

  /// Results of one payment come in the order of the stock records' timestamps, then offsets.
  void check_order(const std::vector<replay::Record>& taken) {
    std::pair<std::int64_t, std::int64_t> last{-1, -1};
    for (const auto& record : taken) {
      if (record.topic != "orders") continue;
      const auto* stock = event_in(*record.value);
      if (!stock) return fault("of no stock record: " + text_of(record));
      const std::pair here{stock->time, stock->offset};
      if (here < last) fault("results of one payment out of order: " + text_of(record));
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
    unit_.commit(driver_->positions());
    for (std::int32_t p = 0; p < partitions_; ++p) note_commit(p);
    committed_settings_ = settings_;
    if (!heard) return;
    driver_->committed();
    if (const auto* error = driver_->trouble()) fault("disk: " + error->text());
  }

  /// At a record, or with the offsets. Whatever is read until the next commit goes with it.
  void abort(unsigned seed) {
    ++counts_.aborts;
    if (seed % 3 != 0) {
      const auto positions = driver_->positions();
      unit_.offer(positions);
      const bool same = std::ranges::equal(positions, driver_->positions(), [](const auto& a, const auto& b) {
        return std::ranges::equal(a.second, b.second, [](const topology::Committed& x, const topology::Committed& y) {
          return x.offset == y.offset && x.metadata == y.metadata;
        });
      });
      if (!same) fault("positions() says another thing when it is asked again");
    }
    unit_.abort();
  }

  void note_commit(std::int32_t p) {
    const auto offsets = [p](const Broker::Positions& positions) {
      const auto at = positions.find(p);
      if (at == positions.end()) return Changes::Offsets{};
      return Changes::Offsets{at->second[0].offset, at->second[1].offset};
    };
    auto& epochs = epochs_[static_cast<std::size_t>(p)];
    const bool changed = epochs.empty() || case_.settings[epochs.back().settings] != case_.settings[settings_];
    if (changed) epochs.push_back({offsets(start_), settings_});
    changes_[static_cast<std::size_t>(p)].commit(case_, p, epochs, offsets(start_), settings_,
                                                 offsets(broker_.offsets()));
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
    const auto& published = broker_.records();
    for (const auto& line : expected.outputs) {
      if (published.count(line) < expected.outputs.count(line)) return "missing: " + line;
    }
    for (const auto& line : published) {
      if (published.count(line) > expected.outputs.count(line)) return "not expected: " + line;
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
  std::optional<test::TempFolder> folder_;  ///< of the disks, where records wait there
  Broker broker_;

  std::unique_ptr<replay::Driver> driver_;  ///< the process
  std::size_t settings_ = 0, committed_settings_ = 0;
  Broker::Positions start_;
  Unit unit_{broker_};

  std::vector<std::vector<Epoch>> epochs_;  ///< of each partition
  std::vector<Changes> changes_;
  topology::Fates total_;
  bool counts_lost_ = false;
  struct {
    std::uint64_t restarts = 0, aborts = 0, refusals = 0, resumed = 0, taken_over = 0, killed = 0;
  } counts_;
  std::set<std::tuple<std::string, std::int32_t, std::int64_t>> seen_;
  std::vector<replay::Record> read_order_;
  std::string wrong_;
};

}  // namespace orders::property
