// What a worker tells of itself, to who asks from other threads.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "topology/running_task.h"
#include "topology/worker.h"

namespace orders::topology {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds publish_interval{200};

}  // namespace

void Worker::set_state(WorkerStatus::State state, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (status_.state == state && status_.reason == reason) return;
  const bool changed = status_.state != state || (status_.reason.empty() != reason.empty());
  status_.state = state;
  status_.reason = std::move(reason);
  if (!status_.reason.empty()) status_.last_error = {.at = wall_clock_now(), .message = status_.reason};
  if (!changed) return;
  const auto level = status_.reason.empty() ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "{}: {}{}{}", options_.name, to_string(state), status_.reason.empty() ? "" : ": ", status_.reason);
}

void Worker::note_error(const Error& error) {
  const std::lock_guard lock(mutex_);
  status_.last_error = {.at = wall_clock_now(), .message = error.text()};
}

/// Of calls that fail, a broker that does not even answer for the partitions' ends, a disk or a memory that is full, a
/// gap; empty: none.
std::string Worker::present_trouble() const {
  if (!trouble_.empty()) return trouble_;
  if (const auto error = ends_ ? ends_->error() : std::nullopt) return error->text();
  if (const auto group = consumer_ ? consumer_->group_trouble() : std::nullopt) return group->text();
  for (const auto& [partition, running] : tasks_) {
    if (const auto* disk = running->task.take_over_error()) {
      return fmt::format("partition {}: the buffer has no room in join.memory and can't be moved to the disk: {}",
                         partition, disk->text());
    }
  }
  for (const auto& [partition, running] : tasks_) {
    if (!running->full) continue;
    return fmt::format(
        "partition {}: the buffer is full (join.memory): the side that is ahead is not read until the other one "
        "follows",
        partition);
  }
  if (!stopped_.empty())
    return fmt::format("partition {} stopped: {}", stopped_.begin()->first, stopped_.begin()->second);
  return options_.marker->trouble();
}

void Worker::show_trouble() {
  auto reason = present_trouble();
  const auto state = this->state();
  if (state == WorkerStatus::State::stopped) return;
  const bool joining = state == WorkerStatus::State::starting || state == WorkerStatus::State::rebalancing;
  if (joining && !(disk_failed_ && !reason.empty())) {
    set_state(state, std::move(reason));
  } else if (!reason.empty()) {
    set_state(WorkerStatus::State::degraded, std::move(reason));
  } else {
    const bool rebuilding =
        std::ranges::any_of(tasks_, [](const auto& task) { return task.second->task.rebuilding(); });
    set_state(rebuilding ? WorkerStatus::State::rebuilding : WorkerStatus::State::running);
  }
}

void Worker::publish(bool now) {
  const auto time = SteadyClock::now();
  if (!now && time - published_ < publish_interval) return;
  published_ = time;
  show_trouble();
  std::vector<TaskStatus> tasks;
  const auto latency = this->latency();
  const auto totals = this->totals();
  Fates fates = past_;
  fates += unit_.fates();
  for (auto& [partition, running] : tasks_) {
    auto& task = tasks.emplace_back(running->task.status());
    task.payment.end = std::max(task.payment.end, running->lane(Side::payment).end);
    task.stock.end = std::max(task.stock.end, running->lane(Side::stock).end);
    if (ends_) {
      task.payment.end = std::max(task.payment.end, ends_->end({running->task.topic(Side::payment), partition}));
      task.stock.end = std::max(task.stock.end, ends_->end({running->task.topic(Side::stock), partition}));
    }
    fates += running->task.fates();
  }
  // What waits in a parked one is shown nowhere: it counts as given up, until it comes back.
  for (const auto& [partition, parked] : parked_) fates += parked.running->task.given_up();
  for (const auto& [partition, reason] : stopped_) {
    tasks.push_back({.partition = partition,
                     .state = TaskStatus::State::stopped,
                     .reason = reason,
                     .payment = {},
                     .stock = {},
                     .buffer_bytes = 0});
  }
  const std::lock_guard lock(mutex_);
  status_.tasks = std::move(tasks);
  status_.aborts = unit_.aborts();
  status_.recreated = unit_.recreated();
  fates_ = fates;
  latency_ = latency;
  totals_ = totals;
}

Totals Worker::totals() const {
  Totals totals = unit_.totals();
  totals.retries = retries_;
  totals.fates = past_;
  totals.fates += unit_.fates();
  for (const auto& [partition, running] : tasks_) totals.fates += running->task.committed_fates();
  for (const auto& [partition, parked] : parked_) totals.fates += parked.running->task.given_up();
  return totals;
}

Worker::Report Worker::report() const {
  const std::lock_guard lock(mutex_);
  return {status_, fates_, latency_, totals_};
}

std::optional<WaitingPage> Worker::waiting(const WaitingQuery& query, Milliseconds timeout) {
  return inbox_.ask(query, timeout);
}

/// A buffer whose disk has failed answers nothing; the next turn sees to it.
WaitingPage Worker::waiting_page(const WaitingQuery& query) {
  std::vector<WaitingPage> pages;
  for (const auto& [partition, running] : tasks_) {
    if (query.partition && *query.partition != partition) continue;
    WaitingPage page;
    page.partitions = {partition};
    auto& task = running->task;
    const auto is_known = [&] { return !task.rebuilding() && task.trouble() == nullptr; };
    if (is_known()) task.add_waiting(query, page.records);
    if (!is_known()) page = {.records = {}, .next = {}, .partitions = {}, .rebuilding = {partition}};
    pages.push_back(std::move(page));
  }
  return merge(std::move(pages), query.limit);
}

WorkerStatus::State Worker::state() const {
  const std::lock_guard lock(mutex_);
  return status_.state;
}

}  // namespace orders::topology
