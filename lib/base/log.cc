#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/log_counts.h"

namespace orders {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// The inside of a JSON string.
std::string json_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      out += "\\ufffd";
    } else if (is_control(character)) {  // U+0080 to U+009F are 0xC2 and their own number
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(character.back()));
    } else {
      if (character == "\"" || character == "\\") out += '\\';
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

/// %* in the patterns.
class Message final : public spdlog::custom_flag_formatter {
 public:
  explicit Message(LogFormat format) : format_(format) {}
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto text = log_text({message.payload.data(), message.payload.size()}, format_);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Message>(format_); }

 private:
  const LogFormat format_;
};

/// The journal keeps time and level by itself.
std::string pattern_of(LogFormat format) {
  if (format == LogFormat::journald) return "%*";
  if (format == LogFormat::text) return "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %*";
  return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","thread":%t,"message":"%*"})";
}

std::unique_ptr<spdlog::formatter> formatter_of(LogFormat format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc,
                                                               format == LogFormat::journald ? "" : "\n");
  formatter->add_flag<Message>('*', format);
  formatter->set_pattern(pattern_of(format));
  return formatter;
}

spdlog::sink_ptr sink_of(LogFormat format, const std::string& program) {
  if (format == LogFormat::journald) return std::make_shared<spdlog::sinks::systemd_sink_mt>(program, true);
  if (format == LogFormat::json) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
}

}  // namespace

std::string log_text(std::string_view message, LogFormat format) {
  if (format == LogFormat::json) return json_text(message);
  return printable(message, std::numeric_limits<std::size_t>::max());
}

void set_up_logging(LogLevel level, LogFormat format, std::string_view program) {
  const std::string name(program);
  auto logger = std::make_shared<spdlog::logger>(name, sink_of(format, name));
  logger->set_formatter(formatter_of(format));
  logger->sinks().push_back(log_counter());
  logger->set_level(level_of(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(LogLevel level) { spdlog::set_level(level_of(level)); }

}  // namespace orders
