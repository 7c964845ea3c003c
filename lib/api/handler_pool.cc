#include "api/handler_pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/thread.h"

namespace orders::api {

HandlerPool::HandlerPool(std::string name, std::size_t threads, std::size_t waiting, Work work)
    : name_(std::move(name)),
      most_threads_(std::max<std::size_t>(threads, 1)),
      most_waiting_(waiting),
      work_(std::move(work)) {
  start_thread();
}

bool HandlerPool::add(Exchange& exchange) {
  {
    const std::lock_guard lock(mutex_);
    const bool thread_for_it = waiting_.size() < idle_ || threads_.size() < most_threads_;
    if (stopped_ || (!thread_for_it && waiting_.size() >= idle_ + most_waiting_)) return false;
    waiting_.push_back(&exchange);
    if (waiting_.size() > idle_ && threads_.size() < most_threads_) start_thread();
  }
  changed_.notify_one();
  return true;
}

void HandlerPool::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

/// Needs the lock, but for the first one.
void HandlerPool::start_thread() {
  try {
    threads_.emplace_back([this] {
      name_thread(name_.c_str());
      run();
    });
    ++idle_;
  } catch (const std::system_error& e) {
    if (threads_.empty()) throw;
    spdlog::warn("api: no further thread for requests, {} work: {}", threads_.size(), e.what());
  }
}

void HandlerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Exchange* exchange = waiting_.front();
    waiting_.pop_front();
    --idle_;
    lock.unlock();
    work_(*exchange);
    lock.lock();
    ++idle_;
  }
}

}  // namespace orders::api
