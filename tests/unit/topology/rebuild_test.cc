// The task under random interleavings, commits, crashes and changed settings, against the bare engine that is fed the
// same logs once, without any of that.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/bytes.h"
#include "join/memory_buffer.h"
#include "order/key.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

using join::Settings;
using Names = std::multiset<std::string>;

struct Event {
  std::int64_t offset, key, time;
  order::Status status;
  std::string name;  ///< unique; stands in the value
  [[nodiscard]] std::string value() const {
    return fmt::format(R"({{"orderId":{},"status":"{}","name":"{}"}})", key, to_string(status), name);
  }
};
using Log = std::vector<Event>;

/// Where a log goes on at or behind an offset.
std::size_t at_offset(const Log& log, std::int64_t offset) {
  return static_cast<std::size_t>(std::ranges::lower_bound(log, offset, {}, &Event::offset) - log.begin());
}
std::int64_t end_of(const Log& log) { return log.empty() ? 0 : log.back().offset + 2; }

/// From an offset of each side on, these settings.
struct Epoch {
  std::array<std::int64_t, 2> from;
  Settings settings;
};

struct Random {
  std::mt19937 engine;
  explicit Random(unsigned seed) : engine(seed) {}
  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(engine); }
  Settings settings() {
    return {.before = Milliseconds{pick(0, 25)},
            .after = Milliseconds{pick(0, 25)},
            .grace = Milliseconds{pick(0, 10)},
            .suppress_duplicates = pick(0, 1) == 1,
            .pass_unknown = pick(0, 1) == 1};
  }
  order::Status status() {
    const auto n = pick(0, 9);
    return n == 0 ? order::Status::unknown : n < 5 ? order::Status::reject : order::Status::accept;
  }
  Log log(const std::string& side) {
    Log log;
    std::int64_t offset = 0, now = pick(0, 80);
    for (auto n = pick(0, 60); n > 0; --n) {
      now = std::max<std::int64_t>(0, now + pick(-15, 20));
      log.push_back({offset, pick(1, 6), now, status(), side + std::to_string(offset)});
      offset += pick(1, 3);  // control records lie between
    }
    return log;
  }
};

struct Collector final : join::Sink {
  Names names;
  void joined(const join::Pair& pair) override {
    names.insert(fmt::format("pair {} {}", pair.stock_value, to_millis(pair.timestamp)));
  }
  void unmatched(Side side, const join::Entry& entry) override {
    names.insert(fmt::format("unmatched {} {}", to_string(side), entry.offset));
  }
};

/// The same logs, straight through the engine.
Names reference(const std::array<Log, 2>& logs, const std::vector<Epoch>& epochs) {
  join::MemoryBuffer buffer;
  join::Engine engine(epochs.front().settings, buffer);
  Collector sink;
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    engine.change_settings(epochs[e].settings);
    for (const Side side : {Side::payment, Side::stock}) {
      const auto i = static_cast<std::size_t>(side);
      const auto end = e + 1 < epochs.size() ? at_offset(logs[i], epochs[e + 1].from[i]) : logs[i].size();
      for (auto at = at_offset(logs[i], epochs[e].from[i]); at < end; ++at) {
        const auto& event = logs[i][at];
        if (event.status == order::Status::unknown && !epochs[e].settings.pass_unknown) {
          sink.names.insert(fmt::format("invalid_status {} {}", to_string(side), event.offset));
          continue;
        }
        const auto fate = engine.process(
            {side, event.offset, from_millis(event.time), {event.key, event.status, {}}, event.name, {}}, sink);
        if (fate == join::Fate::late) sink.names.insert(fmt::format("late {} {}", to_string(side), event.offset));
      }
    }
  }
  return sink.names;
}

/// What a produced record says, in the reference's words.
std::string name_of(const kafka::OutputRecord& record) {
  if (record.topic == "orders") {
    const auto at = record.value->find("\"name\":\"") + 8;
    return fmt::format("pair {} {}", record.value->substr(at, record.value->find('"', at) - at),
                       to_millis(*record.timestamp));
  }
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : record.headers) headers[name] = value.value_or("");
  const auto side = headers["kafka_dlt-original-topic"] == "payment-orders" ? "payment" : "stock";
  return fmt::format("{} {} {}", headers["orders-reason"], side,
                     load_be64(headers["kafka_dlt-original-offset"].data()));
}

/// A partition in the hands of processes that come and go.
class Partition {
 public:
  Partition(std::array<Log, 2> logs, Random& random) : logs_(std::move(logs)), random_(random) {}

  /// One process: restores, reads on, commits now and then, and dies with whatever it has not committed.
  /// Returns false when the settings were refused.
  bool live(const Settings& settings, int steps) {
    TaskOptions options;
    options.settings.join = settings;
    options.dead_letter_time = [](Timestamp t) { return t; };
    Task task(0, options);
    const std::array<Committed, 2> start = committed_;
    if (auto restored = task.restore(start); !restored) {
      EXPECT_EQ(restored.error().error_class, ErrorClass::invalid);
      return false;
    }
    rebuild(task);
    Epoch epoch{{start[0].offset, start[1].offset}, settings};
    Outputs outputs;
    for (; steps > 0; --steps) {
      const auto side = static_cast<Side>(random_.pick(0, 1));
      feed(task, side, outputs);
      if (random_.pick(0, 9) == 0) commit(task, epoch, outputs);
    }
    if (done(task)) commit(task, epoch, outputs);
    total_ += done(task) ? task.fates() : task.given_up();
    return true;
  }

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] const Names& published() const { return published_; }
  [[nodiscard]] const std::vector<Epoch>& epochs() const { return epochs_; }
  [[nodiscard]] const Fates& total() const { return total_; }
  [[nodiscard]] std::uint64_t waiting() const { return waiting_; }

 private:
  const Log& log(Side side) const { return logs_[static_cast<std::size_t>(side)]; }

  void rebuild(Task& task) {
    Outputs none;
    while (task.rebuilding()) {
      for (const Side side : {Side::payment, Side::stock}) {
        const auto at = at_offset(log(side), task.next_offset(side));
        task.skip_to(side, at < log(side).size() ? log(side)[at].offset : end_of(log(side)));
      }
      if (task.held(Side::payment) && task.held(Side::stock)) {
        task.finish_phase();
        continue;
      }
      const auto side = static_cast<Side>(random_.pick(0, 1));
      if (!task.held(side)) feed(task, side, none);
    }
    EXPECT_TRUE(none.records.empty()) << "a rebuild produces nothing";
  }

  void feed(Task& task, Side side, Outputs& outputs) {
    const auto at = at_offset(log(side), task.next_offset(side));
    if (at == log(side).size()) return;
    const auto& event = log(side)[at];
    const auto key = order::encode_key(event.key, config::KeyFormat::int64);
    const auto value = event.value();
    task.process(side,
                 {.offset = event.offset,
                  .timestamp = from_millis(event.time),
                  .timestamp_type = "CreateTime",
                  .key = key,
                  .value = value,
                  .headers = {}},
                 outputs);
  }

  void commit(Task& task, const Epoch& epoch, Outputs& outputs) {
    const auto positions = task.positions();
    for (std::size_t i = 0; i < 2; ++i) {
      auto metadata = decode(positions[i].metadata);
      ASSERT_TRUE(metadata && *metadata);
      EXPECT_EQ(encode(**metadata), positions[i].metadata);
      committed_[i] = {positions[i].offset, **metadata, {}};
    }
    for (const auto& record : outputs.records) published_.insert(name_of(record));
    outputs = {};
    task.committed();
    if (epochs_.empty() || epochs_.back().settings != epoch.settings) epochs_.push_back(epoch);
    finished_ = done(task);
    const auto status = task.status();
    waiting_ = status.payment.waiting + status.stock.waiting;
  }

  [[nodiscard]] bool done(const Task& task) const {
    return at_offset(logs_[0], task.next_offset(Side::payment)) == logs_[0].size() &&
           at_offset(logs_[1], task.next_offset(Side::stock)) == logs_[1].size();
  }

  std::array<Log, 2> logs_;
  Random& random_;
  std::array<Committed, 2> committed_;
  Names published_;
  std::vector<Epoch> epochs_;
  Fates total_;
  std::uint64_t waiting_ = 0;
  bool finished_ = false;
};

void check_identity(const Partition& partition, const std::array<Log, 2>& logs) {
  const auto& f = partition.total();
  EXPECT_EQ(f.read, logs[0].size() + logs[1].size());
  EXPECT_EQ(static_cast<std::int64_t>(f.read) + f.carried,
            static_cast<std::int64_t>(f.joined + f.unmatched + f.late + f.duplicate + f.invalid + f.skipped +
                                      partition.waiting()));
}

TEST(Rebuild, SameResultsLateAndUnmatchedUnderRandomCrashesAndInterleavings) {
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    const std::array<Log, 2> logs{random.log("p"), random.log("s")};
    const auto settings = random.settings();
    Partition partition(logs, random);
    while (!partition.finished()) ASSERT_TRUE(partition.live(settings, static_cast<int>(random.pick(1, 80))));
    ASSERT_EQ(partition.published(), reference(logs, {{{0, 0}, settings}}));
    check_identity(partition, logs);
    if (HasFailure()) return;
  }
}

TEST(Rebuild, ChangedSettingsApplyFromTheCommittedOffsetOnWhateverCrashesFollow) {
  std::size_t changes = 0, refusals = 0;
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    const std::array<Log, 2> logs{random.log("p"), random.log("s")};
    auto settings = random.settings();
    Partition partition(logs, random);
    while (!partition.finished()) {
      const auto wanted = random.pick(0, 2) == 0 ? random.settings() : settings;
      const auto before = partition.epochs().size();
      if (partition.live(wanted, static_cast<int>(random.pick(1, 80)))) {
        settings = wanted;
      } else {
        ++refusals;
        settings = partition.epochs().back().settings;
      }
      changes += partition.epochs().size() - before;
    }
    ASSERT_EQ(partition.published(), reference(logs, partition.epochs()));
    if (HasFailure()) return;
  }
  EXPECT_GT(changes, 3'000u);
  EXPECT_GT(refusals, 100u) << "a second change before the first has passed was met, too";
}

}  // namespace
}  // namespace orders::topology
