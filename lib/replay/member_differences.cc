#include "replay/member_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "replay/json_meaning.h"
#include "replay/json_text.h"

namespace orders::replay {
namespace {

constexpr std::string_view nothing = "nothing";

using Members = std::vector<std::pair<std::string, std::string>>;  ///< name, value as it stands

/// Nothing where the value is no JSON object.
std::optional<Members> members_of(const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  Members members;
  JsonText json(*value);
  const bool read = json.object([&](std::string_view name) {
    std::string_view raw;
    if (!json.value(raw)) return false;
    members.emplace_back(name, raw);
    return true;
  });
  if (!read || !json.end()) return std::nullopt;
  return members;
}

Members members_of(const std::vector<kafka::Header>& headers) {
  Members members;
  for (const auto& [name, value] : headers) members.emplace_back(name, value.value_or("null"));
  return members;
}

const std::string* find(const Members& members, const std::string& name) {
  const auto at = std::ranges::find(members, name, &Members::value_type::first);
  return at == members.end() ? nullptr : &at->second;
}

using SameValue = bool (*)(std::string_view, std::string_view);
bool same_text(std::string_view a, std::string_view b) { return a == b; }

/// Member by member; empty where they differ in nothing but order, space or what stands there twice.
std::vector<MemberDifference> by_member(std::string_view prefix, const Members& expected, const Members& got,
                                        SameValue same = same_text) {
  std::vector<MemberDifference> found;
  for (const auto& [name, value] : expected) {
    const auto* other = find(got, name);
    if (other != nullptr && same(*other, value)) continue;
    found.push_back({fmt::format("{}.{}", prefix, name), value, other ? *other : std::string(nothing)});
  }
  for (const auto& [name, value] : got) {
    if (find(expected, name) != nullptr) continue;
    found.push_back({fmt::format("{}.{}", prefix, name), std::string(nothing), value});
  }
  return found;
}

std::vector<MemberDifference> value_differences(const Record& expected, const Record& got) {
  const auto wanted = members_of(expected.value), found = members_of(got.value);
  if (wanted && found) {
    if (auto differences = by_member("value", *wanted, *found); !differences.empty()) return differences;
  }
  return {{"value", expected.value.value_or("null"), got.value.value_or("null")}};
}

std::string names_of(const Members& members) {
  std::string names;
  for (const auto& [name, value] : members) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? std::string(nothing) : names;
}

std::vector<MemberDifference> header_differences(const Record& expected, const Record& got) {
  const auto wanted = members_of(expected.headers), found = members_of(got.headers);
  if (auto differences = by_member("headers", wanted, found); !differences.empty()) return differences;
  return {{"headers", names_of(wanted), names_of(found)}};
}

std::vector<MemberDifference> place_differences(const Record& expected, const Record& got) {
  std::vector<MemberDifference> found;
  if (expected.partition != got.partition && got.partition != any_partition) {
    found.push_back({"partition", std::to_string(expected.partition), std::to_string(got.partition)});
  }
  if (expected.timestamp != got.timestamp) {
    found.push_back({"timestamp", std::to_string(to_millis(expected.timestamp)),
                     std::to_string(to_millis(got.timestamp))});
  }
  return found;
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// Members that are null say as much as those that are not there.
void remove_silent(Members& members, const std::vector<std::string>& ignored) {
  std::erase_if(members, [&](const auto& member) { return member.second == "null" || is_in(ignored, member.first); });
}

}  // namespace

std::vector<MemberDifference> member_differences(const Record& expected, const Record& got) {
  auto found = place_differences(expected, got);
  const auto append = [&](std::vector<MemberDifference> more) {
    found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  if (expected.value != got.value) append(value_differences(expected, got));
  if (expected.headers != got.headers) append(header_differences(expected, got));
  return found;
}

std::vector<MemberDifference> meaning_differences(const Record& expected, const Record& got,
                                                  const std::vector<std::string>& ignored) {
  auto found = place_differences(expected, got);
  std::erase_if(found, [&](const auto& difference) { return is_in(ignored, difference.member); });
  if (expected.value == got.value) return found;
  auto wanted = members_of(expected.value), had = members_of(got.value);
  if (!wanted || !had) {
    found.push_back({"value", expected.value.value_or("null"), got.value.value_or("null")});
    return found;
  }
  remove_silent(*wanted, ignored);
  remove_silent(*had, ignored);
  std::ranges::move(by_member("value", *wanted, *had, same_meaning), std::back_inserter(found));
  return found;
}

}  // namespace orders::replay
