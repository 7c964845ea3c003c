// The product codes that may be ordered: in a file, or asked of a service.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "catalog/breaker.h"
#include "config/config.h"

namespace orders::catalog {

enum class Standing : std::uint8_t {
  known,
  unknown,
  unchecked,  ///< nobody could tell, and such orders are accepted (catalog.unavailable)
};

/// Of a catalog that can be away. Counters are since the start.
struct Status {
  Breaker::State breaker = Breaker::State::closed;
  bool refuses = true;  ///< what can't be checked; else it is accepted unchecked
  std::string reason;   ///< why the breaker is not closed
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;  ///< of the requests
  std::uint64_t hits = 0;      ///< codes that were remembered
  struct LastError {
    Timestamp at;
    std::string message;
  };
  std::optional<LastError> last_error;
};

/// Any thread.
class Catalog {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Catalog() = default;
  /// Of each code, in their order. All are asked for at the same time. An error (`wait`, `denied`: see `Status`) for
  /// what can't be told by the deadline; it waits no longer.
  [[nodiscard]] virtual std::vector<Result<Standing>> look_up(std::span<const std::string> codes,
                                                              Clock::time_point deadline) = 0;
  /// Nothing for one that can't be away.
  [[nodiscard]] virtual std::optional<Status> status() const { return std::nullopt; }
  /// What is not told within that time never is: the process ends.
  virtual void finish_within(Milliseconds) {}
};

/// Null for the backend `none`; `invalid` for a file of codes that is missing or empty, and for a token or certificates
/// that can't be read. Whether a service answers is not asked. `failed`: called at most once, from the catalog's own
/// thread, when that can't go on (see GuardedThread).
[[nodiscard]] Result<std::unique_ptr<Catalog>> open(const config::Catalog& config,
                                                    std::function<void(const Error&)> failed = {});

/// Asks the service (backend `http`) once, for a code that nobody sells, and waits for the answer.
[[nodiscard]] Result<> try_service(const config::Catalog& config);

}  // namespace orders::catalog
