// Questions to a thread about what it alone may touch: asked by any other thread, answered by it between its turns.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/wakeup.h"

namespace orders {

template <class Question, class Answer>
class Inbox {
 public:
  /// `wakeup`: what the thread that answers waits on; must outlive this.
  explicit Inbox(Wakeup& wakeup) : wakeup_(wakeup) {}

  /// Any thread but the one that answers. Nothing: it has not got round to it within `timeout`, and won't any more.
  [[nodiscard]] std::optional<Answer> ask(Question question, Milliseconds timeout) {
    const auto letter = std::make_shared<Letter>(Letter{std::move(question), {}});
    std::unique_lock lock(mutex_);
    letters_.push_back(letter);
    any_.store(true, std::memory_order_relaxed);
    wakeup_.notify();
    (void)answered_.wait_for(lock, timeout, [&] { return letter->answer.has_value(); });
    std::erase(letters_, letter);
    return std::move(letter->answer);
  }

  /// The thread that answers, at every turn: a load while nobody asks.
  template <class Respond>
  void serve(Respond&& respond) {
    if (!any_.load(std::memory_order_relaxed)) return;
    std::vector<std::shared_ptr<Letter>> letters;
    {
      const std::lock_guard lock(mutex_);
      letters.swap(letters_);
      any_.store(false, std::memory_order_relaxed);
    }
    for (const auto& letter : letters) {
      auto answer = respond(std::as_const(letter->question));
      {
        const std::lock_guard lock(mutex_);
        letter->answer = std::move(answer);
      }
      answered_.notify_all();
    }
  }

 private:
  struct Letter {
    Question question;
    std::optional<Answer> answer;
  };
  Wakeup& wakeup_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::atomic<bool> any_{false};
  std::vector<std::shared_ptr<Letter>> letters_;  ///< that nobody has taken up
};

}  // namespace orders
