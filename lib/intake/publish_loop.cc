#include "intake/publish_loop.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/failpoint.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "intake/settle.h"

namespace orders::intake {
namespace {

/// A commit may be aborted for a passing reason; from this many in a row on, one of the orders is suspected.
constexpr int suspicious_refusals = 3;

}  // namespace

PublishLoop::PublishLoop(const EngineOptions& options, Parts parts, Ledger& ledger, Progress& progress)
    : options_(options),
      parts_(std::move(parts)),
      ledger_(ledger),
      progress_(progress),
      limit_(options.intake.batch),
      next_look_(Ledger::Clock::now()),
      publish_{"publishing", &PublishLoop::publish, Backoff(options.backoff)},
      settle_{"settling earlier orders", &PublishLoop::settle_own, Backoff(options.backoff)},
      clear_{"clearing the outbox", &PublishLoop::clear_outbox, Backoff(options.backoff)},
      look_{"looking for orders of other instances", &PublishLoop::look_around, Backoff(options.backoff)} {}

Result<> PublishLoop::run() {
  // What a body before this one was publishing may have been published: a new publisher settles that, and then all that
  // is not known to be published is doubted.
  publisher_.reset();
  owned_ = false;
  while (!stopping_) {
    heartbeat::beat("publishing new orders");
    const bool publishing = run_chore(publish_);
    ledger_.set_away(!publishing);
    run_chore(clear_);
    if (publishing) {
      run_chore(settle_);
      run_chore(look_);
    }
    if (!stopping_) wakeup_.wait(time_to_wait());
  }
  if (owned_ && publish_.backoff.attempts() == 0) {
    (void)publish();
    (void)clear_outbox();
  }
  ledger_.answer_all();
  return {};
}

void PublishLoop::stop() {
  stopping_ = true;
  wakeup_.notify();
}

/// False while the chore fails, also between its tries.
bool PublishLoop::run_chore(Chore& chore) {
  if (Ledger::Clock::now() < chore.due) return false;
  auto done = (this->*chore.work)();
  if (done) {
    if (chore.backoff.attempts() > 0) progress_.clear(chore.name);
    chore.backoff.reset();
    chore.due = {};
    return true;
  }
  progress_.trouble(chore.name, done.error());
  chore.due = Ledger::Clock::now() + chore.backoff.next();
  return false;
}

Milliseconds PublishLoop::time_to_wait() const {
  constexpr Ledger::Clock::time_point at_once{};
  const auto now = Ledger::Clock::now();
  auto until = look_.due == at_once ? next_look_ : look_.due;
  for (const Chore* chore : {&settle_, &clear_}) {
    if (chore->due != at_once) until = std::min(until, chore->due);
  }
  if (publish_.due != at_once) until = publish_.due;  // the others wait for it
  return std::chrono::ceil<Milliseconds>(std::max(until, now) - now);
}

// --- publishing

Result<> PublishLoop::publish() {
  if (auto owned = own_identity(); !owned) return owned;
  for (;;) {
    const auto orders = ledger_.fresh(limit_);
    if (orders.empty()) return {};
    if (auto done = publish_batch(orders); !done) return done;
  }
}

/// Makes sure that nobody but us can publish our orders. Until now somebody else may have.
Result<> PublishLoop::own_identity() {
  if (owned_) return {};
  if (!publisher_) {
    auto made = parts_.publishers(options_.intake.instance_id);
    if (!made) return fail(made.error());
    publisher_ = std::move(*made);
  }
  if (auto ready = publisher_->init(options_.intake.publish_timeout); !ready) {
    drop_if_lost(ready.error());
    return ready;
  }
  owned_ = true;
  ledger_.doubt_all();
  return {};
}

Result<> PublishLoop::publish_batch(std::span<const OrderPtr> orders) {
  ORDERS_FAILPOINT("intake.publish.before");
  auto landed = publisher_->publish(orders, options_.intake.publish_timeout);
  ORDERS_FAILPOINT_RESULT("intake.publish.after", landed);
  if (!landed) {
    lower_limit(orders, landed.error());
    drop_if_lost(landed.error());
    return fail(landed.error());
  }
  refusals_ = 0;
  limit_ = std::min(limit_ * 2, options_.intake.batch);
  const bool following = should_follow();
  std::vector<OrderId> ids;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    ids.push_back(orders[i]->id);
    if (following) {
      log_about(spdlog::level::debug,
                {.order = ids.back(),
                 .topic = options_.intake.topic,
                 .partition = (*landed)[i].partition,
                 .offset = (*landed)[i].offset},
                "intake: published");
    }
    ledger_.published(ids.back(), (*landed)[i]);
  }
  progress_.published += ids.size();
  const auto removed = remove_rows(ids);
  ledger_.answer(ids);  // they are published, whatever became of the rows: clear_outbox() tries again
  if (!removed) clear_.due = Ledger::Clock::now();
  return {};
}

/// One order that the broker does not take must not hold up the others: smaller and smaller transactions find it.
void PublishLoop::lower_limit(std::span<const OrderPtr> orders, const Error& error) {
  if (error.error_class != ErrorClass::abort && error.error_class != ErrorClass::record) return;
  if (error.error_class == ErrorClass::abort && ++refusals_ < suspicious_refusals) return;
  refusals_ = 0;
  limit_ = std::max<std::size_t>(orders.size() / 2, 1);
  if (orders.size() > 1) return;
  spdlog::error("intake: order {} can't be published: {}; it stays in the outbox and is tried again later",
                orders.front()->id, error.text());
  ++progress_.failed;
  ledger_.set_aside(orders.front()->id);
}

void PublishLoop::drop_if_lost(const Error& error) {
  if (error.error_class == ErrorClass::wait || error.error_class == ErrorClass::abort) return;
  if (error.error_class == ErrorClass::record) return;
  owned_ = false;
  publisher_.reset();
}

// --- settling

Result<> PublishLoop::settle_own() {
  for (;;) {
    const auto doubts = ledger_.doubtful(options_.intake.batch);
    if (doubts.empty() || stopping_) return {};
    ORDERS_FAILPOINT("intake.settle.before");
    const auto plan = examine(doubts, parts_.is_published, *parts_.session);
    ORDERS_FAILPOINT("intake.settle.after");
    if (!plan) return fail(plan.error());
    for (const OrderId id : plan->vanished) {
      spdlog::warn("intake: order {} was to be published, but is not in the database any more", id);
    }
    for (const OrderId id : plan->vanished) ledger_.published(id, {});
    for (const OrderId id : plan->published) ledger_.published(id, {});
    for (const auto& order : plan->to_publish) ledger_.not_published(order);
    progress_.published += plan->published.size();
    spdlog::info("intake: of {} earlier orders {} had been published; {} are still to be", doubts.size(),
                 plan->published.size(), plan->to_publish.size());
    wakeup_.notify();  // publish() and clear_outbox() have work now
  }
}

Result<> PublishLoop::clear_outbox() {
  for (;;) {
    const auto ids = ledger_.removable(options_.intake.batch);
    if (ids.empty()) return {};
    auto removed = remove_rows(ids);
    ledger_.answer(ids);
    if (!removed) return removed;
  }
}

Result<> PublishLoop::remove_rows(std::span<const OrderId> ids) {
  ORDERS_FAILPOINT("intake.remove.before");
  auto removed = parts_.session->outbox_remove(ids);
  ORDERS_FAILPOINT_RESULT("intake.remove.after", removed);
  if (!removed) return removed;
  ledger_.forget(ids);
  const std::uint64_t seen = progress_.outbox;
  progress_.outbox = seen - std::min<std::uint64_t>(seen, ids.size());
  return {};
}

// --- other instances

Result<> PublishLoop::look_around() {
  if (Ledger::Clock::now() < next_look_) return {};
  ledger_.recall_aside();
  const auto depth = parts_.session->outbox_depth();
  if (!depth) return fail(depth.error());
  progress_.outbox = *depth;
  Result<> result;
  if (*depth > 0) {
    const auto claimants = parts_.session->outbox_claimants(options_.adopt_age);
    if (!claimants) return fail(claimants.error());
    for (const auto& claimant : *claimants) {
      if (claimant == options_.intake.instance_id) {
        if (ledger_.pending() == 0) parts_.own_rows_found();
      } else if (auto adopted = adopt(claimant); !adopted) {
        result = fail(adopted.error().error_class, claimant + ": " + adopted.error().message, adopted.error().hint);
      }
    }
  }
  if (result) next_look_ = Ledger::Clock::now() + options_.adopt_interval;
  return result;
}

/// Publishes a dead instance's orders under its own identity. If it lives after all, it makes itself owner again, and
/// then either its publish or ours fails, never both succeed: an order is published by who owns the identity at the
/// commit, after having asked, as owner, whether it was published before.
Result<> PublishLoop::adopt(const std::string& claimant) {
  auto publisher = parts_.publishers(claimant);
  if (!publisher) return fail(publisher.error());
  if (auto ready = (*publisher)->init(options_.intake.publish_timeout); !ready) return ready;
  for (;;) {
    const auto rows = parts_.session->outbox(claimant, options_.intake.batch);
    if (!rows) return fail(rows.error());
    if (rows->empty() || stopping_) return {};
    std::vector<Ledger::Doubt> doubts;
    std::vector<OrderId> ids;
    for (const auto& row : *rows) {
      doubts.push_back({row.order_id, nullptr});
      ids.push_back(row.order_id);
    }
    const auto plan = examine(doubts, parts_.is_published, *parts_.session);
    if (!plan) return fail(plan.error());
    ORDERS_FAILPOINT("intake.adopt.before");
    if (!plan->to_publish.empty()) {
      const auto landed = (*publisher)->publish(plan->to_publish, options_.intake.publish_timeout);
      if (!landed) return fail(landed.error());
    }
    progress_.published += plan->to_publish.size();
    spdlog::warn("intake: instance {} left {} orders behind: {} had been published, {} are published now", claimant,
                 ids.size(), plan->published.size(), plan->to_publish.size());
    ORDERS_FAILPOINT("intake.adopt.after");
    if (auto removed = parts_.session->outbox_remove(ids); !removed) return removed;
  }
}

}  // namespace orders::intake
