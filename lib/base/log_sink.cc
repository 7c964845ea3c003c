#include "base/log_sink.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace orders {
namespace {

/// %* in the patterns: the message, and what it is about.
class Message final : public spdlog::custom_flag_formatter {
 public:
  Message(LogFormat format, LogIdentity identity) : format_(format), identity_(std::move(identity)) {}

  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    const auto line = format_ == LogFormat::json ? json(text) : plain(text);
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<Message>(format_, identity_);
  }

 private:
  [[nodiscard]] std::string plain(std::string_view text) const {
    auto line = log_text(text, format_);
    if (const auto* subject = current_subject()) {
      for_each_member(*subject, [&](const char* name, const char*, const std::string& value, bool) {
        line.append(" ").append(name).append("=").append(log_text(value, format_));
      });
    }
    return line;
  }

  [[nodiscard]] std::string json(std::string_view text) const {
    std::string line;
    const auto add = [&](std::string_view name, std::string_view value) {
      fmt::format_to(std::back_inserter(line), R"({}"{}":"{}")", line.empty() ? "" : ",", name,
                     log_text(value, format_));
    };
    if (!identity_.application.empty()) add("application", identity_.application);
    if (!identity_.instance.empty()) add("instance", identity_.instance);
    add("message", text);
    if (const auto* subject = current_subject()) {
      for_each_member(*subject, [&](const char* name, const char*, const std::string& value, bool is_number) {
        if (is_number) {
          fmt::format_to(std::back_inserter(line), R"(,"{}":{})", name, value);
        } else {
          add(name, value);
        }
      });
    }
    return line;
  }

  const LogFormat format_;
  const LogIdentity identity_;
};

/// The journal keeps time and level by itself.
std::string pattern_of(LogFormat format) {
  if (format == LogFormat::journald) return "%*";
  if (format == LogFormat::text) return "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %*";
  return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","thread":%t,%*})";
}

spdlog::sink_ptr target_of(LogFormat format, const LogIdentity& identity) {
  spdlog::sink_ptr target;
  if (format == LogFormat::journald) {
    target = journal_sink(identity);
  } else if (format == LogFormat::json) {
    target = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    target = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  }
  target->set_formatter(line_formatter(format, identity));
  return target;
}

/// Where nobody would see it, the log is seen at least where text would be.
LogFormat possible(LogFormat format) {
  return format == LogFormat::journald && !is_journal_there() ? LogFormat::text : format;
}

bool may_be_left_out(spdlog::level::level_enum level) {
  return level >= spdlog::level::info && level < spdlog::level::critical;
}

}  // namespace

std::unique_ptr<spdlog::formatter> line_formatter(LogFormat format, const LogIdentity& identity) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc,
                                                               format == LogFormat::journald ? "" : "\n");
  formatter->add_flag<Message>('*', format, identity);
  formatter->set_pattern(pattern_of(format));
  return formatter;
}

LogSink::LogSink(LogIdentity identity, LogFormat format, Now now)
    : identity_(std::move(identity)), now_(std::move(now)) {
  set_format(format);
}

LogSink::~LogSink() { tell(limiter_.rest(now_())); }

void LogSink::set_format(LogFormat format) {
  const auto taken = possible(format);
  auto target = target_of(taken, identity_);
  const std::lock_guard lock(mutex_);
  target_ = std::move(target);
  if (taken == format) return;
  target_->log({identity_.program, spdlog::level::warn,
                "log.format is journald, but there is no journal on this machine: text to standard error instead"});
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  const auto now = now_();
  tell(limiter_.due(now));
  const std::string_view text(message.payload.data(), message.payload.size());
  if (may_be_left_out(message.level) && !limiter_.admits(message.level, text, now)) return;
  target_->log(message);
}

void LogSink::flush_() {
  tell(limiter_.due(now_()));
  target_->flush();
}

void LogSink::tell(const std::vector<LogLimiter::LeftOut>& left_out) {
  const NoSubject here;
  for (const auto& [severity, text, count, time] : left_out) {
    const auto line = fmt::format("{} … {} like it were left out in the last {} s", text, count,
                                  std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(time).count(), 1));
    target_->log({identity_.program, static_cast<spdlog::level::level_enum>(severity), line});
  }
}

}  // namespace orders
