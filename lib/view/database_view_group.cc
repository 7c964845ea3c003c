// The database view as a member of its group, and its way through trouble.
#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "view/database_view_thread.h"
#include "view/log_position.h"

namespace orders::view {
namespace {

constexpr Milliseconds idle_time{100};  // also how long a stop may go unnoticed
/// A gap is looked at again: somebody may have mended it.
constexpr Milliseconds gap_interval{30'000};
constexpr Milliseconds minute{60'000};
constexpr Milliseconds join_patience{15'000};
constexpr Milliseconds leave_time{1'000};

}  // namespace

Result<> DatabaseViewThread::run() {
  begin_anew();
  return live();
}

/// As in a new process: a body before this one may have ended anywhere. What was sent to the database and has no answer
/// is not forgotten: its positions will tell.
void DatabaseViewThread::begin_anew() {
  board_.set_state(State::starting);
  forget();
  unwatch();
  consumer_.reset();
  member_ = false;
  assignment_.clear();
  retry_at_ = {};
  asked_ = never;
  session_ = database_.session();
}

/// Until it is stopped, or another process is the same member, or something is a defect. What the database answers is
/// waited out, of whatever class (see trouble()).
Result<> DatabaseViewThread::live() {
  while (!stopping_) {
    auto membership = join().and_then([&] { return be_member(); });
    lift();
    unwatch();
    // Else its partitions would be nobody's until the session has timed out.
    if (consumer_ && stopping_) consumer_->leave(leave_time);
    consumer_.reset();
    member_ = false;
    if (membership || stopping_) continue;
    board_.add_retry(membership.error().error_class);
    const bool fenced = membership.error().error_class == ErrorClass::fenced;
    if (fenced && twin_rule_.is_twin(Clock::now())) return fenced_by_twin(std::move(membership.error()));
    board_.set_state(State::degraded, membership.error().text());
    if (membership.error().error_class == ErrorClass::bug) return membership;
    // Fenced, it joins again at once: what the database did may have stretched the backoff beyond the rule's minute.
    if (!fenced) wakeup_.wait(pause_after(membership.error()));
  }
  board_.set_state(State::stopped);
  return {};
}

tl::unexpected<Error> DatabaseViewThread::fenced_by_twin(Error error) {
  error.hint = "another ordersd runs with our instance_id: give each its own";
  board_.set_state(State::stopped, error.text(), ErrorClass::fenced);
  return fail(std::move(error));
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
    heartbeat::beat("reading the topic");
    if (auto watched = watcher_ ? watcher_->check() : Result<>{}; !watched) return watched;
    if (auto served = consumer_->poll_group(Milliseconds{0}); !served) return served;
    if (const auto& refused = consumer_->group_trouble(); refused && !member_) {
      board_.set_state(State::degraded, fmt::format("group {}: {}", group_id_, refused->text()));
    } else if (!member_ && Clock::now() - looked_up_ > join_patience) {
      board_.set_state(State::degraded, fmt::format("group {} has not taken us in yet", group_id_));
    }
    Result<> done;
    if (member_ && !placed_ && Clock::now() >= retry_at_) done = place();
    if (done && placed_) done = step();
    if (done) done = look_for_moves();
    if (!done) trouble(done.error());
    if (!done || records_.empty()) wakeup_.wait(idle_time);
    if (auto same = look_for_changes(); !same) return same;
  }
  if (!watcher_ || !watcher_->error()) commit_offsets(true);
  return {};
}

void DatabaseViewThread::assigned(const std::vector<kafka::TopicPartition>& partitions) {
  lift();
  unwatch();
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
  unwatch();
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

/// After any error the database is asked for its positions again. Meanwhile the group is served, and nothing is read.
void DatabaseViewThread::trouble(const Error& error) {
  lift();
  board_.add_retry(error.error_class);
  troubled_ = true;
  const bool gap = error.error_class == ErrorClass::gap;
  retry_at_ = Clock::now() + (gap ? gap_interval : pause_after(error));
  board_.set_state(gap ? State::stopped : State::degraded, error.text(),
                   gap ? std::optional(ErrorClass::gap) : std::nullopt);
}

/// Only a row that is refused has the waits as they are configured, however long.
Milliseconds DatabaseViewThread::pause_after(const Error& error) {
  const auto pause = backoff_.next();
  return error.error_class == ErrorClass::record ? pause : std::min(pause, options_.longest_wait);
}

}  // namespace orders::view
