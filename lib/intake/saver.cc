#include "intake/saver.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "base/failpoint.h"
#include "base/heartbeat.h"
#include "base/log.h"

namespace orders::intake {
namespace {

constexpr std::string_view part = "database";
constexpr std::size_t queue_limit = 100'000;
constexpr std::size_t leftovers_at_once = 100'000;
constexpr int save_attempts = 3;
constexpr Milliseconds idle{1'000};

Error stopping() { return {ErrorClass::wait, "the daemon is stopping; nothing was saved", ""}; }

Error unknown(const std::string& why) {
  return {ErrorClass::recreate, "not known whether the order was saved: " + why,
          "send it again with the same idempotency key"};
}

}  // namespace

Saver::Saver(const EngineOptions& options, std::unique_ptr<database::Session> session, Ledger& ledger,
             Progress& progress, std::function<void()> saved)
    : options_(options.intake),
      session_(std::move(session)),
      ledger_(ledger),
      progress_(progress),
      saved_(std::move(saved)),
      ids_(options_.application_id + "/" + options_.instance_id),
      load_backoff_(options.backoff) {}

std::vector<std::future<Result<Accepted>>> Saver::submit(std::vector<Request> requests) {
  std::vector<std::future<Result<Accepted>>> futures;
  futures.reserve(requests.size());
  const std::lock_guard lock(mutex_);
  for (Request& request : requests) {
    Job job;
    futures.push_back(job.promise.get_future());
    if (stopping_ || queue_.size() >= queue_limit) {
      const Error full{ErrorClass::wait, "too many orders wait to be saved already; nothing was saved", ""};
      job.promise.set_value(fail(stopping_ ? stopping() : full));
      ++progress_.failed;
      continue;
    }
    job.order.order.customer_id = request.customer_id;
    job.order.order.status = order::to_string(order::Status::new_);
    job.order.order.items = std::move(request.items);
    for (std::size_t i = 0; i < job.order.order.items.size(); ++i) {
      auto& item = job.order.order.items[i];
      if (item.item_id == 0) item.item_id = static_cast<std::int64_t>(i) + 1;
    }
    job.order.idempotency_key = std::move(request.idempotency_key);
    job.unchecked = request.unchecked;
    queue_.push_back(std::move(job));
  }
  wakeup_.notify();
  return futures;
}

void Saver::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wakeup_.notify();
}

Result<> Saver::run() {
  loaded_ = false;  // what a body before this one was saving may stand in the outbox
  for (;;) {
    heartbeat::beat("saving new orders");
    load_leftovers();
    Jobs jobs = take_batch();
    const bool idle_now = jobs.empty();
    if (!idle_now) save(std::move(jobs));
    const auto wait = time_to_wait();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    if (idle_now) wakeup_.wait(wait);
  }
  refuse_queued();
  return {};
}

void Saver::give_up() {
  stop();
  refuse_queued();
}

void Saver::refuse_queued() {
  Jobs rest;
  {
    const std::lock_guard lock(mutex_);
    rest.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
    queue_.clear();
  }
  refuse(std::move(rest), stopping());
}

/// The time until the next client must be answered, or the outbox is to be looked at.
Milliseconds Saver::time_to_wait() {
  const auto now = Ledger::Clock::now();
  auto until = std::min(ledger_.answer_overdue(now), now + idle);
  if (!loaded_) until = std::min(until, std::max(load_due_, now));
  return std::chrono::ceil<Milliseconds>(until - now);
}

/// Up to a batch, of which no two have the same idempotency key: of those, the second must find the first one's row.
Saver::Jobs Saver::take_batch() {
  const std::lock_guard lock(mutex_);
  Jobs jobs;
  std::set<std::string> keys;
  while (!queue_.empty() && jobs.size() < options_.batch) {
    const std::string& key = queue_.front().order.idempotency_key;
    if (!key.empty() && !keys.insert(key).second) break;
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return jobs;
}

/// Rows of an earlier life, of a commit whose outcome was not known, or beyond the ledger's capacity. Read by the
/// thread that saves, so that no row is met here between its saving and its entry in the ledger.
void Saver::load_leftovers() {
  if (ledger_.take_overflow() || reload_.exchange(false)) loaded_ = false;
  if (loaded_ || Ledger::Clock::now() < load_due_) return;
  const auto rows = session_->outbox(options_.instance_id, leftovers_at_once);
  if (!rows) {
    load_due_ = Ledger::Clock::now() + load_backoff_.next();
    return progress_.trouble(part, rows.error());
  }
  progress_.clear(part);
  load_backoff_.reset();
  loaded_ = true;
  std::vector<OrderId> found;
  for (const auto& row : *rows) found.push_back(row.order_id);
  if (const auto added = ledger_.add_leftovers(found); added > 0) {
    spdlog::info("intake: {} orders were saved earlier and are perhaps not published; settling them", added);
    saved_();
  }
}

void Saver::save(Jobs jobs) {
  try {
    save_all(jobs);
  } catch (...) {
    leave_unknown(jobs);
    throw;
  }
}

void Saver::save_all(Jobs& jobs) {
  std::vector<database::NewOrder> orders;
  orders.reserve(jobs.size());
  for (Job& job : jobs) {
    if (job.order.order.id == 0) job.order.order.id = ids_.next(wall_clock_now());
    orders.push_back(job.order);
  }
  const auto era = ledger_.begin_saving();
  auto saved = save_for_certain(std::move(orders));
  if (!saved && saved.error().error_class == ErrorClass::record && jobs.size() > 1) {
    return save_one_by_one(jobs);
  }
  if (!saved) return refuse(std::move(jobs), saved.error());
  progress_.clear(part);
  for (std::size_t i = 0; i < jobs.size(); ++i) accept(std::move(jobs[i]), std::move((*saved)[i]), era);
  saved_();
}

/// Tries again while the database says `abort`. Always with the same ids: a commit of unknown outcome may still happen,
/// and must not make the orders twice.
Result<std::vector<database::Saved>> Saver::save_for_certain(std::vector<database::NewOrder> orders) {
  std::vector<database::Saved> done(orders.size());
  std::vector<std::size_t> open(orders.size());  // indices of what is still to be saved
  std::iota(open.begin(), open.end(), std::size_t{0});
  for (int attempt = 1; !open.empty(); ++attempt) {
    std::vector<database::NewOrder> left;
    for (const std::size_t i : open) left.push_back(orders[i]);
    ORDERS_FAILPOINT("intake.save.before");
    auto saved = session_->save_new(left, options_.instance_id);
    ORDERS_FAILPOINT_RESULT("intake.save.after", saved);
    if (saved) {
      for (std::size_t k = 0; k < open.size(); ++k) done[open[k]] = std::move((*saved)[k]);
      break;
    }
    if (saved.error().error_class != ErrorClass::abort) return fail(saved.error());
    auto found = find_saved(left);
    if (!found || attempt == save_attempts) {
      return fail(unknown(saved.error().text()));
    }
    std::vector<std::size_t> still_open;
    for (std::size_t k = 0; k < open.size(); ++k) {
      orders[open[k]] = left[k];
      if ((*found)[k]) {
        done[open[k]] = std::move(*(*found)[k]);
      } else {
        still_open.push_back(open[k]);
      }
    }
    open = std::move(still_open);
  }
  return done;
}

/// Which of them are there after all. (One whose idempotency key is another order's is not: it has to be asked for
/// again.) An id that is another order's is exchanged.
Result<std::vector<std::optional<database::Saved>>> Saver::find_saved(std::vector<database::NewOrder>& orders) {
  std::vector<std::optional<database::Saved>> saved(orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    order::Order& order = orders[i].order;
    const auto row = session_->find(order.id);
    if (!row) return fail(row.error());
    if (!*row) continue;
    if ((*row)->order.customer_id == order.customer_id && (*row)->order.items == order.items) {
      saved[i] = database::Saved{.order = order};
    } else {
      order.id = ids_.next(wall_clock_now());
    }
  }
  return saved;
}

void Saver::save_one_by_one(Jobs& jobs) {
  for (Job& job : jobs) {
    Jobs one;
    one.push_back(std::move(job));
    save(std::move(one));
  }
}

void Saver::accept(Job job, database::Saved saved, std::uint64_t era) {
  const auto answer_by = Ledger::Clock::now() + options_.publish_timeout;
  if (saved.existed) {
    ++progress_.repeated;
    ledger_.add_repeat(std::move(saved.order), std::move(job.promise), answer_by, saved.pending);
  } else {
    ++progress_.accepted;
    if (job.unchecked) ++progress_.unchecked;
    if (should_follow()) log_about(spdlog::level::debug, {.order = saved.order.id}, "intake: saved");
    ledger_.add(std::move(saved.order), std::move(job.promise), answer_by, era);
  }
}

void Saver::refuse(Jobs jobs, const Error& error) {
  if (jobs.empty()) return;
  progress_.failed += jobs.size();
  if (error.error_class != ErrorClass::record && error.message != stopping().message) progress_.trouble(part, error);
  loaded_ = false;  // who knows what became of a lost connection's commit; it may still be under way
  load_due_ = Ledger::Clock::now() + idle;
  for (Job& job : jobs) job.promise.set_value(fail(error));
}

/// Something was thrown in the middle of them.
void Saver::leave_unknown(Jobs& jobs) {
  for (Job& job : jobs) {
    try {
      job.promise.set_value(fail(unknown("an error that was not foreseen; ordersd's log has it")));
      ++progress_.failed;
    } catch (const std::future_error&) {
      continue;  // it has its answer, or the ledger has its promise
    }
  }
}

}  // namespace orders::intake
