// The task with its buffer on disk, under random interleavings, commits, crashes between commit and write, crashes that
// lose what was not flushed, foreign instances, changed settings and take-overs: the same sets as the bare engine in
// memory that is fed the same logs once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "base/bytes.h"
#include "join/memory_buffer.h"
#include "order/key.h"
#include "support/temp_folder.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

/// Hundreds of flushes: without a disk to wait for, where that can be had.
[[maybe_unused]] const bool in_memory =
    std::filesystem::is_directory("/dev/shm") && ::setenv("TMPDIR", "/dev/shm", 0) == 0;

using config::BufferStore;
using join::Settings;
using Names = std::multiset<std::string>;
constexpr std::array both{Side::payment, Side::stock};

struct Event {
  std::int64_t offset, key, time;
  bool reject;
};
using Log = std::vector<Event>;
using Logs = std::array<Log, 2>;

std::size_t index_at(const Log& log, std::int64_t offset) {
  return static_cast<std::size_t>(std::ranges::lower_bound(log, offset, {}, &Event::offset) - log.begin());
}
order::Status status_of(const Event& event) { return event.reject ? order::Status::reject : order::Status::accept; }

/// From an offset of each side on, these settings.
struct Epoch {
  std::array<std::int64_t, 2> from;
  Settings settings;
};

struct Random {
  std::mt19937 engine;
  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(engine); }
  bool one_in(std::int64_t n) { return pick(1, n) == 1; }
  Settings settings() {
    return {.before = Milliseconds{pick(0, 60)},
            .after = Milliseconds{pick(0, 60)},
            .grace = Milliseconds{pick(0, 10)},
            .suppress_duplicates = one_in(2)};
  }
  Log log() {
    Log log;
    std::int64_t offset = 0, now = pick(0, 80);
    for (auto n = pick(0, 120); n > 0; --n) {
      now = std::max<std::int64_t>(0, now + pick(-15, 20));
      log.push_back({offset, pick(1, 8), now, one_in(3)});
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

Names reference(const Logs& logs, const std::vector<Epoch>& epochs) {
  join::MemoryBuffer buffer;
  join::Engine engine(epochs.front().settings, buffer);
  Collector sink;
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    engine.change_settings(epochs[e].settings);
    for (const Side side : both) {
      const auto i = static_cast<std::size_t>(side);
      const auto end = e + 1 < epochs.size() ? index_at(logs[i], epochs[e + 1].from[i]) : logs[i].size();
      for (auto at = index_at(logs[i], epochs[e].from[i]); at < end; ++at) {
        const auto& event = logs[i][at];
        const auto name = std::to_string(event.offset);
        const auto fate = engine.process(
            {side, event.offset, from_millis(event.time), {event.key, status_of(event), {}}, name}, sink);
        if (fate == join::Fate::late) sink.names.insert(fmt::format("late {} {}", to_string(side), event.offset));
      }
    }
  }
  return sink.names;
}

/// What a produced record says, in the reference's words.
std::string name_of(const kafka::OutputRecord& record) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : record.headers) headers[name] = value.value_or("");
  if (record.topic == "orders") return fmt::format("pair {} {}", headers["offset"], to_millis(*record.timestamp));
  const auto side = headers["kafka_dlt-original-topic"] == "payment-orders" ? "payment" : "stock";
  return fmt::format("{} {} {}", headers["orders-reason"], side,
                     load_be64(headers["kafka_dlt-original-offset"].data()));
}

/// A partition, its committed state, and the disks of two machines whose processes come and go.
class Partition {
 public:
  Partition(Logs logs, Random& random) : logs_(std::move(logs)), random_(random) {}

  /// One process on one of the machines. False: the settings were refused.
  bool live(const Settings& settings, int steps) {
    TaskOptions options;
    options.settings.join = settings;
    options.dead_letter_time = [](Timestamp t) { return t; };
    options.buffer.store = random_.one_in(6)   ? BufferStore::memory
                           : random_.one_in(2) ? BufferStore::disk
                                               : BufferStore::automatic;
    options.buffer.folder = folder_ / (random_.one_in(5) ? "b" : "a");
    options.buffer.write_interval = Milliseconds{random_.one_in(2) ? 0 : 3'600'000};
    options.buffer.flush_interval = Milliseconds{random_.one_in(4) ? 0 : 3'600'000};
    auto task = std::make_unique<Task>(0, options);
    task->set_memory(static_cast<std::uint64_t>(random_.pick(500, 20'000)));
    const auto start = committed_;
    if (auto restored = task->restore(start); !restored) {
      EXPECT_EQ(restored.error().error_class, ErrorClass::invalid);
      return false;
    }
    began_on_disk += task->resumes(start).value();
    rebuild(*task);
    const Epoch epoch{{start[0].offset, start[1].offset}, settings};
    const bool was_on_disk = task->on_disk();
    Outputs outputs;
    bool cut = false;
    for (; steps > 0 && !cut; --steps) {
      feed(*task, static_cast<Side>(random_.pick(0, 1)), outputs);
      if (steps == 1 ? done(*task) : random_.one_in(10)) cut = commit(*task, epoch, outputs, random_.one_in(8));
    }
    EXPECT_EQ(task->trouble(), nullptr);
    taken_over += !was_on_disk && task->on_disk();
    if (!cut) total_ += task->given_up();
    // Killed: what was not flushed is gone. Else it ends in good order, or for a rebalance.
    if (task->on_disk() && (cut || random_.one_in(2))) task->abandon_buffer();
    return true;
  }

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] const Names& published() const { return published_; }
  [[nodiscard]] const std::vector<Epoch>& epochs() const { return epochs_; }
  void check_identity() const {
    const auto& f = total_;
    EXPECT_EQ(f.read, logs_[0].size() + logs_[1].size());
    // All tasks are given up, so what waits at the end is not among the carried ones any more.
    EXPECT_EQ(static_cast<std::int64_t>(f.read) + f.carried,
              static_cast<std::int64_t>(f.joined + f.unmatched + f.late + f.duplicate + f.invalid + f.skipped));
  }

  static inline std::size_t began_on_disk = 0, taken_over = 0, cuts = 0;

 private:
  const Log& log(Side side) const { return logs_[static_cast<std::size_t>(side)]; }

  void rebuild(Task& task) {
    Outputs none;
    while (task.rebuilding()) {
      for (const Side side : both) {
        const auto at = index_at(log(side), task.next_offset(side));
        const auto end = log(side).empty() ? 0 : log(side).back().offset + 2;
        task.skip_to(side, at < log(side).size() ? log(side)[at].offset : end);
      }
      if (task.held(Side::payment) && task.held(Side::stock)) {
        const auto finished = task.finish_phase();
        ASSERT_TRUE(finished) << finished.error().text();
        continue;
      }
      const auto side = static_cast<Side>(random_.pick(0, 1));
      if (!task.held(side)) feed(task, side, none);
    }
    EXPECT_TRUE(none.records.empty()) << "a rebuild produces nothing";
  }

  void feed(Task& task, Side side, Outputs& outputs) {
    const auto at = index_at(log(side), task.next_offset(side));
    if (at == log(side).size()) return;
    const auto& event = log(side)[at];
    const auto key = order::encode_key(event.key, config::KeyFormat::int64);
    const auto value = fmt::format(R"({{"orderId":{},"status":"{}"}})", event.key, to_string(status_of(event)));
    const auto name = std::to_string(event.offset);
    const std::vector<kafka::Header> headers{{"offset", name}};
    task.process(side,
                 {.offset = event.offset,
                  .timestamp = from_millis(event.time),
                  .timestamp_type = "CreateTime",
                  .key = key,
                  .value = value,
                  .headers = SourceHeaders(headers)},
                 outputs);
  }

  /// `cut`: the process dies between the commit and what the buffer writes then.
  bool commit(Task& task, const Epoch& epoch, Outputs& outputs, bool cut) {
    const auto positions = task.positions();
    for (std::size_t i = 0; i < 2; ++i) {
      auto metadata = decode(positions[i].metadata);
      EXPECT_TRUE(metadata && *metadata);
      committed_[i] = {.offset = positions[i].offset, .metadata = **metadata, .cold_from = {}};
    }
    for (const auto& record : outputs.records) published_.insert(name_of(record));
    outputs = {};
    if (epochs_.empty() || epochs_.back().settings != epoch.settings) epochs_.push_back(epoch);
    finished_ = done(task);
    const auto status = task.status();
    waiting_ = status.payment.waiting + status.stock.waiting;
    if (!cut) {
      task.committed();
      return false;
    }
    ++cuts;
    auto fates = task.fates();
    fates.carried -= static_cast<std::int64_t>(waiting_);
    total_ += fates;
    return true;
  }

  [[nodiscard]] bool done(const Task& task) const {
    return index_at(logs_[0], task.next_offset(Side::payment)) == logs_[0].size() &&
           index_at(logs_[1], task.next_offset(Side::stock)) == logs_[1].size();
  }

  test::TempFolder folder_{"disk-rebuild"};
  Logs logs_;
  Random& random_;
  std::array<Committed, 2> committed_;
  Names published_;
  std::vector<Epoch> epochs_;
  Fates total_;
  std::uint64_t waiting_ = 0;
  bool finished_ = false;
};

TEST(DiskRebuild, SameSetsUnderRandomCrashesTakeOversAndMoves) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random{std::mt19937(seed)};
    const Logs logs{random.log(), random.log()};
    const auto settings = random.settings();
    Partition partition(logs, random);
    while (!partition.finished()) ASSERT_TRUE(partition.live(settings, static_cast<int>(random.pick(1, 120))));
    ASSERT_EQ(partition.published(), reference(logs, {{{0, 0}, settings}}));
    partition.check_identity();
    if (HasFailure()) return;
  }
  EXPECT_GT(Partition::began_on_disk, 20u);
  EXPECT_GT(Partition::taken_over, 3u);
  EXPECT_GT(Partition::cuts, 10u);
}

TEST(DiskRebuild, ChangedSettingsApplyFromTheCommittedOffsetOn) {
  std::size_t changes = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random{std::mt19937(1'000 + seed)};
    const Logs logs{random.log(), random.log()};
    auto settings = random.settings();
    Partition partition(logs, random);
    while (!partition.finished()) {
      const auto wanted = random.one_in(3) ? random.settings() : settings;
      const auto before = partition.epochs().size();
      if (partition.live(wanted, static_cast<int>(random.pick(1, 120)))) {
        settings = wanted;
      } else {
        settings = partition.epochs().back().settings;
      }
      changes += partition.epochs().size() - before;
    }
    ASSERT_EQ(partition.published(), reference(logs, partition.epochs()));
    partition.check_identity();
    if (HasFailure()) return;
  }
  EXPECT_GT(changes, 30u);
}

// --- memory

class LargeRecords : public testing::TestWithParam<BufferStore> {
 protected:
  static constexpr std::size_t record_bytes = 100'000;
  static constexpr std::int64_t records = 100;
  static void feed(Task& task, std::int64_t n, Outputs& outputs) {
    const auto key = order::encode_key(n, config::KeyFormat::int64);
    const auto value = fmt::format(R"({{"orderId":{},"status":"ACCEPT","note":"{}"}})", n, std::string(record_bytes, 'n'));
    task.process(Side::payment,
                 {.offset = n,
                  .timestamp = from_millis(n),
                  .timestamp_type = "CreateTime",
                  .key = key,
                  .value = value,
                  .headers = {}},
                 outputs);
  }
};

TEST_P(LargeRecords, FillNoMoreMemoryThanTheyShouldWhileTheyAreReadAgain) {
  TaskOptions options;
  Outputs outputs;
  std::array<Committed, 2> committed;
  {
    Task task(0, options);
    ASSERT_TRUE(task.restore({}));
    for (std::int64_t n = 0; n < records; ++n) feed(task, n, outputs);
    const auto positions = task.positions();
    for (std::size_t i = 0; i < 2; ++i)
      committed[i] = {.offset = positions[i].offset, .metadata = *decode(positions[i].metadata), .cold_from = {}};
  }
  const test::TempFolder folder("large-records");
  options.buffer.store = GetParam();
  options.buffer.folder = folder.path();
  options.buffer.write_interval = std::chrono::hours{1};
  constexpr std::uint64_t share = 2u << 20;
  Task task(0, options);
  task.set_memory(share);
  ASSERT_TRUE(task.restore(committed));
  while (!task.held(Side::payment)) {
    feed(task, task.next_offset(Side::payment), outputs);
    ASSERT_LT(task.buffer_bytes(), share + 2 * record_bytes) << "at " << task.next_offset(Side::payment);
  }
  ASSERT_TRUE(task.finish_phase());
  EXPECT_FALSE(task.rebuilding());
  EXPECT_TRUE(task.on_disk());
  EXPECT_EQ(task.status().payment.waiting, static_cast<std::uint64_t>(records));
}

INSTANTIATE_TEST_SUITE_P(DiskRebuild, LargeRecords, testing::Values(BufferStore::disk, BufferStore::automatic),
                         [](const auto& info) { return info.param == BufferStore::disk ? "Disk" : "Auto"; });

// --- positions

DiskPosition position_at(std::int64_t payment, std::int64_t stock) {
  return {.of = {.application_id = "orders", .cluster_id = "c", .topics = {"p", "s"}, .partition = 3},
          .sides = {{{{payment, from_millis(50)}, {{0, {}}, {payment, from_millis(50)}}}, {{stock, {}}, {{0, {}}}}}},
          .settings = {}};
}

std::array<Committed, 2> committed_at(std::int64_t payment, std::int64_t stock) {
  std::array<Committed, 2> committed;
  for (auto& side : committed) side.metadata.emplace().start.from = {10, {}};
  committed[0].offset = payment;
  committed[1].offset = stock;
  return committed;
}

TEST(DiskPosition, ReadsWhatItWrites) {
  auto position = position_at(20, 30);
  position.settings.join.suppress_duplicates = true;
  EXPECT_EQ(decode_disk_position(encode(position)), position);
  EXPECT_FALSE(decode_disk_position(""));
  EXPECT_FALSE(decode_disk_position("join buffer 2\n"));
  const auto text = encode(position);
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    const auto cut = decode_disk_position(text.substr(0, size));
    EXPECT_TRUE(!cut || *cut != position) << size;
  }
}

TEST(DiskPosition, OfAPartitionNumberThatIsNoneIsNone) {
  auto text = encode(position_at(20, 30));
  text.replace(text.find("\n3\n"), 3, "\n4294967299\n");  // 3, were it cut to 32 bits
  EXPECT_EQ(decode_disk_position(text), std::nullopt);
}

TEST(DiskPosition, IsOfUseOnlyToTheJoinThatMadeItAndWithinWhatWasCommitted) {
  const auto position = position_at(20, 30);
  const auto fit = [&](const auto& committed) { return !unfit(position, position.of, committed); };
  EXPECT_TRUE(fit(committed_at(20, 30)));
  EXPECT_TRUE(fit(committed_at(100, 100)));
  EXPECT_FALSE(fit(committed_at(19, 30))) << "ahead";
  EXPECT_FALSE(fit(committed_at(100, 29))) << "ahead on one side";
  auto other = position.of;
  other.cluster_id = "d";
  EXPECT_TRUE(unfit(position, other, committed_at(20, 30)));
  auto committed = committed_at(100, 100);
  committed[0].metadata->start.from.offset = 21;
  EXPECT_FALSE(fit(committed)) << "a rebuild from the log reads less";
  committed = committed_at(100, 100);
  committed[1].log_start = 31;
  EXPECT_FALSE(fit(committed)) << "gone from the log";
  committed[1].log_start = 30;
  EXPECT_TRUE(fit(committed)) << "`from` is gone, but not needed";
  committed = committed_at(100, 100);
  committed[1].metadata.reset();
  EXPECT_FALSE(fit(committed)) << "reset by another tool";
}

TEST(DiskPosition, FitsIntoTheHistoryOfTheSettings) {
  FateSettings before, after;
  before.join.before = Milliseconds{1};
  after.join.before = Milliseconds{2};
  auto committed = committed_at(100, 100);
  for (auto& side : committed) {
    side.metadata->settings = after;
    side.metadata->change = {{50, {}}, before};
  }
  const auto fit = [&](std::int64_t payment, std::int64_t stock, const FateSettings& settings) {
    auto position = position_at(payment, stock);
    position.settings = settings;
    return !unfit(position, position.of, committed);
  };
  EXPECT_TRUE(fit(40, 50, before));
  EXPECT_FALSE(fit(40, 50, after));
  EXPECT_TRUE(fit(50, 60, after));
  EXPECT_FALSE(fit(50, 60, before));
  EXPECT_TRUE(fit(50, 50, before));
  EXPECT_TRUE(fit(50, 50, after));
  EXPECT_FALSE(fit(40, 60, before)) << "no moment of this log";
  EXPECT_FALSE(fit(40, 60, after));
  for (auto& side : committed) side.metadata->change.reset();
  EXPECT_FALSE(fit(60, 60, before));
  EXPECT_TRUE(fit(60, 60, after));
}

}  // namespace
}  // namespace orders::topology
