// The database view's work: read a batch, apply it, show how far it has come.
#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"
#include "view/database_view_thread.h"

namespace orders::view {
namespace {

constexpr std::size_t batch_bytes = 16ull << 20;
/// Committed offsets only show the lag: no need to be newer than this.
constexpr Milliseconds commit_interval{1'000};

}  // namespace

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
  ++first_;
  for (std::size_t i = 0; i < owned_.size() && records_.size() < limit_; ++i) {
    if (auto taken = read_from(owned_[(first_ + i) % owned_.size()]); !taken) return taken;
  }
  if (!records_.empty()) last_record_ = Clock::now();
  watcher_->took(records_.size(), batch_.bytes(), records_.size() >= limit_);
  return {};
}

Result<> DatabaseViewThread::read_from(Owned& owned) {
  while (records_.size() < limit_ && batch_.bytes() < batch_bytes) {
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

/// No failure of the batch counts against its records: locks, timeouts, lost connections and moved positions pass.
Result<> DatabaseViewThread::apply() {
  database::Batch request;
  for (const auto& owned : owned_) {
    if (owned.next > owned.position) request.moves.push_back({owned.partition, owned.position, owned.next});
  }
  request.changes = std::move(batch_.changes());
  bool written = false;
  Clock::time_point begun;
  request.before_commit = [&](const database::Applied& applied) -> Result<> {
    written = true;
    asked_ = never;
    if (auto ready = before_commit(applied); !ready) return ready;
    sent_ = Sent{request.moves, fates_of(applied), begun, letters_of(applied)};
    asked_ = Clock::now();
    return {};
  };
  ORDERS_FAILPOINT("database.apply.before");
  begun = Clock::now();
  asked_ = begun;
  auto done = session_->apply(request);
  asked_ = never;
  ORDERS_FAILPOINT_RESULT("database.apply.after", done);
  if (!done) {
    // A slow database, or a lock on one of the rows, lets fewer through.
    if (!written) limit_ = std::max<std::size_t>(std::min(limit_, records_.size()) / 2, 1);
    return fail(done.error());
  }
  if (should_follow()) tell(*done, request.changes);
  applied();
  for (auto& owned : owned_) owned.position = owned.next;
  limit_ = std::min(limit_ + limit_ / 4 + 1, batch_records);
  troubled_ = false;
  return {};
}

Result<> DatabaseViewThread::before_commit(const database::Applied& applied) {
  if (auto certain = doubt(applied); !certain) return certain;
  return write_dead_letters(applied);
}

/// A refusal that may pass is not believed at once; and not at all while the database takes nothing beside it, since
/// then the rule may well be against every row. The next batch must have others in it.
Result<> DatabaseViewThread::doubt(const database::Applied& applied) {
  const bool others_taken = applied.applied > 0;
  const database::Refusal* doubted = nullptr;
  for (const auto& refusal : applied.refused) {
    if (!refusal.may_pass) continue;
    const auto& record = records_[batch_.record_of(refusal.change)];
    if (!others_taken || !patience_.refused(record.partition(), record.offset())) doubted = &refusal;
  }
  if (doubted == nullptr) return {};
  limit_ = others_taken ? records_.size() : batch_records;
  const auto& record = records_[batch_.record_of(doubted->change)];
  return fail(others_taken ? ErrorClass::record : ErrorClass::wait,
              fmt::format("the row of {}[{}]@{} is refused: {}", record.topic(), record.partition(), record.offset(),
                          doubted->message),
              others_taken ? "" : "it becomes a dead letter once the database takes other rows and not this one");
}

Result<> DatabaseViewThread::write_dead_letters(const database::Applied& applied) {
  std::vector<DeadLetterSink::Letter> letters;
  for (const auto& invalid : batch_.invalid())
    letters.push_back(letter(invalid.record, invalid.reason, invalid.message));
  for (const auto& refusal : applied.refused) {
    letters.push_back(
        letter(batch_.record_of(refusal.change), failure::Reason::database_refused, refusal.message));
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

Fates DatabaseViewThread::fates_of(const database::Applied& applied) const {
  Fates fates;
  fates.read = records_.size();
  fates.applied = applied.applied;
  fates.superseded = applied.superseded;
  fates.tombstone = batch_.tombstones();
  fates.missing = applied.missing.size();
  fates.invalid = batch_.invalid().size();
  fates.failed = applied.refused.size();
  return fates;
}

/// For who follows single orders.
void DatabaseViewThread::tell(const database::Applied& applied, const std::vector<database::Change>& changes) const {
  // Of those that were superseded only the number is known.
  std::vector<std::string_view> fates(changes.size(), applied.superseded == 0 ? "applied" : "applied or superseded");
  for (const auto missing : applied.missing) fates[missing] = "its row is missing";
  for (const auto& refusal : applied.refused) fates[refusal.change] = "refused by the database";
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto& change = changes[i];
    log_about(spdlog::level::debug,
              {.order = change.order_id,
               .topic = options_.topic,
               .partition = change.partition,
               .offset = change.offset},
              fmt::format("database view: {}", fates[i]));
  }
}

failure::LetterCounts DatabaseViewThread::letters_of(const database::Applied& applied) const {
  failure::LetterCounts letters{};
  for (const auto& invalid : batch_.invalid()) failure::count(letters, invalid.reason);
  letters[static_cast<std::size_t>(failure::Reason::database_refused)] += applied.refused.size();
  if (options_.missing_order != config::MissingOrder::ignore)
    letters[static_cast<std::size_t>(failure::Reason::missing_order)] += applied.missing.size();
  return letters;
}

/// What was sent is in the database.
void DatabaseViewThread::applied() {
  sent_->fates.letters_dropped = sink_.settled();
  board_.add(sent_->fates);
  board_.add_batch(sent_->fates.read,
                   std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent_->begun), sent_->letters);
  for (const auto& move : sent_->moves) patience_.moved(move.partition, move.next);
  sent_.reset();
  backoff_.reset();
  commit_due_ = true;
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

}  // namespace orders::view
