#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/backoff.h"
#include "base/failpoint.h"
#include "base/guarded_thread.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/wakeup.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "kafka/end_watcher.h"
#include "view/fold.h"
#include "view/log_position.h"
#include "view/status_board.h"
#include "view/table_keeper.h"
#include "view/view.h"

namespace orders::view {
namespace {

using Clock = std::chrono::steady_clock;
using State = ViewStatus::State;

/// A large batch holds what several partitions have sent, so that ids of one time are written together.
constexpr std::size_t batch_records = 50'000;
constexpr std::uint64_t batch_bytes = 12ull << 20;
constexpr std::uint64_t batch_share = 8;  ///< a batch is at most this part of state.memory, beside it
constexpr Milliseconds batch_time{20};
/// Of all partitions together: read on while a batch is written. Measured: a restore takes a fifth less time than with a
/// megabyte, and no less with more than this.
constexpr int queue_kib = 4096;
/// From so many records on it is a backlog: the batch is given time to become large.
constexpr std::size_t backlog_records = 5'000;
constexpr Milliseconds backlog_time{500};
constexpr std::size_t records_between_looks = 8;  ///< at the clock, each of which may take batch_time
constexpr Milliseconds poll_time{100};  // also how long a stop may go unnoticed
/// What must be read again after kill -9.
constexpr Milliseconds flush_interval{30'000};
/// How old a table's "end last seen" may be when nothing arrives.
constexpr Milliseconds idle_flush_interval{300'000};
/// How often a changed partition count is looked for, and invalid records are spoken of.
constexpr Milliseconds minute{60'000};

class TableViewThread final : public TableView {
 public:
  TableViewThread(const ViewOptions& options, const TableOptions& table, kafka::Admin admin)
      : options_(options),
        batch_bytes_(std::min(batch_bytes, table.memory / batch_share)),
        admin_(std::move(admin)),
        keeper_(table, board_) {}
  ~TableViewThread() override { stop(); }

  /// Opens the table for the first time; only what does not mend itself is an error.
  Result<> start(std::function<void(const Error&)> failed);
  void stop() override;
  ViewStatus status() const override { return board_.snapshot(); }
  std::shared_ptr<const Table> table() const override { return keeper_.get(); }
  bool wait_for(std::int32_t partition, std::int64_t offset, Milliseconds timeout) const override {
    return board_.wait_for(partition, offset, timeout);
  }
  void rebuild() override {
    rebuild_ = true;
    wakeup_.notify();
  }
  std::uint64_t epoch() const override { return board_.epoch(); }

 private:
  /// One life of a consumer on a table: from where the table stands until a stop, an error, or a proof that it is
  /// wrong.
  struct Life {
    Table& table;
    kafka::Consumer consumer;
    TableFold fold;
    std::unique_ptr<kafka::EndWatcher> watcher;
    std::map<std::int32_t, std::int64_t> ends;  ///< where the end was met last, by partition
    std::size_t partitions = 0;
    bool dirty = false;
    Clock::time_point flushed = Clock::now();
    Clock::time_point looked_up = Clock::now();
  };

  Result<> run();
  Result<> live();
  Result<Life> begin(Table& table);
  Result<bool> check_identity(Table& table, const Topic& topic);
  Result<std::optional<TablePosition>> place(const kafka::Consumer& consumer, std::optional<TablePosition> stored,
                                             std::int32_t partition);
  Result<> step(Life& life);
  Result<> read(Life& life);
  void note_ends(Life& life);
  Result<> write(Life& life);
  Result<> flush(Life& life);
  Result<> look_for_changes(Life& life);
  void show(const Life& life);
  void warn_of_invalid(const Fates& fates);

  const ViewOptions options_;
  const std::uint64_t batch_bytes_;
  StatusBoard board_{"table"};
  kafka::Admin admin_;
  TableKeeper keeper_;
  Backoff backoff_{options_.retry};
  std::uint64_t invalid_ = 0;  ///< not spoken of yet
  std::optional<Clock::time_point> warned_;
  bool stepped_back_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> rebuild_{false};  ///< asked for, and not begun
  Wakeup wakeup_;
  GuardedThread thread_;
};

Result<> TableViewThread::start(std::function<void(const Error&)> failed) {
  auto table = keeper_.ready();
  if (!table &&
      (table.error().error_class == ErrorClass::refused || table.error().error_class == ErrorClass::invalid)) {
    return fail(table.error());
  }
  thread_ = GuardedThread("table", [this](const std::stop_token&) { return run(); }, std::move(failed));
  return {};
}

void TableViewThread::stop() {
  stopping_ = true;
  wakeup_.notify();
  thread_.stop();
}

/// Each life begins with the positions that are in the table, and with a consumer of its own.
Result<> TableViewThread::run() {
  board_.set_state(State::starting);
  while (!stopping_) {
    auto lived = live();
    if (lived || stopping_) continue;
    board_.add_retry(lived.error().error_class);
    board_.set_state(State::degraded, lived.error().text());
    if (lived.error().error_class == ErrorClass::bug) return lived;
    wakeup_.wait(backoff_.next());
  }
  board_.set_state(State::stopped);
  return {};
}

Result<> TableViewThread::live() {
  if (rebuild_.exchange(false)) keeper_.replace();
  auto table = keeper_.ready();
  if (!table) return fail(table.error());
  auto life = begin(**table);
  if (!life) return fail(life.error());
  if (life->partitions == 0) return {};  // proven wrong: set aside by the next ready()
  Result<> stepped;
  while (stepped && !stopping_) {
    if (life->table.damaged() || rebuild_) return {};
    stepped = step(*life);
  }
  if (!stepped) return stepped;
  return flush(*life);
}

/// No partitions in it: the table was proven wrong.
Result<TableViewThread::Life> TableViewThread::begin(Table& table) {
  auto topic = look_up(admin_, options_.topic);
  if (!topic) return fail(topic.error());
  auto consumer = kafka::Consumer::create(options_.connection, {.group_id = {},
                                                                .group_instance_id = {},
                                                                .session_timeout = options_.session_timeout,
                                                                .read_committed = true,
                                                                .queue_kib = queue_kib});
  if (!consumer) return fail(consumer.error());
  auto ours = check_identity(table, *topic);
  if (!ours) return fail(ours.error());
  auto stored = table.positions();
  if (!stored) return keeper_.failed(stored.error());
  if (*ours && !stored->empty() && stored->back().partition >= topic->partitions) {
    keeper_.prove_wrong(fmt::format("it has a position for {}[{}], but the topic has {} partitions: it was made anew",
                                    options_.topic, stored->back().partition, topic->partitions));
    *ours = false;
  }
  std::vector<TablePosition> positions;
  std::vector<kafka::PartitionOffset> offsets;
  std::vector<kafka::TopicPartition> all;
  for (std::int32_t p = 0; *ours && p < topic->partitions; ++p) {
    auto known = std::ranges::find(*stored, p, &TablePosition::partition);
    auto placed = place(*consumer, known == stored->end() ? std::nullopt : std::optional(*known), p);
    if (!placed) return fail(placed.error());
    if (!*placed) {
      *ours = false;
      break;
    }
    positions.push_back(**placed);
    all.push_back({options_.topic, p});
    offsets.push_back({all.back(), placed->value().next_offset, {}});
  }
  Life life{.table = table,
            .consumer = std::move(*consumer),
            .fold = {options_.key_format, positions},
            .watcher = {},
            .ends = {}};
  if (!*ours) return life;
  if (auto assigned = life.consumer.assign(offsets); !assigned) return fail(assigned.error());
  life.partitions = all.size();
  show(life);
  return life;
}

/// False: the table is of another topic or cluster.
Result<bool> TableViewThread::check_identity(Table& table, const Topic& topic) {
  auto identity = table.identity();
  if (!identity) return keeper_.failed(identity.error());
  if (!*identity) {
    if (auto set = table.set_identity({topic.cluster_id, options_.topic}); !set) return keeper_.failed(set.error());
    return true;
  }
  if ((*identity)->cluster_id == topic.cluster_id && (*identity)->topic == options_.topic) return true;
  keeper_.prove_wrong(fmt::format("it was built from topic {} of cluster {}, and this is topic {} of cluster {}",
                                  (*identity)->topic, (*identity)->cluster_id, options_.topic, topic.cluster_id));
  return false;
}

/// Where to read a partition from; nothing when the table is proven wrong.
Result<std::optional<TablePosition>> TableViewThread::place(const kafka::Consumer& consumer,
                                                            std::optional<TablePosition> stored,
                                                            std::int32_t partition) {
  const kafka::TopicPartition at{options_.topic, partition};
  auto marks = consumer.watermarks(at, Milliseconds{2'000});
  if (!marks) return fail(marks.error());
  const auto now = wall_clock_now();
  if (!stored) return TablePosition{partition, marks->low, now};
  const auto standing = stand(stored->next_offset, *marks);
  if (standing == Standing::beyond_end) {
    keeper_.prove_wrong(
        fmt::format("its position in {} is {}, but the topic ends at {}: it was made anew, or lost records", at.text(),
                    stored->next_offset, marks->high));
    return std::nullopt;
  }
  const auto away = std::chrono::duration_cast<Milliseconds>(now - stored->end_seen);
  if (marks->high > stored->next_offset && away > minute) {
    const auto retention = retention_of(admin_, options_.topic);
    if (retention.compacted && away > retention.tombstones) {
      keeper_.prove_wrong(fmt::format("it has not seen the end of {} for {}, longer than deletions are kept there ({})",
                                      at.text(), format_duration(away), format_duration(retention.tombstones)));
      return std::nullopt;
    }
  }
  if (standing == Standing::below_start) {
    spdlog::warn("table view: {} begins at {} now, {} was reached: what was between is gone, reading on from {}",
                 at.text(), marks->low, stored->next_offset, marks->low);
    stored->next_offset = marks->low;
  }
  return stored;
}

Result<> TableViewThread::step(Life& life) {
  heartbeat::beat("reading the topic");
  if (!life.watcher) {
    std::vector<kafka::TopicPartition> all;
    for (const auto& [partition, position] : life.fold.positions()) all.push_back({options_.topic, partition});
    life.watcher = std::make_unique<kafka::EndWatcher>(life.consumer, std::move(all));
  }
  if (auto watched = life.watcher->check(); !watched) return watched;
  [[maybe_unused]] const bool restoring = life.ends.size() < life.partitions;
  if (auto taken = read(life); !taken) return taken;
  if (restoring && life.fold.records() > 0) ORDERS_FAILPOINT("table.restore");
  life.watcher->took(life.fold.records(), life.fold.bytes());
  if (auto written = write(life); !written) return written;
  show(life);
  const auto now = Clock::now();
  const bool all_seen = life.ends.size() == life.partitions;
  if (all_seen && !stepped_back_) {
    // In a backlog the saga goes first; but a table that is not restored holds up queries and the outbox. The first
    // time only: it can't be taken back.
    step_back();
    stepped_back_ = true;
  }
  if (now - life.flushed > (life.dirty || !all_seen ? flush_interval : idle_flush_interval)) {
    if (auto flushed = flush(life); !flushed) return flushed;
  }
  return look_for_changes(life);
}

/// Takes what is there, up to a batch. The time limit keeps a batch small when records trickle in.
Result<> TableViewThread::read(Life& life) {
  const auto begun = Clock::now();
  auto limit = poll_time + batch_time;
  auto pause = Milliseconds{0};
  auto next = life.consumer.poll(poll_time);
  life.fold.follow(should_follow());
  std::size_t taken = 0;
  while (next && *next) {
    life.fold.add(input_of(**next));
    if (life.fold.records() >= batch_records || life.fold.bytes() >= batch_bytes_) return {};
    if (life.fold.records() == backlog_records) {
      limit = backlog_time;
      pause = batch_time;
      life.watcher->took(life.fold.records(), life.fold.bytes());
    }
    if (++taken % records_between_looks == 0 && Clock::now() - begun > limit) break;
    next = life.consumer.poll(pause);
  }
  if (!next) return fail(next.error());
  note_ends(life);
  return {};
}

void TableViewThread::note_ends(Life& life) {
  for (const auto& end : life.consumer.at_end()) {
    auto [known, first] = life.ends.try_emplace(end.at.partition, end.offset);
    if (!first && known->second == end.offset) continue;
    known->second = end.offset;
    life.fold.at_end(end.at.partition, end.offset, wall_clock_now());
  }
}

Result<> TableViewThread::write(Life& life) {
  auto& batch = life.fold.finish();
  if (batch.empty()) return {};
  ORDERS_FAILPOINT("table.write.before");
  auto table_written = life.table.write(batch);
  ORDERS_FAILPOINT_RESULT("table.write.after", table_written);
  if (!table_written) return keeper_.failed(table_written.error());
  for (const auto& [order, partition, offset, fate] : life.fold.followed()) {
    log_about(spdlog::level::debug,
              {.order = order, .topic = options_.topic, .partition = partition, .offset = offset},
              fmt::format("table view: {}", fate));
  }
  const auto fates = life.fold.written();
  life.dirty = life.dirty || fates.read > 0;
  board_.add(fates);
  warn_of_invalid(fates);
  backoff_.reset();
  return {};
}

/// At the end of a partition that means: as of now.
Result<> TableViewThread::flush(Life& life) {
  for (const auto& end : life.consumer.at_end()) life.fold.at_end(end.at.partition, end.offset, wall_clock_now());
  if (auto written = write(life); !written) return written;
  ORDERS_FAILPOINT("table.flush.before");
  if (auto flushed = life.table.store().flush(); !flushed) return keeper_.failed(flushed.error());
  ORDERS_FAILPOINT("table.flush.after");
  life.fold.release();
  life.dirty = false;
  life.flushed = Clock::now();
  return {};
}

/// More partitions than before: begin again, with all of them.
Result<> TableViewThread::look_for_changes(Life& life) {
  const auto now = Clock::now();
  if (now - life.looked_up < minute || life.watcher->error()) return {};
  life.looked_up = now;
  auto topic = look_up(admin_, options_.topic);
  if (!topic) return fail(topic.error());
  if (static_cast<std::size_t>(topic->partitions) == life.partitions) return {};
  return fail(ErrorClass::wait, fmt::format("topic {} had {} partitions and has {} now", options_.topic,
                                            life.partitions, topic->partitions));
}

void TableViewThread::show(const Life& life) {
  std::vector<ViewStatus::Partition> partitions;
  for (const auto& [partition, position] : life.fold.positions()) {
    auto end = life.watcher ? life.watcher->end({options_.topic, partition}) : -1;
    // The watcher asks now and then; what was read since is known as well.
    if (end >= 0) end = std::max(end, position.next_offset);
    partitions.push_back({partition, position.next_offset, end});
  }
  board_.set_partitions(std::move(partitions));
  auto error = life.watcher ? life.watcher->error() : std::nullopt;
  if (error) {
    board_.set_state(State::degraded, error->text());
  } else {
    board_.set_state(life.ends.size() == life.partitions ? State::current : State::catching_up);
  }
}

void TableViewThread::warn_of_invalid(const Fates& fates) {
  invalid_ += fates.invalid;
  const auto now = Clock::now();
  if (invalid_ == 0 || (warned_ && now - *warned_ < minute)) return;
  spdlog::warn("table view: {} records of {} left out: their keys are not order ids ({})", invalid_, options_.topic,
               options_.key_format == config::KeyFormat::int64 ? "int64" : "string");
  invalid_ = 0;
  warned_ = now;
}

}  // namespace

Result<std::unique_ptr<TableView>> TableView::start(const ViewOptions& options, const TableOptions& table,
                                                    std::function<void(const Error&)> failed) {
  auto admin = kafka::Admin::create(options.connection);
  if (!admin) return fail(admin.error());
  auto view = std::make_unique<TableViewThread>(options, table, std::move(*admin));
  if (auto started = view->start(std::move(failed)); !started) return fail(started.error());
  return std::unique_ptr<TableView>(std::move(view));
}

}  // namespace orders::view
