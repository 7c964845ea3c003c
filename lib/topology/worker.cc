#include "topology/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/failpoint.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "rocks/folder.h"
#include "topology/running_task.h"

namespace orders::topology {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::duration_cast;

constexpr std::array both_sides{Side::payment, Side::stock};
constexpr std::size_t records_per_turn = 500;   ///< of one task, before the others have theirs
constexpr std::size_t backlog_records = 1'000;  ///< read since the end was seen: the side has a backlog again
constexpr std::size_t most_output_bytes = 8u << 20;
constexpr Milliseconds idle_wait{100};
constexpr Milliseconds gathering_wait{5};  ///< nobody tells when that is over
constexpr Milliseconds longest_disk_wait{2'000};  ///< that looks at a folder and asks no other machine

/// A commit may take its whole time, and another call before it.
Milliseconds poll_timeout(const WorkerOptions& options) {
  return std::max(kafka::ConsumerOptions{}.poll_timeout, 3 * options.transaction_timeout);
}

/// Whatever it is, the partitions can be had from the log.
Error buffer_error(const Error& error) {
  return {ErrorClass::wait, "the join's buffer: " + error.message, error.hint};
}

}  // namespace

Worker::Worker(WorkerOptions options)
    : options_(std::move(options)),
      unit_({.connection = options_.connection,
             .transactional_id = options_.group_id + "-" + options_.name,
             .transaction_timeout = options_.transaction_timeout,
             .results_topic = options_.task.topics.orders,
             .dead_letter_topic = options_.task.topics.dead_letter,
             .stock_topic = options_.task.topics.stock,
             .origin = options_.task.origin,
             .key_format = options_.task.settings.key_format}) {
  status_.name = options_.name;
}

Worker::~Worker() = default;

Result<> Worker::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { wakeup_.notify(); });
  while (!stop.stop_requested()) {
    inbox_.serve([this](const WaitingQuery& query) { return waiting_page(query); });
    if (auto done = run_once(); !done) {
      if (auto handled = handle(done.error()); !handled) return handled;
    }
    publish(false);
  }
  finish();
  return {};
}

/// Serve the group; process what is there; send it; commit when it is time; else wait for something to happen.
Result<> Worker::run_once() {
  heartbeat::beat("joining");
  if (SteadyClock::now() < retry_at_) {
    if (consumer_) {
      if (auto served = consumer_->poll_group(Milliseconds{20}); !served) return served;
    } else {
      wakeup_.wait(Milliseconds{20});
    }
    return {};
  }
  if (auto connected = connect(); !connected) return connected;
  if (auto watched = ends_ ? ends_->check() : Result<>{}; !watched) return watched;
  if (auto served = consumer_->poll_group(Milliseconds{0}); !served) return served;
  if (rebalance_error_) {
    const auto error = *std::exchange(rebalance_error_, std::nullopt);
    reset_consumer();
    return fail(error);
  }
  if (options_.gathering != nullptr && *options_.gathering) {
    wakeup_.wait(gathering_wait);
    return {};
  }
  const auto processed = process_available();
  if (!processed) return fail(processed.error());
  if (auto sent = unit_.send(); !sent) return sent;
  if (ends_) ends_->took(*processed, turn_bytes_);
  if (commit_due(*processed == 0)) return commit(options_.transaction_timeout);
  if (tasks_.empty()) forget_trouble();
  retry_disk();
  if (*processed == 0) wait();
  return {};
}

Result<> Worker::connect() {
  if (disk_failed_) {
    // Not before: it would hold partitions that another instance, with a disk to write on, could take over.
    const auto& folder = options_.task.buffer.folder;
    auto writable = rocks::create_folders(folder).and_then([&] { return rocks::check_writable(folder); });
    if (!writable) return fail(buffer_error(writable.error()));
    disk_failed_ = false;
  }
  if (!consumer_) {
    auto consumer = kafka::Consumer::create(options_.connection, {.group_id = options_.group_id,
                                                                  .group_instance_id = options_.name,
                                                                  .session_timeout = options_.session_timeout,
                                                                  .poll_timeout = poll_timeout(options_)});
    if (!consumer) return fail(consumer.error());
    consumer_ = *std::move(consumer);
    consumer_->notify(wakeup_);
  }
  auto ready = unit_.ready(*consumer_);
  if (!ready) return fail(ready.error());
  if (ready->settled) mark_committed();
  if (!subscribed_) {
    // Only now: what an earlier process left open is settled, so that the committed offsets can be read.
    set_state(WorkerStatus::State::rebalancing);
    const auto& topics = options_.task.topics;
    if (auto subscribed = consumer_->subscribe({topics.payments, topics.stock}, *this); !subscribed) return subscribed;
    subscribed_ = true;
    trouble_.clear();
  }
  return {};
}

// --- processing

Result<std::size_t> Worker::process_available() {
  std::size_t processed = 0;
  turn_bytes_ = 0;
  auto at = tasks_.upper_bound(first_task_);
  for (std::size_t turns = tasks_.size(); turns > 0; --turns, ++at) {
    if (at == tasks_.end()) at = tasks_.begin();
    auto& [partition, running] = *at;
    if (turns == tasks_.size()) first_task_ = partition;  // what fills the unit of work has others before it next time
    auto some = process_some(*running);
    if (const auto* disk = running->task.trouble()) {
      // What it did since its last commit is void. It comes back from what is on disk and in the log.
      const auto error = *disk;
      disk_failed_ = true;
      reset_consumer();
      return fail(buffer_error(error));
    }
    if (!some && some.error().error_class == ErrorClass::gap) {
      // What it has done so far is whole: its outputs go with its offsets.
      if (auto committed = dirty_ ? commit(options_.transaction_timeout) : Result<>{}; !committed)
        return fail(committed.error());
      stop_task(partition, some.error().text());
      break;  // tasks_ has changed
    }
    if (!some) return some;
    processed += *some;
  }
  return processed;
}

Result<std::size_t> Worker::process_some(Running& running) {
  auto& task = running.task;
  std::size_t processed = 0;
  running.full = is_full(running);
  task.follow(should_follow());
  while (processed < records_per_turn && unit_.outputs().bytes < most_output_bytes && !task.wants_commit()) {
    for (const Side side : both_sides) {
      if (auto filled = fill(running, side); !filled) return fail(filled.error());
    }
    if (task.rebuilding() && task.held(Side::payment) && task.held(Side::stock)) {
      if (auto finished = task.finish_phase(); !finished) return fail(finished.error());
      if (!task.rebuilding()) {
        ORDERS_FAILPOINT("worker.rebuilt");
        spdlog::info("{}: partition {}: rebuilt, {} records wait for a partner", options_.name, task.partition(),
                     task.fates().carried);
        mark_dirty();
      }
      continue;
    }
    const auto side = choose(running);
    if (!side) break;
    const kafka::Record record = std::move(running.lane(*side).head);
    task.process(*side,
                 {.offset = record.offset(),
                  .timestamp = record.timestamp(),
                  .timestamp_type = record.timestamp_type(),
                  .key = record.key(),
                  .value = record.value(),
                  .headers = SourceHeaders(record)},
                 unit_.outputs());
    ++processed;
    turn_bytes_ += record.value().value_or("").size();
    if (task.rebuilding()) ORDERS_FAILPOINT("worker.rebuild");
    if (!task.rebuilding()) mark_dirty();
  }
  return processed;
}

/// Sees to it that the side's next record, if there is one, stands at the lane's head.
Result<bool> Worker::fill(Running& running, Side side) {
  auto& lane = running.lane(side);
  while (!lane.head) {
    if (lane.failed) return fail(*lane.failed);
    auto next = lane.queue->next();
    if (!next) {
      if (next.error().error_class == ErrorClass::gap) lane.failed = next.error();
      return fail(next.error());
    }
    if (next->kind == kafka::PartitionQueue::Kind::empty) return false;
    if (next->kind == kafka::PartitionQueue::Kind::end_of_partition) {
      lane.end_known = true;
      lane.end = next->offset;
      lane.since_end = 0;
      const auto before = running.task.next_offset(side);
      running.task.skip_to(side, next->offset);
      // Control records alone: committed as well, for other tools take what is not committed for a lag.
      if (running.task.next_offset(side) != before && !running.task.rebuilding()) mark_dirty();
      continue;
    }
    if (++lane.since_end > backlog_records) lane.end_known = false;
    lane.head = std::move(next->record);
    running.task.expect(lane.queue->coming_key());
    running.task.skip_to(side, lane.head.offset());
  }
  return true;
}

/// The side to go on with: the older head; of two of one time the stock record, which is kept anyway: a payment is kept
/// only if it has to wait. A side without one is waited for until its end is known; that only keeps the buffer
/// small. With a full buffer the side that is ahead is not read, unless more of the other one waits for it.
std::optional<Side> Worker::choose(Running& running) const {
  auto& task = running.task;
  const auto usable = [&](Side side) { return running.lane(side).head && !task.held(side); };
  if (usable(Side::payment) && usable(Side::stock)) {
    const bool payment_first =
        running.lane(Side::payment).head.timestamp() < running.lane(Side::stock).head.timestamp();
    return payment_first ? Side::payment : Side::stock;
  }
  for (const Side side : both_sides) {
    if (!usable(side)) continue;
    const Side silent = join::other(side);
    if (!task.held(silent) && !running.lane(silent).end_known) return std::nullopt;
    const bool ahead = task.stream_time(side) > task.stream_time(silent);
    const bool awaited = task.waiting(side) < task.waiting(silent);  // it lets go of more than it brings
    if (running.full && ahead && !awaited && !task.rebuilding()) return std::nullopt;
    return side;
  }
  return std::nullopt;
}

/// Each task has an equal share of the memory.
bool Worker::is_full(Running& running) const {
  if (running.task.on_disk()) return false;  // it lets go of memory with every commit
  return running.task.buffer_bytes() > options_.buffer_memory / tasks_.size();
}

// --- commits

/// Never sooner after the last commit than this; it widens when commits take long.
Milliseconds Worker::commit_pause() const {
  return std::max(options_.stream.commit_min_interval, duration_cast<Milliseconds>(commit_takes_));
}

bool Worker::commit_due(bool drained) const {
  const bool outputs = !unit_.outputs().records.empty();
  if (!dirty_ && !outputs) return false;
  if (std::ranges::any_of(tasks_, [](const auto& task) { return task.second->task.wants_commit(); })) return true;
  const auto now = SteadyClock::now();
  if (unit_.outputs().bytes >= most_output_bytes || now - dirty_since_ >= options_.stream.commit_interval) return true;
  return outputs && drained && options_.stream.commit == config::CommitMode::adaptive &&
         now - last_commit_ >= commit_pause();
}

void Worker::mark_dirty() {
  if (dirty_) return;
  dirty_ = true;
  dirty_since_ = SteadyClock::now();
}

Result<> Worker::commit(Milliseconds timeout) {
  std::vector<kafka::PartitionOffset> positions;
  for (auto& [partition, running] : tasks_) {
    if (running->task.rebuilding()) continue;
    running->last_committed = running->task.positions();
    positions.insert(positions.end(), running->last_committed.begin(), running->last_committed.end());
  }
  if (positions.empty()) return {};
  const auto begun = SteadyClock::now();
  if (auto committed = unit_.commit(positions, *consumer_, timeout); !committed) return committed;
  // Smoothed: after a single slow one the next need not be late, too.
  commit_takes_ += (SteadyClock::now() - begun - commit_takes_) / 8;
  mark_committed();
  return {};
}

void Worker::mark_committed() {
  last_commit_ = SteadyClock::now();
  published_ = {};  // what was committed is shown at once
  dirty_ = false;
  for (auto& [partition, running] : tasks_) running->task.committed();
  mark_run();
  forget_trouble();
  {
    const std::lock_guard lock(mutex_);
    ++status_.commits;
    status_.last_commit = wall_clock_now();
  }
}

/// After a commit; or when what could not be committed is another worker's, and there is nothing left to commit.
void Worker::forget_trouble() {
  backoff_.reset();
  trouble_.clear();
}

void Worker::mark_run() {
  if (options_.connection.embedded) return;  // that broker keeps no offsets of a transaction: none are ever missed
  std::vector<std::int32_t> committed;
  for (const auto& [partition, running] : tasks_) {
    if (!running->task.rebuilding()) committed.push_back(partition);
  }
  options_.marker->add(committed, options_.partitions);
}

/// What could not be written is tried again although nothing is read (the side that is ahead, with a full buffer). A
/// buffer is moved by a commit.
void Worker::retry_disk() {
  options_.marker->retry();
  if (std::ranges::any_of(tasks_, [](const auto& task) { return task.second->task.retries_take_over(); })) mark_dirty();
}

void Worker::wait() {
  const auto now = SteadyClock::now();
  auto pause = idle_wait;
  if (dirty_ || !unit_.outputs().records.empty()) {
    auto due = dirty_since_ + options_.stream.commit_interval;
    if (!unit_.outputs().records.empty() && options_.stream.commit == config::CommitMode::adaptive)
      due = std::min(due, last_commit_ + commit_pause());
    pause = std::clamp(duration_cast<Milliseconds>(due - now) + Milliseconds{1}, Milliseconds{1}, idle_wait);
  }
  wakeup_.wait(pause);
}

// --- trouble, and the end

/// What to do next, by the error's class. Returns an error only if the worker can't go on at all.
Result<> Worker::handle(const Error& error) {
  const auto fatal = consumer_ ? consumer_->fatal_error() : std::nullopt;
  if (fatal && fatal->error_class == ErrorClass::fenced && !twin_.is_twin(SteadyClock::now())) {
    spdlog::warn("{}: {}; joining again", options_.name, fatal->text());
    retries_.add(fatal->error_class);
    note_error(*fatal);
    reset_consumer();
    retry_at_ = SteadyClock::now() + backoff_.next();
    return {};
  }
  retries_.add(error.error_class);
  if (error.error_class != ErrorClass::record) note_error(error);
  switch (error.error_class) {
    case ErrorClass::fenced:
    case ErrorClass::invalid:
    case ErrorClass::refused:
    case ErrorClass::bug:
      set_state(WorkerStatus::State::stopped, error.text());
      if (fatal && fatal->error_class == ErrorClass::fenced) {
        return fail(ErrorClass::fenced, fatal->message, "another ordersd runs with our instance_id: give each its own");
      }
      return fail(error);
    case ErrorClass::record:  // the broker refused an output: the next try is another one, and need not wait
      spdlog::debug("{}: {}", options_.name, error.text());
      return {};
    default:
      break;
  }
  if (fatal) reset_consumer();
  const auto pause = std::min(backoff_.next(), disk_failed_ ? longest_disk_wait : longest_wait);
  retry_at_ = SteadyClock::now() + pause;
  // The first failure of a kind that is expected now and then is no change of state yet.
  if (backoff_.attempts() > 1 || is_waited_for(error.error_class)) trouble_ = error.text();
  spdlog::debug("{}: {}: {}; next try in {} ms", options_.name, to_string(error.error_class), error.text(),
                pause.count());
  return {};
}

Fates Worker::give_up() {
  for (auto& [partition, running] : tasks_) running->task.abandon_buffer();  // who knows what state it is in
  give_up_tasks();
  for (auto& [partition, parked] : parked_) {
    if (parked.running) past_ += parked.running->task.given_up();
  }
  parked_.clear();
  auto fates = past_;
  return fates += unit_.fates();
}

/// Begins anew with a new client, as the same static member.
void Worker::reset_consumer() {
  unit_.abandon();
  give_up_tasks();
  consumer_.reset();
  subscribed_ = false;
  set_state(WorkerStatus::State::starting);
}

void Worker::finish() {
  if (dirty_ && consumer_ && SteadyClock::now() >= retry_at_) {
    if (auto committed = commit(Milliseconds{4'000}); !committed) {
      spdlog::warn("{}: the last unit of work was not committed and will be done again by the next start: {}",
                   options_.name, committed.error().text());
    }
  }
  unit_.abandon();
  give_up_tasks();  // before leaving: what is not committed must not be, once its outputs are forgotten
  if (consumer_) consumer_->leave(Milliseconds{3'000});
  consumer_.reset();
  set_state(WorkerStatus::State::stopped);
  publish(true);
}

}  // namespace orders::topology
