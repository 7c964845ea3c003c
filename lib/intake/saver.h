// The half of intake that talks to the client and the database. It never waits for the broker.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/backoff.h"
#include "base/wakeup.h"
#include "database/database.h"
#include "intake/engine.h"
#include "intake/ledger.h"
#include "intake/progress.h"
#include "order/tsid.h"

namespace orders::intake {

/// submit() and stop() from any thread; run() is its own thread's body, and may be begun anew wherever an exception
/// ended it.
class Saver {
 public:
  /// `saved` is called after orders went into the ledger.
  Saver(const EngineOptions& options, std::unique_ptr<database::Session> session, Ledger& ledger, Progress& progress,
        std::function<void()> saved);

  [[nodiscard]] std::vector<std::future<Result<Accepted>>> submit(std::vector<Request> requests);
  [[nodiscard]] Result<> run();
  void stop();
  /// run() is not begun anew any more: refuses what waits, and what comes. On its thread.
  void give_up();
  /// run() does something soon: the ledger may have room again, or clients to be answered.
  void nudge() { wakeup_.notify(); }
  /// Looks into the outbox again: somebody found old rows of ours there.
  void reload() {
    reload_ = true;
    wakeup_.notify();
  }

 private:
  struct Job {
    database::NewOrder order;
    Ledger::Promise promise;
    bool unchecked = false;
  };
  using Jobs = std::vector<Job>;

  [[nodiscard]] Jobs take_batch();
  void load_leftovers();
  void save(Jobs jobs);
  void save_all(Jobs& jobs);
  [[nodiscard]] Result<std::vector<database::Saved>> save_for_certain(std::vector<database::NewOrder> orders);
  [[nodiscard]] Result<std::vector<std::optional<database::Saved>>> find_saved(std::vector<database::NewOrder>& orders);
  void save_one_by_one(Jobs& jobs);
  void accept(Job job, database::Saved saved, std::uint64_t era);
  void refuse(Jobs jobs, const Error& error);
  void refuse_queued();
  void leave_unknown(Jobs& jobs);
  [[nodiscard]] Milliseconds time_to_wait();

  const IntakeOptions options_;
  const std::unique_ptr<database::Session> session_;
  Ledger& ledger_;
  Progress& progress_;
  const std::function<void()> saved_;
  order::TsidGenerator ids_;

  Wakeup wakeup_;
  std::mutex mutex_;
  std::deque<Job> queue_;
  bool stopping_ = false;

  std::atomic<bool> reload_{false};
  bool loaded_ = false;  ///< the outbox has no rows of ours that the ledger doesn't know
  Backoff load_backoff_;
  Ledger::Clock::time_point load_due_{};
};

}  // namespace orders::intake
