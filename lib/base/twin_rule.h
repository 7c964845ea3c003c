// Fenced: by a mishap of our own, or by a twin?
#pragma once

#include <chrono>
#include <optional>

namespace orders {

/// To be fenced once is no proof: a join that librdkafka sent twice while the broker came back looks the same, and so
/// does a transaction that timed out. Whoever is fenced begins anew, with the same identity; fenced again within a
/// minute, another process has it (class `fenced`, exit code 10). Not thread-safe; one for each identity.
class TwinRule {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds window{60};

  /// Counts a fencing. True: a twin, leave; false: begin anew. A fencing exactly `window` ago counts no more.
  [[nodiscard]] bool is_twin(Clock::time_point now) {
    const bool again = last_ && now - *last_ < window;
    last_ = now;
    return again;
  }

 private:
  std::optional<Clock::time_point> last_;
};

}  // namespace orders
