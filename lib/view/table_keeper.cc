#include "view/table_keeper.h"

#include <fmt/format.h>

#include <system_error>
#include <thread>

#include "base/heartbeat.h"
#include "base/log.h"

namespace orders::view {
namespace {

/// A query that is still under way may take so long; then it is tried again later.
constexpr Milliseconds query_patience{2'000};
/// Of a large table on a slow disk.
constexpr Milliseconds deleting_time{120'000};

}  // namespace

std::shared_ptr<const Table> TableKeeper::get() const {
  std::lock_guard lock(mutex_);
  return table_;
}

tl::unexpected<Error> TableKeeper::failed(Error error) {
  if (error.error_class == ErrorClass::gap) {
    wrong_ = error.text();
  } else {
    reopen_ = true;
  }
  return fail(std::move(error));
}

Result<Table*> TableKeeper::ready() {
  if (table_ && table_->damaged() && !wrong_) wrong_ = "a query met damage: " + table_->damage();
  if (table_ && reopen_ && !wrong_) {
    board_.forget_positions();
    if (auto reopened = table_->store().reopen(); !reopened) return failed(reopened.error());
  }
  reopen_ = false;
  if (wrong_ || replace_) {
    if (auto aside = set_aside(); !aside) return fail(aside.error());
  }
  if (!table_) {
    auto opened = open();
    if (!opened && opened.error().error_class == ErrorClass::gap) {
      wrong_ = opened.error().text();
      opened = set_aside().and_then([&] { return open(); });
    }
    if (!opened) return fail(opened.error());
  }
  return table_.get();
}

Result<> TableKeeper::open() {
  auto table = Table::open(options_);
  if (!table) return fail(table.error());
  std::lock_guard lock(mutex_);
  table_ = std::make_shared<Table>(std::move(*table));
  return {};
}

Result<> TableKeeper::set_aside() {
  board_.forget_positions();
  {
    std::lock_guard lock(mutex_);
    if (table_) retiring_ = std::exchange(table_, nullptr);
  }
  const auto deadline = std::chrono::steady_clock::now() + query_patience;
  while (retiring_ && retiring_.use_count() > 1) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorClass::wait,
                  fmt::format("{} is being replaced, and a query still reads it", options_.path.string()));
    }
    std::this_thread::sleep_for(Milliseconds{5});
  }
  retiring_.reset();
  auto aside = rocks::quarantine(options_.path, wrong_.value_or("it was to be built anew, and could not be deleted"));
  if (!aside && aside.error().error_class != ErrorClass::not_found) return fail(aside.error());
  tell_and_clean_up(aside);
  board_.add_rebuild();
  wrong_.reset();
  replace_ = false;
  return {};
}

void TableKeeper::tell_and_clean_up(const Result<std::filesystem::path>& aside) {
  if (wrong_) {
    spdlog::error("table view: the table in {} is wrong and is built anew from the topic: {}{}", options_.path.string(),
                  *wrong_, aside ? fmt::format("; the old one is in {}", aside->string()) : std::string());
    return;
  }
  spdlog::warn("table view: the table in {} is built anew from the topic, as was asked for", options_.path.string());
  if (!aside) return;
  const heartbeat::Wait wait("deleting the old table", deleting_time);
  std::error_code problem;
  std::filesystem::remove_all(*aside, problem);
  if (problem) spdlog::warn("table view: can't delete {}: {}", aside->string(), problem.message());
}

}  // namespace orders::view
