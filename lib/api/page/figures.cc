#include "api/page/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "base/count.h"

namespace orders::api::page {
namespace {

constexpr const char* not_known = "–";

void walk(const Json& at, std::string_view path, std::vector<const Json*>& found) {
  if (path.empty()) return found.push_back(&at);
  const auto step = take_until(path, '/');
  if (step == "*") {
    if (!at.is_array()) return;
    for (const auto& element : at) walk(element, path, found);
  } else if (const auto member = at.is_object() ? at.find(step) : at.end(); member != at.end()) {
    walk(*member, path, found);
  }
}

std::string grouped_signed(std::int64_t number) {
  return number < 0 ? "-" + grouped(std::uint64_t{0} - static_cast<std::uint64_t>(number))
                    : grouped(static_cast<std::uint64_t>(number));
}

std::optional<double> rate_of(const Documents& documents, const Json& item, std::string_view paths) {
  if (documents.before == nullptr || documents.seconds <= 0) return std::nullopt;
  const auto now = sum_of(documents.now, item, paths);
  const auto before = sum_of(*documents.before, item, paths);
  if (!now || !before || *now < *before) return std::nullopt;  // below: another process, or other tasks
  return static_cast<double>(*now - *before) / documents.seconds;
}

std::string rate_text(double rate) {
  if (rate == 0 || rate >= 9.95) return grouped_signed(std::llround(rate)) + "/s";
  return fmt::format("{:.1f}/s", rate);
}

/// "9,999 ms", "34.5 s", "12 min", "7.2 h": at the end of a backlog they may be long.
std::string duration_text(std::int64_t milliseconds) {
  const auto seconds = static_cast<double>(milliseconds) / 1'000;
  if (milliseconds < 10'000) return grouped_signed(milliseconds) + " ms";
  if (milliseconds < 600'000) return fmt::format("{:.1f} s", seconds);
  if (milliseconds < 7'200'000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3'600);
}

std::string uptime_text(std::int64_t seconds) {
  const auto clock = fmt::format("{:02}:{:02}:{:02}", seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60);
  return seconds < 86'400 ? clock : fmt::format("{} d {}", grouped_signed(seconds / 86'400), clock);
}

/// "2026-01-31 12:00:00", of a time as the daemon writes it.
std::string time_text(std::string text) {
  text.resize(std::min(text.find('.'), text.size()));
  std::ranges::replace(text, 'T', ' ');
  return text;
}

/// "catching up"
std::string words(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

Figure of_number(std::optional<std::int64_t> number, std::string_view format) {
  if (!number) return {not_known, ""};
  if (format == "ms") return {duration_text(*number), ""};
  if (format == "uptime") return {uptime_text(*number), ""};
  return {grouped_signed(*number), ""};
}

Figure of_text(const Json* value, std::string_view format) {
  if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().empty()) return {not_known, ""};
  const auto& text = value->get_ref<const std::string&>();
  if (format == "state") return {words(text), text};
  if (format == "time") return {time_text(text), ""};
  return {text, ""};
}

}  // namespace

std::vector<const Json*> values_at(const Json& document, const Json& item, std::string_view path) {
  std::vector<const Json*> found;
  if (path == ".") return {&item};
  const bool from_the_top = path.starts_with('/');
  if (from_the_top) path.remove_prefix(1);
  walk(from_the_top ? document : item, path, found);
  return found;
}

std::optional<std::int64_t> sum_of(const Json& document, const Json& item, std::string_view paths) {
  std::optional<std::int64_t> sum;
  while (!paths.empty()) {
    for (const auto* value : values_at(document, item, take_until(paths, ' '))) {
      if (!value->is_number_integer()) return std::nullopt;
      sum = sum.value_or(0) + value->get<std::int64_t>();
    }
  }
  return sum;
}

Figure figure(const Documents& documents, const Json& item, std::string_view paths, std::string_view format) {
  if (format == "rate" || format == "flow") {
    const auto rate = rate_of(documents, item, paths);
    if (format == "flow") return {"", rate.value_or(0) > 0 ? "flowing" : "still"};
    return {rate ? rate_text(*rate) : not_known, ""};
  }
  if (format == "count" || format == "ms" || format == "uptime") {
    return of_number(sum_of(documents.now, item, paths), format);
  }
  const auto values = values_at(documents.now, item, paths);
  const auto* value = values.empty() ? nullptr : values.front();
  if (format == "holds") {
    const bool holds = value == nullptr || !value->is_boolean() || value->get<bool>();
    return holds ? Figure{"holds", "holds"} : Figure{"does not hold", "broken"};
  }
  return of_text(value, format);
}

}  // namespace orders::api::page
