// What makes a row of the table: one function a type, over a reference into the Config.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/size.h"
#include "base/time.h"
#include "config/options.h"

namespace orders::config::kinds {

template <class T>
struct Bounds {
  T least;
  T most;
  [[nodiscard]] bool hold(const T& value) const { return least <= value && value <= most; }
};

/// A rule for texts, and how to say it.
struct Rule {
  std::string expected;
  bool (*holds)(std::string_view);
};

/// Whole numbers and decimals as YAML's core schema has them, without 0x, signs or exponents.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);
[[nodiscard]] std::string format_decimal(double value);
/// "a, b or c"
[[nodiscard]] std::string join_choices(const std::vector<std::string>& choices);

[[nodiscard]] Option row(std::string name, Type type, std::string text, std::string expected);
[[nodiscard]] Option whole_row(std::string name, Bounds<std::int64_t> bounds, std::string text);
[[nodiscard]] Option decimal_row(std::string name, Bounds<double> bounds, std::string text);
[[nodiscard]] Option duration_row(std::string name, Bounds<Milliseconds> bounds, std::string text);
[[nodiscard]] Option size_row(std::string name, Bounds<std::uint64_t> bounds, std::string text);

/// `at` gives the member: Config& to T&, const Config& to const T&.
template <class At>
Option text(std::string name, At at, Rule rule, std::string description) {
  auto option = row(std::move(name), Type::text, std::move(description), std::move(rule.expected));
  option.get = [at](const Config& config) { return at(config); };
  option.set = [at, holds = rule.holds](Config& config, const std::string& value) {
    if (!holds(value)) return false;
    at(config) = value;
    return true;
  };
  return option;
}

template <class At>
Option whole(std::string name, At at, Bounds<std::int64_t> bounds, std::string description) {
  auto option = whole_row(std::move(name), bounds, std::move(description));
  option.get = [at](const Config& config) { return std::to_string(at(config)); };
  option.set = [at, bounds](Config& config, const std::string& value) {
    const auto number = parse_whole(value);
    if (!number || !bounds.hold(*number)) return false;
    at(config) = static_cast<std::decay_t<decltype(at(config))>>(*number);
    return true;
  };
  return option;
}

template <class At>
Option decimal(std::string name, At at, Bounds<double> bounds, std::string description) {
  auto option = decimal_row(std::move(name), bounds, std::move(description));
  option.get = [at](const Config& config) { return format_decimal(at(config)); };
  option.set = [at, bounds](Config& config, const std::string& value) {
    const auto number = parse_decimal(value);
    if (!number || !bounds.hold(*number)) return false;
    at(config) = *number;
    return true;
  };
  return option;
}

template <class At>
Option duration(std::string name, At at, Bounds<Milliseconds> bounds, std::string description) {
  auto option = duration_row(std::move(name), bounds, std::move(description));
  option.get = [at](const Config& config) { return format_duration(at(config)); };
  option.set = [at, bounds](Config& config, const std::string& value) {
    const auto parsed = parse_duration(value);
    if (!parsed || !bounds.hold(*parsed)) return false;
    at(config) = *parsed;
    return true;
  };
  return option;
}

template <class At>
Option size(std::string name, At at, Bounds<std::uint64_t> bounds, std::string description) {
  auto option = size_row(std::move(name), bounds, std::move(description));
  option.get = [at](const Config& config) { return format_size(at(config)); };
  option.set = [at, bounds](Config& config, const std::string& value) {
    const auto parsed = parse_size(value);
    if (!parsed || !bounds.hold(*parsed)) return false;
    at(config) = *parsed;
    return true;
  };
  return option;
}

template <class Enum>
using Choices = std::vector<std::pair<std::string, Enum>>;

template <class At, class Enum = std::decay_t<std::invoke_result_t<At, Config&>>>
Option choice(std::string name, At at, std::type_identity_t<Choices<Enum>> values, std::string description) {
  std::vector<std::string> names;
  for (const auto& value : values) names.push_back(value.first);
  auto option = row(std::move(name), Type::choice, std::move(description), join_choices(names));
  option.choices = std::move(names);
  option.get = [at, values](const Config& config) {
    const auto found = std::ranges::find(values, at(config), &std::pair<std::string, Enum>::second);
    return found == values.end() ? std::string() : found->first;
  };
  option.set = [at, values](Config& config, const std::string& value) {
    const auto found = std::ranges::find(values, value, &std::pair<std::string, Enum>::first);
    if (found == values.end()) return false;
    at(config) = found->second;
    return true;
  };
  return option;
}

}  // namespace orders::config::kinds
