// The catalog as a service that is asked over HTTP, and that may be slow, broken or away.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/backoff.h"
#include "base/guarded_thread.h"
#include "catalog/breaker.h"
#include "catalog/cache.h"
#include "catalog/catalog.h"
#include "catalog/http_requests.h"

namespace orders::catalog {

/// Owns the thread that makes all requests. A code that several orders ask for at the same time is asked for once; what
/// fails and may pass is tried again while somebody waits for it. While the breaker is open nobody waits: the thread
/// itself finds out when the service answers again, by asking for a code that it has answered before.
class HttpCatalog : public Catalog {
 public:
  HttpCatalog(const config::Catalog& config, std::function<void(const Error&)> failed);
  ~HttpCatalog() override;

  std::vector<Result<Standing>> look_up(std::span<const std::string> codes, Clock::time_point deadline) override;
  std::optional<Status> status() const override;
  void finish_within(Milliseconds time) override;

 private:
  using Told = Result<Standing>;
  struct Lookup {
    std::promise<Told> promise;
    std::shared_future<Told> answer{promise.get_future()};
    Clock::time_point give_up{};  ///< when nobody waits any more
    int failures = 0;
    std::optional<Backoff> backoff;  ///< after the first failure
    bool under_way = false;
  };
  using Lookups = std::map<std::string, Lookup, std::less<>>;

  // --- of the callers
  [[nodiscard]] std::shared_future<Told> join_lookup(const std::string& code, Clock::time_point deadline);
  [[nodiscard]] Told unanswered(const Error& error) const;

  // --- of the thread; with the mutex held, but for the first two
  [[nodiscard]] Result<> run(const std::stop_token& stop);
  [[nodiscard]] Milliseconds start_due();
  void begin_probe(Clock::time_point now);
  void start_waiting(Clock::time_point now);
  void start(const std::string& code, Lookup& lookup);
  [[nodiscard]] Milliseconds time_to_wait(Clock::time_point now) const;
  void finish(const Requests::Done& done, Clock::time_point now);
  /// False: it has failed for good.
  [[nodiscard]] bool try_again(const Requests::Done& done, Lookup& lookup, Clock::time_point now);
  void note_answer(const std::string& code, Clock::time_point now);
  /// True when this has opened the breaker.
  [[nodiscard]] bool note_failure(const Error& error, Clock::time_point now);
  void log_trouble();
  void tell(Lookups::iterator lookup, Told told);
  /// Those that wait for their turn, or for their next try; `under_way` too.
  void tell_all(const Told& told, bool under_way);

  const config::Catalog config_;
  Requests requests_;  ///< the thread's; its wake() everybody's

  mutable std::mutex mutex_;
  Breaker breaker_;
  Cache cache_;
  Lookups lookups_;
  std::deque<std::string> waiting_;                      ///< for their turn
  std::multimap<Clock::time_point, std::string> later_;  ///< for their next try
  std::string probe_;                                    ///< the code answered last; until there is one, asked last
  bool has_answered_ = false;
  bool in_trouble_ = false;  ///< as the log has it
  Clock::time_point last_failure_{};
  Error failure_;  ///< the last one
  Status counted_;
  Clock::time_point stop_at_ = Clock::time_point::max();

  GuardedThread thread_;
};

}  // namespace orders::catalog
