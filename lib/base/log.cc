#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/log_counts.h"
#include "base/log_sink.h"

namespace orders {
namespace {

thread_local const LogSubject* subject_of_this_line = nullptr;

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

}  // namespace

std::string log_text(std::string_view message, LogFormat format) {
  if (format == LogFormat::json) return json_text(message);
  return printable(message, std::numeric_limits<std::size_t>::max());
}

void set_up_logging(LogLevel level, LogFormat format, LogIdentity identity) {
  const auto program = identity.program;
  auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<LogSink>(std::move(identity), format));
  logger->sinks().push_back(log_counter());
  logger->set_level(level_of(level));
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(LogLevel level) { spdlog::default_logger_raw()->set_level(level_of(level)); }

void set_log_format(LogFormat format) {
  for (const auto& sink : spdlog::default_logger_raw()->sinks()) {
    if (auto* ours = dynamic_cast<LogSink*>(sink.get())) ours->set_format(format);
  }
}

void flush_log() { spdlog::default_logger_raw()->flush(); }

void log_about(spdlog::level::level_enum level, const LogSubject& subject, std::string_view message) {
  subject_of_this_line = &subject;
  spdlog::default_logger_raw()->log(level, spdlog::string_view_t(message.data(), message.size()));
  subject_of_this_line = nullptr;
}

const LogSubject* current_subject() { return subject_of_this_line; }

NoSubject::NoSubject() : before_(std::exchange(subject_of_this_line, nullptr)) {}

NoSubject::~NoSubject() { subject_of_this_line = before_; }

}  // namespace orders
