// The orders that are saved and whose outbox rows are still there, each with the client that waits for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "intake/intake.h"
#include "intake/publisher.h"

namespace orders::intake {

using order::OrderId;

/// Any thread. An order's way:
///
///     add ──> fresh ──────────────> published ──> forgotten (its outbox row is gone)
///              │  ^ │                   ^
///    doubt_all │  │ └─ aside ─> fresh   │
///              v  │ not published       │ found in the table
///     leftover ─> doubtful ─────────────┘
///
/// fresh: certainly not published, as long as we own our identity. doubtful: may have been, by who owned it before.
/// aside: the broker does not take it.
class Ledger {
 public:
  using Clock = std::chrono::steady_clock;
  using Promise = std::promise<Result<Accepted>>;

  /// Keeps at most `capacity` orders; what is beyond stays in the outbox only.
  Ledger(std::string topic, std::size_t capacity) : topic_(std::move(topic)), capacity_(capacity) {}

  // --- the saver's side
  /// The era, which grows with doubt_all(). To be called before orders are saved: from then on another instance may see
  /// and publish them.
  [[nodiscard]] std::uint64_t begin_saving();
  /// Saved in the era given, if that is still the present one fresh, else doubtful. Answered at `answer_by` at the
  /// latest, at once while publishing is away.
  void add(order::Order order, Promise promise, Clock::time_point answer_by, std::uint64_t era);
  /// A repeat of an order that is there already: waits with the first one while that is known here and pending, else is
  /// answered at once. `in_outbox`: its row was there, after begin_saving(); perhaps another instance's, or one that is
  /// not known here yet.
  void add_repeat(order::Order order, Promise promise, Clock::time_point answer_by, bool in_outbox);
  /// Rows found in the outbox: those that are not known are doubtful.
  std::size_t add_leftovers(std::span<const OrderId> ids);
  /// True once after `capacity` was exceeded, when there is room again: the outbox has more than is known here.
  [[nodiscard]] bool take_overflow();
  /// Answers clients whose time is up with "saved, not published"; returns when the next one's is.
  Clock::time_point answer_overdue(Clock::time_point now);

  // --- the publisher's side
  /// We own our identity again, or for the first time; until now another may have published for us: everything fresh
  /// becomes doubtful.
  void doubt_all();
  [[nodiscard]] std::vector<OrderPtr> fresh(std::size_t limit) const;
  struct Doubt {
    OrderId id = 0;
    OrderPtr order;  ///< null for a row found in the outbox
  };
  [[nodiscard]] std::vector<Doubt> doubtful(std::size_t limit) const;
  /// A doubtful one that turned out not to be published: fresh. A leftover gets its order here.
  void not_published(const OrderPtr& order);
  void set_aside(OrderId id);
  void recall_aside();
  /// `landed` as far as known.
  void published(OrderId id, Landed landed);
  /// The published ones, whose outbox rows can go.
  [[nodiscard]] std::vector<OrderId> removable(std::size_t limit) const;
  /// Tells the clients of published orders.
  void answer(std::span<const OrderId> ids);
  /// The outbox row is gone.
  void forget(std::span<const OrderId> ids);
  /// While away, clients hear "saved, not published" at once.
  void set_away(bool away);
  void answer_all();

  /// Saved, not known to be published.
  [[nodiscard]] std::size_t pending() const;

 private:
  enum class State : std::uint8_t { fresh, doubtful, aside, published };
  struct Waiter {
    OrderPtr order;
    Promise promise;
    bool repeats = false;
  };
  struct Ticket {
    OrderPtr order;
    std::vector<Waiter> waiters;  ///< none: answered, or nobody waits
    State state = State::fresh;
    Landed landed;
  };

  void move(OrderId id, Ticket& ticket, State state);
  void answer(Waiter& waiter, bool published, Landed landed = {});
  void answer(Ticket& ticket);
  void wait(OrderId id, Ticket& ticket, Clock::time_point answer_by);
  [[nodiscard]] const std::set<OrderId>& ids(State state) const { return by_state_[static_cast<std::size_t>(state)]; }
  [[nodiscard]] std::set<OrderId>& ids(State state) { return by_state_[static_cast<std::size_t>(state)]; }

  const std::string topic_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::map<OrderId, Ticket> tickets_;  ///< ids are time-sorted: the oldest first
  std::array<std::set<OrderId>, 4> by_state_;
  std::set<OrderId> gone_;  ///< forgotten since begin_saving()
  std::deque<std::pair<Clock::time_point, OrderId>> deadlines_;
  std::uint64_t era_ = 0;
  bool away_ = false;
  bool overflow_ = false;
};

}  // namespace orders::intake
