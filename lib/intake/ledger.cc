#include "intake/ledger.h"

#include <algorithm>

namespace orders::intake {

void Ledger::move(OrderId id, Ticket& ticket, State state) {
  ids(ticket.state).erase(id);
  ticket.state = state;
  ids(state).insert(id);
}

void Ledger::answer(Waiter& waiter, bool published, Landed landed) {
  Accepted accepted;
  accepted.order = *waiter.order;
  accepted.existed = waiter.repeats;
  accepted.published = published;
  if (published && landed.partition >= 0) {
    accepted.topic = topic_;
    accepted.partition = landed.partition;
    accepted.offset = landed.offset;
  }
  waiter.promise.set_value(std::move(accepted));
}

void Ledger::answer(Ticket& ticket) {
  for (Waiter& waiter : ticket.waiters) answer(waiter, ticket.state == State::published, ticket.landed);
  ticket.waiters.clear();
}

/// Whoever waits for the ticket is answered at `answer_by` at the latest.
void Ledger::wait(OrderId id, Ticket& ticket, Clock::time_point answer_by) {
  if (away_) {
    answer(ticket);
  } else {
    deadlines_.emplace_back(answer_by, id);
  }
}

std::uint64_t Ledger::begin_saving() {
  const std::lock_guard lock(mutex_);
  gone_.clear();
  return era_;
}

void Ledger::add(order::Order order, Promise promise, Clock::time_point answer_by, std::uint64_t era) {
  const std::lock_guard lock(mutex_);
  const OrderId id = order.id;
  Ticket ticket;
  ticket.order = std::make_shared<const order::Order>(std::move(order));
  ticket.waiters.push_back({ticket.order, std::move(promise)});
  ticket.state = era == era_ ? State::fresh : State::doubtful;
  if (tickets_.size() >= capacity_) {
    overflow_ = true;
    return answer(ticket);
  }
  wait(id, ticket, answer_by);
  ids(ticket.state).insert(id);
  tickets_.emplace(id, std::move(ticket));
}

void Ledger::add_repeat(order::Order order, Promise promise, Clock::time_point answer_by, bool in_outbox) {
  const std::lock_guard lock(mutex_);
  const OrderId id = order.id;
  Waiter waiter{std::make_shared<const order::Order>(std::move(order)), std::move(promise), true};
  const auto ticket = tickets_.find(id);
  if (ticket == tickets_.end()) return answer(waiter, !in_outbox || gone_.contains(id));
  ticket->second.waiters.push_back(std::move(waiter));
  if (ticket->second.state == State::published || ticket->second.state == State::aside) return answer(ticket->second);
  wait(id, ticket->second, answer_by);
}

std::size_t Ledger::add_leftovers(std::span<const OrderId> found) {
  const std::lock_guard lock(mutex_);
  std::size_t added = 0;
  for (const OrderId id : found) {
    if (tickets_.size() >= capacity_) {
      overflow_ = true;
      break;
    }
    const auto [entry, is_new] = tickets_.try_emplace(id);
    if (!is_new) continue;
    entry->second.state = State::doubtful;
    ids(State::doubtful).insert(id);
    ++added;
  }
  return added;
}

bool Ledger::take_overflow() {
  const std::lock_guard lock(mutex_);
  if (!overflow_ || tickets_.size() > capacity_ / 2) return false;
  overflow_ = false;
  return true;
}

Ledger::Clock::time_point Ledger::answer_overdue(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  while (!deadlines_.empty()) {
    const auto [answer_by, id] = deadlines_.front();
    const auto ticket = tickets_.find(id);
    const bool waits = ticket != tickets_.end() && !ticket->second.waiters.empty();
    if (waits && answer_by > now) return answer_by;
    if (waits) answer(ticket->second);
    deadlines_.pop_front();
  }
  return Clock::time_point::max();
}

void Ledger::doubt_all() {
  const std::lock_guard lock(mutex_);
  ++era_;
  for (const State state : {State::fresh, State::aside}) {
    const std::set<OrderId> all = ids(state);
    for (const OrderId id : all) move(id, tickets_.at(id), State::doubtful);
  }
}

std::vector<OrderPtr> Ledger::fresh(std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<OrderPtr> orders;
  for (const OrderId id : ids(State::fresh)) {
    if (orders.size() == limit) break;
    orders.push_back(tickets_.at(id).order);
  }
  return orders;
}

std::vector<Ledger::Doubt> Ledger::doubtful(std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Doubt> doubts;
  for (const OrderId id : ids(State::doubtful)) {
    if (doubts.size() == limit) break;
    doubts.push_back({id, tickets_.at(id).order});
  }
  return doubts;
}

void Ledger::not_published(const OrderPtr& order) {
  const std::lock_guard lock(mutex_);
  const auto ticket = tickets_.find(order->id);
  if (ticket == tickets_.end()) return;
  ticket->second.order = order;
  move(order->id, ticket->second, State::fresh);
}

void Ledger::set_aside(OrderId id) {
  const std::lock_guard lock(mutex_);
  const auto ticket = tickets_.find(id);
  if (ticket == tickets_.end()) return;
  move(id, ticket->second, State::aside);
  answer(ticket->second);
}

void Ledger::recall_aside() {
  const std::lock_guard lock(mutex_);
  const std::set<OrderId> all = ids(State::aside);
  for (const OrderId id : all) move(id, tickets_.at(id), State::fresh);
}

void Ledger::published(OrderId id, Landed landed) {
  const std::lock_guard lock(mutex_);
  const auto ticket = tickets_.find(id);
  if (ticket == tickets_.end()) return;
  ticket->second.landed = landed;
  move(id, ticket->second, State::published);
}

std::vector<OrderId> Ledger::removable(std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  const auto& all = ids(State::published);
  const auto count = std::min(limit, all.size());
  return {all.begin(), std::next(all.begin(), static_cast<std::ptrdiff_t>(count))};
}

void Ledger::answer(std::span<const OrderId> answered) {
  const std::lock_guard lock(mutex_);
  for (const OrderId id : answered) {
    if (const auto ticket = tickets_.find(id); ticket != tickets_.end()) answer(ticket->second);
  }
}

void Ledger::forget(std::span<const OrderId> gone) {
  const std::lock_guard lock(mutex_);
  for (const OrderId id : gone) {
    const auto ticket = tickets_.find(id);
    if (ticket == tickets_.end()) continue;
    answer(ticket->second);
    ids(ticket->second.state).erase(id);
    tickets_.erase(ticket);
    gone_.insert(id);
  }
}

void Ledger::set_away(bool away) {
  {
    const std::lock_guard lock(mutex_);
    away_ = away;
  }
  if (away) answer_all();
}

void Ledger::answer_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [answer_by, id] : deadlines_) {
    if (const auto ticket = tickets_.find(id); ticket != tickets_.end()) answer(ticket->second);
  }
  deadlines_.clear();
}

std::size_t Ledger::pending() const {
  const std::lock_guard lock(mutex_);
  return tickets_.size() - ids(State::published).size();
}

}  // namespace orders::intake
