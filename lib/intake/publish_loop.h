// The half of intake that talks to the broker: publishes what the ledger holds and clears the outbox behind it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "base/wakeup.h"
#include "database/database.h"
#include "intake/engine.h"
#include "intake/ledger.h"
#include "intake/progress.h"
#include "intake/publisher.h"

namespace orders::intake {

/// run() is its own thread's body, and may be begun anew wherever an exception ended it; notify() and stop() from any
/// thread.
class PublishLoop {
 public:
  struct Parts {
    std::unique_ptr<database::Session> session;
    PublishedCheck is_published;
    PublisherFactory publishers;
    std::function<void()> own_rows_found;  ///< the outbox has old rows of ours that the ledger may not know
  };
  PublishLoop(const EngineOptions& options, Parts parts, Ledger& ledger, Progress& progress);

  [[nodiscard]] Result<> run();
  /// run() is not begun anew any more: clients are told that their orders are saved, and need not wait. On its thread.
  void give_up() { ledger_.set_away(true); }
  void notify() { wakeup_.notify(); }
  /// Publishes what is there if that works at once, then run() returns.
  void stop();

 private:
  /// One kind of work, with its own pace after failures: a table that can't answer must not hold up new orders.
  struct Chore {
    std::string_view name;
    Result<> (PublishLoop::*work)();
    Backoff backoff;
    Ledger::Clock::time_point due{};
  };

  bool run_chore(Chore& chore);
  [[nodiscard]] Milliseconds time_to_wait() const;

  [[nodiscard]] Result<> publish();
  [[nodiscard]] Result<> settle_own();
  [[nodiscard]] Result<> clear_outbox();
  [[nodiscard]] Result<> look_around();
  [[nodiscard]] Result<> adopt(const std::string& claimant);

  [[nodiscard]] Result<> own_identity();
  [[nodiscard]] Result<> publish_batch(std::span<const OrderPtr> orders);
  void lower_limit(std::span<const OrderPtr> orders, const Error& error);
  void drop_if_lost(const Error& error);
  [[nodiscard]] Result<> remove_rows(std::span<const OrderId> ids);

  const EngineOptions options_;
  const Parts parts_;
  Ledger& ledger_;
  Progress& progress_;

  std::unique_ptr<Publisher> publisher_;
  bool owned_ = false;  ///< publisher_ has been init()ed
  std::size_t limit_;   ///< orders of a transaction; lowered to find the one that the broker does not take
  int refusals_ = 0;    ///< in a row
  Ledger::Clock::time_point next_look_;

  Wakeup wakeup_;
  std::atomic<bool> stopping_{false};
  Chore publish_, settle_, clear_, look_;
};

}  // namespace orders::intake
