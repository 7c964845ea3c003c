// The database view as others see it: start, stop, status. The thread's parts are in database_view_group.cc (which
// partitions), database_view_place.cc (where to read) and database_view_work.cc.
#include <fmt/format.h>

#include <algorithm>

#include "view/database_view_thread.h"

namespace orders::view {
namespace {

/// How long a stop lets the database finish before it interrupts it.
constexpr Milliseconds stop_patience{3'000};

}  // namespace

DatabaseViewThread::DatabaseViewThread(const ViewOptions& options, database::Database& database, kafka::Admin admin,
                                       std::function<void(const Error&)> failed)
    : options_(options),
      database_(database),
      admin_(std::move(admin)),
      sink_(options.connection, fmt::format("{}-database-{}", options.application_id, options.instance_id)),
      failed_(std::move(failed)) {}

void DatabaseViewThread::start() {
  thread_ = GuardedThread("database", [this](const std::stop_token&) { return run(); }, failed_);
}

void DatabaseViewThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wakeup_.notify();
  auto patience = stop_patience;
  while (!thread_.ends_within(patience)) {
    database_.interrupt();
    patience = Milliseconds{1'000};
  }
  thread_.stop();
}

/// The ends come from the watcher itself, so that the lag grows on while the view waits for the database.
ViewStatus DatabaseViewThread::status() const {
  auto status = board_.snapshot();
  {
    const std::lock_guard lock(watcher_mutex_);
    for (auto& partition : status.partitions) {
      const auto end = watcher_ ? watcher_->end({options_.topic, partition.partition}) : -1;
      if (end >= 0) partition.end = std::max(end, partition.next_offset);
    }
  }
  const auto waited = Clock::now() - asked_.load();
  if (waited > options_.longest_wait && status.state != State::degraded && status.state != State::stopped) {
    status.state = State::degraded;
    status.reason = fmt::format("{} has not answered for {} s", database_.describe(),
                                std::chrono::duration_cast<std::chrono::seconds>(waited).count());
  }
  return status;
}

Result<std::unique_ptr<DatabaseView>> DatabaseView::start(const ViewOptions& options, database::Database& database,
                                                          std::function<void(const Error&)> failed) {
  auto admin = kafka::Admin::create(options.connection);
  if (!admin) return fail(admin.error());
  auto view = std::make_unique<DatabaseViewThread>(options, database, std::move(*admin), std::move(failed));
  view->start();
  return std::unique_ptr<DatabaseView>(std::move(view));
}

}  // namespace orders::view
