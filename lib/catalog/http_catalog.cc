#include "catalog/http_catalog.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/heartbeat.h"

namespace orders::catalog {
namespace {

/// As many as there are threads that answer clients.
constexpr std::size_t at_once = 16;
constexpr Milliseconds idle{1'000};
constexpr BackoffPolicy pauses{.initial = Milliseconds{100}, .multiplier = 2, .max = Milliseconds{1'000}};

/// Servers take a path that ends in them for another path.
bool is_dot_segment(std::string_view code) { return code == "." || code == ".."; }

Error stopping() { return {ErrorClass::wait, "the daemon is stopping", ""}; }

std::shared_future<Result<Standing>> at_hand(Result<Standing> told) {
  std::promise<Result<Standing>> promise;
  promise.set_value(std::move(told));
  return promise.get_future().share();
}

}  // namespace

HttpCatalog::HttpCatalog(const config::Catalog& config, std::function<void(const Error&)> failed)
    : config_(config),
      requests_(config),
      breaker_(config.breaker_failures, config.breaker_pause),
      cache_(static_cast<std::size_t>(config.cache_codes), config.cache_ttl) {
  counted_.refuses = config.unavailable == config::Unavailable::refuse;
  thread_ = GuardedThread("catalog", [this](const std::stop_token& stop) { return run(stop); }, std::move(failed));
}

HttpCatalog::~HttpCatalog() {
  thread_.request_stop();
  requests_.wake();
  thread_.stop();
}

std::vector<Result<Standing>> HttpCatalog::look_up(std::span<const std::string> codes, Clock::time_point deadline) {
  std::vector<std::shared_future<Told>> answers;
  answers.reserve(codes.size());
  bool has_work = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& code : codes) answers.push_back(join_lookup(code, deadline));
    has_work = !waiting_.empty();
  }
  if (has_work) requests_.wake();
  std::vector<Told> told;
  told.reserve(codes.size());
  const Error late{ErrorClass::wait, "the catalog at " + requests_.where() + " did not answer in time", ""};
  for (const auto& answer : answers) {
    const bool there = answer.wait_until(deadline) == std::future_status::ready;
    told.push_back(there ? answer.get() : unanswered(late));
  }
  return told;
}

std::shared_future<HttpCatalog::Told> HttpCatalog::join_lookup(const std::string& code, Clock::time_point deadline) {
  const auto now = Clock::now();
  if (is_dot_segment(code)) return at_hand(Standing::unknown);
  if (cache_.has(code, now)) {
    ++counted_.hits;
    return at_hand(Standing::known);
  }
  if (now >= stop_at_) return at_hand(fail(stopping()));
  if (breaker_.state() == Breaker::State::open) return at_hand(unanswered(failure_));
  auto [lookup, is_new] = lookups_.try_emplace(code);
  if (is_new) waiting_.push_back(code);
  lookup->second.give_up = std::max(lookup->second.give_up, deadline);
  return lookup->second.answer;
}

HttpCatalog::Told HttpCatalog::unanswered(const Error& error) const {
  if (config_.unavailable == config::Unavailable::accept) return Standing::unchecked;
  return fail(error);
}

std::optional<Status> HttpCatalog::status() const {
  const std::lock_guard lock(mutex_);
  Status status = counted_;
  status.breaker = breaker_.state();
  if (status.breaker != Breaker::State::closed) status.reason = failure_.text();
  return status;
}

void HttpCatalog::finish_within(Milliseconds time) {
  {
    const std::lock_guard lock(mutex_);
    stop_at_ = Clock::now() + time;
  }
  requests_.wake();
}

Result<> HttpCatalog::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    heartbeat::beat("asking the catalog");
    auto done = requests_.wait(start_due());
    if (!done) return fail(done.error());
    const std::lock_guard lock(mutex_);
    for (const auto& one : *done) finish(one, Clock::now());
  }
  const std::lock_guard lock(mutex_);
  tell_all(fail(stopping()), true);
  return {};
}

Milliseconds HttpCatalog::start_due() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (now >= stop_at_) {
    tell_all(fail(stopping()), true);
    return idle;
  }
  begin_probe(now);
  if (breaker_.state() == Breaker::State::closed) start_waiting(now);
  return time_to_wait(now);
}

void HttpCatalog::begin_probe(Clock::time_point now) {
  if (!breaker_.take_probe(now)) return;
  auto& lookup = lookups_[probe_];
  lookup.give_up = std::max(lookup.give_up, now + config_.timeout);
  if (!lookup.under_way) start(probe_, lookup);
}

void HttpCatalog::start_waiting(Clock::time_point now) {
  while (!later_.empty() && later_.begin()->first <= now) {
    waiting_.push_back(std::move(later_.begin()->second));
    later_.erase(later_.begin());
  }
  while (!waiting_.empty() && requests_.under_way() < at_once) {
    const auto lookup = lookups_.find(waiting_.front());
    waiting_.pop_front();
    if (lookup == lookups_.end() || lookup->second.under_way) continue;
    if (lookup->second.give_up <= now) {
      tell(lookup, unanswered({ErrorClass::wait, "the catalog did not answer in time", ""}));
    } else {
      start(lookup->first, lookup->second);
    }
  }
}

void HttpCatalog::start(const std::string& code, Lookup& lookup) {
  if (!has_answered_) probe_ = code;
  lookup.under_way = true;
  ++counted_.requests;
  requests_.start(code);
}

Milliseconds HttpCatalog::time_to_wait(Clock::time_point now) const {
  auto until = std::min({now + idle, breaker_.probe_at(), stop_at_});
  if (!later_.empty()) until = std::min(until, later_.begin()->first);
  return std::max(std::chrono::ceil<Milliseconds>(until - now), Milliseconds{0});
}

void HttpCatalog::finish(const Requests::Done& done, Clock::time_point now) {
  const auto lookup = lookups_.find(done.code);  // not there: nobody is told anything any more
  if (lookup != lookups_.end()) lookup->second.under_way = false;
  if (done.known) {
    note_answer(done.code, now);
    if (*done.known) cache_.remember(done.code, now);
    if (lookup != lookups_.end()) tell(lookup, *done.known ? Standing::known : Standing::unknown);
    return;
  }
  const bool opened = note_failure(done.known.error(), now);
  if (lookup != lookups_.end() && !try_again(done, lookup->second, now)) {
    log_trouble();
    tell(lookup, unanswered(failure_));
  }
  if (!opened) return;
  log_trouble();
  tell_all(unanswered(failure_), false);
}

bool HttpCatalog::try_again(const Requests::Done& done, Lookup& lookup, Clock::time_point now) {
  if (!done.passing || ++lookup.failures >= config_.retry_attempts) return false;
  if (!lookup.backoff) lookup.backoff.emplace(pauses);
  const auto due = now + lookup.backoff->next();
  if (due >= lookup.give_up || breaker_.state() == Breaker::State::open) return false;
  later_.emplace(due, done.code);
  return true;
}

void HttpCatalog::note_answer(const std::string& code, Clock::time_point now) {
  const bool was_away = breaker_.state() != Breaker::State::closed;
  breaker_.answered();
  probe_ = code;
  has_answered_ = true;
  // An answer for one code beside failures for others is no change of state yet.
  if (!in_trouble_ || (!was_away && now - last_failure_ < config_.breaker_pause)) return;
  in_trouble_ = false;
  spdlog::info("catalog: the one at {} answers again", requests_.where());
}

bool HttpCatalog::note_failure(const Error& error, Clock::time_point now) {
  ++counted_.failures;
  counted_.last_error = {wall_clock_now(), error.text()};
  failure_ = error;
  last_failure_ = now;
  return breaker_.failed(now);
}

void HttpCatalog::log_trouble() {
  if (std::exchange(in_trouble_, true)) return;
  spdlog::warn("catalog: {}; new orders are {} meanwhile", failure_.text(),
               counted_.refuses ? "refused" : "accepted unchecked");
}

void HttpCatalog::tell(Lookups::iterator lookup, Told told) {
  lookup->second.promise.set_value(std::move(told));
  lookups_.erase(lookup);
}

void HttpCatalog::tell_all(const Told& told, bool under_way) {
  waiting_.clear();
  later_.clear();
  for (auto lookup = lookups_.begin(); lookup != lookups_.end();) {
    const auto next = std::next(lookup);
    if (under_way || !lookup->second.under_way) tell(lookup, told);
    lookup = next;
  }
}

}  // namespace orders::catalog
