// Where all of the log goes through: what is left out of it in a storm, and its format. Private to the module, but for
// tests.
#pragma once

#include <spdlog/sinks/base_sink.h>
#include <sys/uio.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "base/log_limiter.h"

namespace orders {

/// As sd_journal_sendv(3).
using JournalSend = std::function<int(const iovec* fields, int count)>;

/// To the journal in its own protocol, so that levels and fields arrive as such.
[[nodiscard]] spdlog::sink_ptr journal_sink(const LogIdentity& identity);
[[nodiscard]] spdlog::sink_ptr journal_sink(const LogIdentity& identity, JournalSend send);
/// Whether there is one on this machine.
[[nodiscard]] bool is_journal_there();

/// How a line looks in a format.
[[nodiscard]] std::unique_ptr<spdlog::formatter> line_formatter(LogFormat format, const LogIdentity& identity);

/// The subject of the line that this thread is writing; null: none.
[[nodiscard]] const LogSubject* current_subject();
/// For its lifetime lines of this thread are about nothing: what is told of other lines is not about that of this one.
class NoSubject {
 public:
  NoSubject();
  NoSubject(const NoSubject&) = delete;
  NoSubject& operator=(const NoSubject&) = delete;
  ~NoSubject();

 private:
  const LogSubject* before_;
};

/// Any thread. Debug and trace are never left out: who asks for them wants all of it. Neither is what is critical.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  using Clock = LogLimiter::Clock;
  using Now = std::function<Clock::time_point()>;
  LogSink(LogIdentity identity, LogFormat format, Now now = &Clock::now);
  /// For tests: what is let through goes to `target`.
  LogSink(spdlog::sink_ptr target, Now now) : now_(std::move(now)), target_(std::move(target)) {}
  ~LogSink() override;

  void set_format(LogFormat format);

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;
  void tell(const std::vector<LogLimiter::LeftOut>& left_out);

  const LogIdentity identity_;
  const Now now_;
  LogLimiter limiter_;
  spdlog::sink_ptr target_;
};

}  // namespace orders
