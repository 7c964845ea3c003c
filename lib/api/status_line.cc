#include "api/status_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "api/accounts.h"
#include "base/bytes.h"

namespace orders::api {
namespace {

using State = Health::State;
using topology::TaskStatus;
using view::ViewStatus;

constexpr std::size_t longest_reasons = 250;  // bytes

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

template <class Each>
void for_each_task(const topology::Status& join, Each each) {
  for (const auto& worker : join.workers) {
    for (const auto& task : worker.tasks) each(task);
  }
}

std::int64_t lag(const TaskStatus::Side& side) {
  return side.end < 0 ? 0 : std::max<std::int64_t>(side.end - side.next_offset, 0);
}

std::string figures(const topology::Status& join) {
  std::uint64_t tasks = 0, behind = 0;
  for_each_task(join, [&](const TaskStatus& task) {
    ++tasks;
    behind += static_cast<std::uint64_t>(lag(task.payment) + lag(task.stock));
  });
  return fmt::format("{}, {}, {} behind, {} waiting", counted(join.workers.size(), "thread"),
                     counted(tasks, "partition"), counted(behind, "record"), waiting(join));
}

std::string figures(const ViewStatus& view) {
  const auto behind = fmt::format("{} behind", view.lag());
  if (view.state == ViewStatus::State::current) return view.name + " current";
  if (view.state == ViewStatus::State::catching_up) return view.name + " " + behind;
  return fmt::format("{} {}{}{}", view.name, view::to_string(view.state), view.lag() > 0 ? ", " : "",
                     view.lag() > 0 ? behind : "");
}

std::string figures(const Snapshot& snapshot) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : "; ") + part; };
  if (snapshot.join) add(figures(*snapshot.join));
  if (snapshot.table) add(figures(*snapshot.table));
  if (snapshot.database) add(figures(*snapshot.database));
  if (snapshot.intake && snapshot.intake->outbox > 0) {
    add(counted(snapshot.intake->outbox, "new order") + " to be published");
  }
  return out;
}

/// Of all tasks that are rebuilt at the moment, in percent.
std::int64_t rebuilt(const topology::Status& join) {
  TaskStatus::Rebuild all;
  for_each_task(join, [&](const TaskStatus& task) {
    if (!task.rebuild) return;
    all.done += task.rebuild->done;
    all.of += task.rebuild->of;
  });
  return all.of > 0 ? std::clamp<std::int64_t>(100 * all.done / all.of, 0, 100) : 0;
}

std::string reasons_of(const Health& health) {
  std::string reasons;
  for (const auto& reason : health.reasons) reasons += (reasons.empty() ? "" : "; ") + reason;
  return printable(reasons, longest_reasons);
}

std::string head(const Health& health, const Snapshot& snapshot, Timestamp since) {
  switch (health.state) {
    case State::rebuilding:
      return fmt::format("rebuilding the buffer, {} %", snapshot.join ? rebuilt(*snapshot.join) : 0);
    case State::degraded:
      return fmt::format("degraded since {}: {}", format_timestamp(since), reasons_of(health));
    case State::starting:
      return fmt::format("starting: {}", reasons_of(health));
    case State::running:
      break;
  }
  return std::string(to_string(health.state));
}

}  // namespace

std::string StatusLine::of(const Snapshot& snapshot, Timestamp now) {
  const auto health = api::health(snapshot);
  if (state_ != health.state) since_ = now;
  state_ = health.state;
  const auto begins = head(health, snapshot, since_);
  if (health.state == State::starting) return begins;  // there is nothing to count yet
  return fmt::format("{}{}{}", begins, health.state == State::degraded ? "; " : ": ", figures(snapshot));
}

}  // namespace orders::api
