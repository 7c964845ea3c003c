#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "base/backoff.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/twin_rule.h"
#include "base/wakeup.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "kafka/end_watcher.h"
#include "view/database_batch.h"
#include "view/dead_letter_sink.h"
#include "view/log_position.h"
#include "view/status_board.h"
#include "view/view.h"

namespace orders::view {
namespace {

using Clock = std::chrono::steady_clock;
using State = ViewStatus::State;

constexpr std::size_t batch_records = 5'000;
constexpr std::size_t batch_bytes = 16ull << 20;
constexpr Milliseconds idle_time{100};  // also how long a stop may go unnoticed
constexpr Milliseconds ask_time{2'000};
/// Committed offsets only show the lag: no need to be newer than this.
constexpr Milliseconds commit_interval{1'000};
/// A gap is looked at again: somebody may have mended it.
constexpr Milliseconds gap_interval{30'000};
constexpr Milliseconds minute{60'000};
constexpr Milliseconds join_patience{15'000};
constexpr Milliseconds leave_time{1'000};
/// How long a stop lets the database finish before it interrupts it.
constexpr Milliseconds stop_patience{3'000};

class DatabaseViewThread final : public DatabaseView, private kafka::RebalanceListener {
 public:
  DatabaseViewThread(const ViewOptions& options, database::Database& database, kafka::Admin admin,
                     std::function<void(const Error&)> failed);
  ~DatabaseViewThread() override { stop(); }
  void start();
  void stop() override;
  ViewStatus status() const override { return board_.snapshot(); }

 private:
  /// A partition that the group gave us and that is being read.
  struct Owned {
    std::int32_t partition = 0;
    kafka::PartitionQueue queue;
    std::int64_t position = 0;  ///< in the database
    std::int64_t next = 0;      ///< read up to here
    bool end_seen = false;
  };

  // --- the group
  void run();
  void fenced_by_twin(Error error);
  Result<> join();
  Result<> be_member();
  void assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) override;
  Result<> look_for_changes();

  // --- where to read
  Result<> place();
  Result<std::int64_t> check_standing(const kafka::TopicPartition& at, std::optional<std::int64_t> stored);
  void tell_of_restored_database(const std::vector<database::Position>& stored);
  void forget();
  void lift();
  void trouble(const Error& error);

  // --- the work
  Result<> step();
  Result<> read();
  Result<> read_from(Owned& owned, std::size_t limit);
  Result<> apply();
  Result<> write_dead_letters(const database::Applied& applied);
  DeadLetterSink::Letter letter(std::size_t record, failure::Reason reason, std::string_view message) const;
  void applied(const database::Applied& applied, bool given_up);
  void refused(const Error& error);
  void commit_offsets(bool now);
  void show();

  const ViewOptions options_;
  const std::string group_id_ = options_.application_id + "-database";
  const failure::Origin origin_{options_.application_id, options_.instance_id, "database"};
  database::Database& database_;
  std::unique_ptr<database::Session> session_;
  StatusBoard board_{"database"};
  kafka::Admin admin_;
  DeadLetterSink sink_;
  const std::function<void(const Error&)> failed_;
  TwinRule twin_rule_;
  Backoff backoff_{options_.retry};
  Patience patience_{std::max(options_.retry_attempts, 1), batch_records};
  Wakeup wakeup_;  // before the consumer, which writes to it

  std::optional<kafka::Consumer> consumer_;
  bool member_ = false;                            ///< the group has said which partitions are ours
  std::vector<kafka::TopicPartition> assignment_;  ///< what it said
  bool placed_ = false;                            ///< we read them, from the database's positions
  std::vector<Owned> owned_;
  std::unique_ptr<kafka::EndWatcher> watcher_;
  std::size_t first_ = 0;  ///< of owned_ to be read from next, so that each has its turn
  bool troubled_ = false;  ///< the last try failed: degraded until something goes well again
  Clock::time_point retry_at_{};
  Clock::time_point looked_up_{};
  Clock::time_point committed_{};
  Clock::time_point last_record_{};
  bool commit_due_ = false;
  std::map<std::int32_t, std::int64_t> told_;  ///< positions of a restored database that were spoken of

  DatabaseBatch batch_{options_.key_format, options_.record_limit};
  std::vector<kafka::Record> records_;  ///< of the batch
  std::string last_refusal_;

  std::atomic<bool> stopping_{false};
  std::promise<void> ended_;
  std::thread thread_;
};

DatabaseViewThread::DatabaseViewThread(const ViewOptions& options, database::Database& database, kafka::Admin admin,
                                       std::function<void(const Error&)> failed)
    : options_(options),
      database_(database),
      session_(database.session()),
      admin_(std::move(admin)),
      sink_(options.connection, fmt::format("{}-database-{}", options.application_id, options.instance_id)),
      failed_(std::move(failed)) {}

void DatabaseViewThread::start() {
  thread_ = std::thread([this] {
    name_thread("database");
    run();
    ended_.set_value();
  });
}

void DatabaseViewThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wakeup_.notify();
  auto ended = ended_.get_future();
  auto patience = stop_patience;
  while (ended.wait_for(patience) != std::future_status::ready) {
    database_.interrupt();
    patience = Milliseconds{1'000};
  }
  thread_.join();
}

// --- the group

void DatabaseViewThread::run() {
  while (!stopping_) {
    auto membership = join().and_then([&] { return be_member(); });
    lift();
    // Else its partitions would be nobody's until the session has timed out.
    if (consumer_ && stopping_) consumer_->leave(leave_time);
    consumer_.reset();
    member_ = false;
    if (membership || stopping_) continue;
    const bool fenced = membership.error().error_class == ErrorClass::fenced;
    if (fenced && twin_rule_.is_twin(Clock::now())) return fenced_by_twin(std::move(membership.error()));
    board_.set_state(State::degraded, membership.error().text());
    // Fenced, it joins again at once: what the database did may have stretched the backoff beyond the rule's minute.
    if (!fenced) wakeup_.wait(backoff_.next());
  }
  board_.set_state(State::stopped);
}

void DatabaseViewThread::fenced_by_twin(Error error) {
  error.hint = "another ordersd runs with our instance_id: give each its own";
  board_.set_state(State::stopped, error.text(), ErrorClass::fenced);
  failed_(error);
}

Result<> DatabaseViewThread::join() {
  // A group waits for a topic that is not there, and for a broker that is away, without a word.
  if (auto topic = look_up(admin_, options_.topic); !topic) return fail(topic.error());
  auto consumer = kafka::Consumer::create(options_.connection, {.group_id = group_id_,
                                                                .group_instance_id = options_.instance_id + "-database",
                                                                .session_timeout = options_.session_timeout,
                                                                .read_committed = true});
  if (!consumer) return fail(consumer.error());
  consumer_ = std::move(*consumer);
  consumer_->notify(wakeup_);
  looked_up_ = Clock::now();
  return consumer_->subscribe({options_.topic}, *this);
}

Result<> DatabaseViewThread::be_member() {
  while (!stopping_) {
    if (auto served = consumer_->poll_group(Milliseconds{0}); !served) return served;
    if (!member_ && Clock::now() - looked_up_ > join_patience) {
      board_.set_state(State::degraded, fmt::format("group {} has not taken us in yet", group_id_));
    }
    Result<> done;
    if (member_ && !placed_ && Clock::now() >= retry_at_) done = place();
    if (done && placed_) done = step();
    if (!done) trouble(done.error());
    if (!done || records_.empty()) wakeup_.wait(idle_time);
    if (auto same = look_for_changes(); !same) return same;
  }
  if (!watcher_ || !watcher_->error()) commit_offsets(true);
  return {};
}

void DatabaseViewThread::assigned(const std::vector<kafka::TopicPartition>& partitions) {
  lift();
  member_ = true;
  assignment_ = partitions;
  retry_at_ = {};
  std::string list;
  for (const auto& at : partitions) list += (list.empty() ? "" : ", ") + std::to_string(at.partition);
  spdlog::info("database view: group {} gives us {} partitions of {} ({})", group_id_, partitions.size(),
               options_.topic, list);
}

/// Only called between batches: nothing is under way.
void DatabaseViewThread::revoked(const std::vector<kafka::TopicPartition>&, bool lost) {
  ORDERS_FAILPOINT("database.revoked");
  if (!lost) commit_offsets(true);
  forget();
  assignment_.clear();
  member_ = false;
  looked_up_ = Clock::now();
}

/// The group does not say that the topic has gone.
Result<> DatabaseViewThread::look_for_changes() {
  if (!member_ || Clock::now() - looked_up_ < minute || (watcher_ && watcher_->error())) return {};
  looked_up_ = Clock::now();
  auto topic = look_up(admin_, options_.topic);
  if (!topic) return fail(topic.error());
  return {};
}

// --- where to read

/// Reads on where the database stands (not where the group does).
Result<> DatabaseViewThread::place() {
  if (auto schema = database::require_schema(database_); !schema) return schema;
  auto stored = session_->positions();
  if (!stored) return fail(stored.error());
  tell_of_restored_database(*stored);
  std::vector<kafka::PartitionOffset> offsets;
  std::vector<std::int64_t> positions;
  for (const auto& at : assignment_) {
    auto known = std::ranges::find(*stored, at.partition, &database::Position::partition);
    const auto position = known == stored->end() ? std::nullopt : std::optional(known->next_offset);
    auto start = check_standing(at, position);
    if (!start) return fail(start.error());
    positions.push_back(position.value_or(0));
    offsets.push_back({at, *start, {}});
  }
  auto queues = consumer_->assign_with_queues(offsets);
  if (!queues) return fail(queues.error());
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    owned_.push_back({assignment_[i].partition, std::move((*queues)[i]), positions[i], offsets[i].offset, false});
  }
  ORDERS_FAILPOINT("database.assigned");
  watcher_ = std::make_unique<kafka::EndWatcher>(*consumer_, assignment_);
  placed_ = true;
  show();
  return {};
}

/// Where to start reading; `gap` when what comes next in the database is not in the topic.
Result<std::int64_t> DatabaseViewThread::check_standing(const kafka::TopicPartition& at,
                                                        std::optional<std::int64_t> stored) {
  auto marks = consumer_->watermarks(at, ask_time);
  if (!marks) return fail(marks.error());
  if (!stored) return marks->low;
  const auto standing = stand(*stored, *marks);
  if (standing == Standing::beyond_end) {
    return fail(ErrorClass::gap,
                fmt::format("the database's position in {} is {}, but the topic ends at {}: it was made anew, or the "
                            "database belongs to another cluster",
                            at.text(), *stored, marks->high),
                "see 'recover' in the operators' manual before moving the position");
  }
  if (standing == Standing::within) return *stored;
  const auto retention = retention_of(admin_, at.topic);
  const auto lost = fmt::format("{} begins at {}, and the database's position is {}", at.text(), marks->low, *stored);
  if (retention.known && !retention.compacted) {
    return fail(ErrorClass::gap, lost + ": the records between are gone",
                "restore a newer backup, or move the position if they are not needed");
  }
  spdlog::warn("database view: {}; reading on from there", lost);
  return marks->low;
}

void DatabaseViewThread::tell_of_restored_database(const std::vector<database::Position>& stored) {
  auto committed = consumer_->committed(assignment_, ask_time);
  if (!committed) {
    spdlog::debug("database view: {}", committed.error().text());
    return;
  }
  for (const auto& offset : *committed) {
    auto known = std::ranges::find(stored, offset.at.partition, &database::Position::partition);
    const auto position = known == stored.end() ? 0 : known->next_offset;
    auto [told, first] = told_.try_emplace(offset.at.partition, -1);
    if (offset.offset <= position || told->second == position) continue;
    told->second = position;
    spdlog::warn(
        "database view: the database stands at {} in {}, and had been at {}: it was restored from a backup; "
        "catching up from {} to {}",
        position, offset.at.text(), offset.offset, position, offset.offset);
  }
}

void DatabaseViewThread::forget() {
  watcher_.reset();
  owned_.clear();
  records_.clear();
  batch_.clear();
  placed_ = false;
}

/// Stops reading; the partitions stay ours.
void DatabaseViewThread::lift() {
  forget();
  if (!consumer_) return;
  if (auto none = consumer_->assign({}); !none) spdlog::debug("database view: {}", none.error().text());
}

/// After any error the database is asked for its positions again. Meanwhile the group is served, and nothing is read.
void DatabaseViewThread::trouble(const Error& error) {
  lift();
  troubled_ = true;
  const bool gap = error.error_class == ErrorClass::gap;
  retry_at_ = Clock::now() + (gap ? gap_interval : backoff_.next());
  board_.set_state(gap ? State::stopped : State::degraded, error.text(),
                   gap ? std::optional(ErrorClass::gap) : std::nullopt);
}

// --- the work

Result<> DatabaseViewThread::step() {
  if (auto taken = read(); !taken) return taken;
  const bool moved = std::ranges::any_of(owned_, [](const Owned& owned) { return owned.next > owned.position; });
  // The end of a partition lies behind its last record when that was written in a transaction. Not worth a transaction
  // of the database each time, but once things are quiet the lag goes to zero.
  const bool quiet = Clock::now() - last_record_ > commit_interval;
  if (!records_.empty() || (moved && quiet)) {
    if (auto done = apply(); !done) return done;
  }
  commit_offsets(false);
  show();
  return {};
}

/// Takes what is there, up to a batch.
Result<> DatabaseViewThread::read() {
  batch_.clear();
  records_.clear();
  const auto limit = patience_.batch_limit();
  if (limit > 1) ++first_;  // one by one: the same record again until it is settled
  for (std::size_t i = 0; i < owned_.size() && records_.size() < limit; ++i) {
    if (auto taken = read_from(owned_[(first_ + i) % owned_.size()], limit); !taken) return taken;
  }
  if (!records_.empty()) last_record_ = Clock::now();
  if (watcher_) watcher_->took(records_.size(), batch_.bytes(), records_.size() >= limit);
  return {};
}

Result<> DatabaseViewThread::read_from(Owned& owned, std::size_t limit) {
  while (records_.size() < limit && batch_.bytes() < batch_bytes) {
    auto next = owned.queue.next();
    if (!next) {
      // Out of range while reading: where it may go on is found by asking for the ends again.
      auto error = std::move(next.error());
      if (error.error_class == ErrorClass::gap) error.error_class = ErrorClass::wait;
      return fail(std::move(error));
    }
    using Kind = kafka::PartitionQueue::Kind;
    if (next->kind == Kind::empty) return {};
    if (next->kind == Kind::end_of_partition) {
      owned.next = std::max(owned.next, next->offset);
      owned.end_seen = true;
      continue;
    }
    if (next->record.offset() < owned.next) continue;
    owned.next = next->record.offset() + 1;
    batch_.add(input_of(next->record));
    records_.push_back(std::move(next->record));
  }
  return {};
}

Result<> DatabaseViewThread::apply() {
  database::Batch request;
  for (const auto& owned : owned_) {
    if (owned.next > owned.position) request.moves.push_back({owned.partition, owned.position, owned.next});
  }
  const bool given_up =
      records_.size() == 1 && patience_.given_up(records_.front().partition(), records_.front().offset());
  if (!given_up) request.changes = std::move(batch_.changes());
  request.before_commit = [&](const database::Applied& applied) -> Result<> {
    if (!given_up) return write_dead_letters(applied);
    return sink_.send({letter(0, failure::Reason::database_refused, last_refusal_)});
  };
  ORDERS_FAILPOINT("database.apply.before");
  auto done = session_->apply(request);
  ORDERS_FAILPOINT_RESULT("database.apply.after", done);
  if (!done) {
    refused(done.error());
    return fail(done.error());
  }
  applied(*done, given_up);
  return {};
}

Result<> DatabaseViewThread::write_dead_letters(const database::Applied& applied) {
  std::vector<DeadLetterSink::Letter> letters;
  for (const auto& invalid : batch_.invalid())
    letters.push_back(letter(invalid.record, invalid.reason, invalid.message));
  for (const auto& [change, message] : applied.refused) {
    letters.push_back(letter(batch_.record_of(change), failure::Reason::database_refused, message));
  }
  if (options_.missing_order != config::MissingOrder::ignore) {
    for (const auto change : applied.missing) {
      letters.push_back(letter(batch_.record_of(change), failure::Reason::missing_order,
                               "a result of an order that is not in the database"));
    }
  }
  return sink_.send(std::move(letters));
}

DeadLetterSink::Letter DatabaseViewThread::letter(std::size_t number, failure::Reason reason,
                                                  std::string_view message) const {
  const auto& record = records_[number];
  failure::Rejected rejected{.topic = record.topic(),
                             .partition = record.partition(),
                             .offset = record.offset(),
                             .timestamp = record.timestamp(),
                             .timestamp_type = record.timestamp_type(),
                             .key = record.key(),
                             .value = record.value(),
                             .headers = record.copy_headers()};
  return {
      failure::dead_letter(options_.dead_letter_topic, std::move(rejected), reason, message, origin_, wall_clock_now()),
      record.partition(), record.offset()};
}

void DatabaseViewThread::applied(const database::Applied& applied, bool given_up) {
  Fates fates;
  fates.read = records_.size();
  if (given_up) {
    fates.failed = 1;
  } else {
    fates.applied = applied.applied;
    fates.superseded = applied.superseded;
    fates.tombstone = batch_.tombstones();
    fates.missing = applied.missing.size();
    fates.invalid = batch_.invalid().size();
    fates.failed = applied.refused.size();
  }
  fates.letters_dropped = sink_.settled();
  board_.add(fates);
  for (auto& owned : owned_) owned.position = owned.next;
  patience_.applied(records_.size());
  backoff_.reset();
  troubled_ = false;
  commit_due_ = true;
}

/// Whether the batch is to blame for an `abort` shows in the positions: had they been other than expected, another
/// writer (or an unknown outcome that was a success) is the reason.
void DatabaseViewThread::refused(const Error& error) {
  if (error.error_class != ErrorClass::abort || records_.empty()) return;
  auto stored = session_->positions();
  if (!stored) return;
  for (const auto& owned : owned_) {
    auto known = std::ranges::find(*stored, owned.partition, &database::Position::partition);
    if ((known == stored->end() ? 0 : known->next_offset) != owned.position) {
      patience_.forgive();
      return;
    }
  }
  last_refusal_ = error.message;
  patience_.refused(records_.size(), records_.front().partition(), records_.front().offset());
}

void DatabaseViewThread::commit_offsets(bool now) {
  if (!commit_due_ || !consumer_ || owned_.empty() || (!now && Clock::now() - committed_ < commit_interval)) return;
  ORDERS_FAILPOINT("database.offsets.before");
  std::vector<kafka::PartitionOffset> offsets;
  for (const auto& owned : owned_) offsets.push_back({{options_.topic, owned.partition}, owned.position, {}});
  if (auto sent = consumer_->commit_async(offsets); !sent) spdlog::debug("database view: {}", sent.error().text());
  commit_due_ = false;
  committed_ = Clock::now();
}

void DatabaseViewThread::show() {
  std::vector<ViewStatus::Partition> partitions;
  bool all_seen = true;
  for (const auto& owned : owned_) {
    auto end = watcher_->end({options_.topic, owned.partition});
    if (end >= 0) end = std::max(end, owned.next);
    // Between the last record and an end that was met there is nothing to be applied.
    const bool at_end = owned.end_seen && records_.empty();
    partitions.push_back({owned.partition, at_end ? owned.next : owned.position, end});
    all_seen = all_seen && owned.end_seen;
  }
  board_.set_partitions(std::move(partitions));
  if (auto error = watcher_->error()) {
    board_.set_state(State::degraded, error->text());
  } else if (all_seen || !troubled_) {
    troubled_ = false;
    board_.set_state(all_seen ? State::current : State::catching_up);
  }
}

}  // namespace

Result<std::unique_ptr<DatabaseView>> DatabaseView::start(const ViewOptions& options, database::Database& database,
                                                          std::function<void(const Error&)> failed) {
  auto admin = kafka::Admin::create(options.connection);
  if (!admin) return fail(admin.error());
  auto view = std::make_unique<DatabaseViewThread>(options, database, std::move(*admin), std::move(failed));
  view->start();
  return std::unique_ptr<DatabaseView>(std::move(view));
}

}  // namespace orders::view
