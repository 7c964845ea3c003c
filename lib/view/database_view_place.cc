// Where the database view reads on: the database says, not the group.
#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/log.h"
#include "view/database_view_thread.h"
#include "view/log_position.h"

namespace orders::view {
namespace {

constexpr Milliseconds ask_time{2'000};
/// How soon a position that somebody else moves is noticed while nothing comes.
constexpr Milliseconds compare_interval{5'000};

std::optional<std::int64_t> position_in(const std::vector<database::Position>& stored, std::int32_t partition) {
  const auto known = std::ranges::find(stored, partition, &database::Position::partition);
  return known == stored.end() ? std::nullopt : std::optional(known->next_offset);
}

}  // namespace

Result<> DatabaseViewThread::place() {
  watch();
  auto stored = ask_database();
  if (!stored) return fail(stored.error());
  settle_sent(*stored);
  tell_of_restored_database(*stored);
  std::vector<kafka::PartitionOffset> offsets;
  for (const auto& at : assignment_) {
    auto start = check_standing(at, position_in(*stored, at.partition));
    if (!start) return fail(start.error());
    offsets.push_back({at, *start, {}});
  }
  auto queues = consumer_->assign_with_queues(offsets);
  if (!queues) return fail(queues.error());
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const auto partition = assignment_[i].partition;
    const auto position = position_in(*stored, partition).value_or(0);
    owned_.push_back({partition, std::move((*queues)[i]), position, offsets[i].offset, false});
  }
  ORDERS_FAILPOINT("database.assigned");
  placed_ = true;
  compared_ = Clock::now();
  show();
  return {};
}

Result<std::vector<database::Position>> DatabaseViewThread::ask_database() {
  asked_ = Clock::now();
  auto stored = database::require_schema(database_).and_then([&] { return session_->positions(); });
  asked_ = never;
  return stored;
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
                "docs/recovery.md, 'The database does not fit the topic'; to go on with the topic as it is: ordersctl "
                "replay reset --view database --accept-gap");
  }
  if (standing == Standing::within) return *stored;
  const auto retention = retention_of(admin_, at.topic);
  const auto lost = fmt::format("{} begins at {}, and the database's position is {}", at.text(), marks->low, *stored);
  if (retention.known && !retention.compacted) {
    return fail(ErrorClass::gap, lost + ": the records between are gone",
                "restore a newer backup, or go on without them: ordersctl replay reset --view database --accept-gap");
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
    const auto position = position_in(stored, offset.at.partition).value_or(0);
    auto [told, first] = told_.try_emplace(offset.at.partition, -1);
    if (offset.offset <= position || told->second == position) continue;
    told->second = position;
    spdlog::warn(
        "database view: the database stands at {} in {}, and had been at {}: it was wound "
        "back, or it was restored from a backup; catching up from {} to {}",
        position, offset.at.text(), offset.offset, position, offset.offset);
  }
}

/// A commit whose answer was lost may have been one, or become one yet: then its records have their fates.
void DatabaseViewThread::settle_sent(const std::vector<database::Position>& stored) {
  if (!sent_) return;
  const auto is_there = [&](const auto& move) { return position_in(stored, move.partition) == move.next; };
  if (std::ranges::all_of(sent_->moves, is_there)) applied();
}

/// Somebody may have wound a position back, or restored a backup. While records come, the compare-and-set finds out.
Result<> DatabaseViewThread::look_for_moves() {
  const auto now = Clock::now();
  if (!placed_ || now - last_record_ < compare_interval || now - compared_ < compare_interval) return {};
  compared_ = now;
  auto stored = ask_database();
  if (!stored) return fail(stored.error());
  for (const auto& owned : owned_) {
    const auto position = position_in(*stored, owned.partition).value_or(0);
    if (position == owned.position) continue;
    spdlog::warn("database view: the position in {}[{}] was moved from {} to {}; reading on from there", options_.topic,
                 owned.partition, owned.position, position);
    lift();
    retry_at_ = {};
    return {};
  }
  return {};
}

/// The lag is shown from here on, whatever becomes of the database. Until that says where it stands, what the group
/// committed last stands for it.
void DatabaseViewThread::watch() {
  if (watcher_) return;
  if (auto committed = consumer_->committed(assignment_, ask_time)) {
    std::vector<ViewStatus::Partition> partitions;
    for (const auto& offset : *committed) {
      partitions.push_back({offset.at.partition, std::max<std::int64_t>(offset.offset, 0), -1});
    }
    board_.set_partitions(std::move(partitions));
  } else {
    spdlog::debug("database view: {}", committed.error().text());
  }
  auto watcher = std::make_unique<kafka::EndWatcher>(*consumer_, assignment_);
  const std::lock_guard lock(watcher_mutex_);
  watcher_ = std::move(watcher);
}

/// Before its consumer goes. That may take a second, for which nobody who asks for the status is to wait.
void DatabaseViewThread::unwatch() {
  std::unique_ptr<kafka::EndWatcher> watcher;
  const std::lock_guard lock(watcher_mutex_);
  watcher = std::move(watcher_);
}

void DatabaseViewThread::forget() {
  owned_.clear();
  records_.clear();
  batch_.clear();
  placed_ = false;
  if (watcher_) watcher_->took(0, 0);
}

/// Stops reading; the partitions stay ours.
void DatabaseViewThread::lift() {
  forget();
  if (!consumer_) return;
  if (auto none = consumer_->assign({}); !none) spdlog::debug("database view: {}", none.error().text());
}

}  // namespace orders::view
