#include "replay/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "order/key.h"
#include "replay/json_text.h"
#include "replay/local.h"

namespace orders::replay {
namespace {

constexpr std::string_view nothing = "nothing";

struct MemberDifference {
  std::string member, expected, got;
};
using Members = std::vector<std::pair<std::string, std::string>>;  ///< name, value as it stands

std::string identity(const Record& record) {
  return record.key ? fmt::format("{}\n{}", record.topic, *record.key) : record.topic;
}

bool same_identity(const Record& a, const Record& b) { return a.topic == b.topic && a.key == b.key; }

std::string order_of(const std::optional<std::string>& key, config::KeyFormat key_format) {
  if (!key) return "a record without key";
  const auto id = order::decode_key(*key, key_format);
  return id ? fmt::format("order {}", *id) : fmt::format("key {}", *key);
}

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

/// Member by member; empty where they differ in nothing but order, space or what stands there twice.
std::vector<MemberDifference> by_member(std::string_view prefix, const Members& expected, const Members& got) {
  std::vector<MemberDifference> found;
  for (const auto& [name, value] : expected) {
    const auto* other = find(got, name);
    if (other != nullptr && *other == value) continue;
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

/// Of two records of one topic and key.
std::vector<MemberDifference> member_differences(const Record& expected, const Record& got) {
  std::vector<MemberDifference> found;
  if (expected.partition != got.partition && got.partition != any_partition) {
    found.push_back({"partition", std::to_string(expected.partition), std::to_string(got.partition)});
  }
  if (expected.timestamp != got.timestamp) {
    found.push_back({"timestamp", std::to_string(to_millis(expected.timestamp)),
                     std::to_string(to_millis(got.timestamp))});
  }
  const auto append = [&](std::vector<MemberDifference> more) {
    found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  if (expected.value != got.value) append(value_differences(expected, got));
  if (expected.headers != got.headers) append(header_differences(expected, got));
  return found;
}

/// In the order in which they stand.
template <class Waiting, class Settle>
void settle(Waiting& waiting, Settle settle_one) {
  std::vector<typename Waiting::mapped_type::value_type> left;
  for (auto& [id, records] : waiting) {
    for (auto& record : records) left.push_back(std::move(record));
  }
  waiting.clear();
  std::ranges::sort(left, {}, [](const auto& placed) { return placed.index; });
  for (const auto& placed : left) settle_one(placed);
}

}  // namespace

Comparison::Comparison(CaptureReader& expected, config::KeyFormat key_format, std::size_t shown)
    : expected_(expected), key_format_(key_format), shown_(shown) {}

Result<std::optional<Comparison::Placed>> Comparison::next_expected() {
  auto record = expected_.next();
  if (!record) return fail(std::move(record.error()));
  if (!*record) return std::nullopt;
  return Placed{**std::move(record), ++expected_read_, static_cast<std::uint64_t>(expected_.line())};
}

Result<> Comparison::add(const Record& got) {
  ++got_read_;
  Placed placed{got, got_read_, got_read_};
  auto expected = next_expected();
  if (!expected) return fail(std::move(expected.error()));
  const bool in_step = *expected && waiting_expected_.empty() && waiting_got_.empty();
  if (in_step && same_identity((*expected)->record, got)) {
    compare(**expected, placed);
    return {};
  }
  if (*expected) place_expected(**std::move(expected));
  place_got(std::move(placed));
  return {};
}

Result<> Comparison::finish() {
  while (true) {
    auto expected = next_expected();
    if (!expected) return fail(std::move(expected.error()));
    if (!*expected) break;
    place_expected(**std::move(expected));
  }
  settle_missing();
  settle_extra();
  settle_places();
  return {};
}

void Comparison::place_expected(Placed expected) {
  const auto id = identity(expected.record);
  const auto partner = waiting_got_.find(id);
  if (partner == waiting_got_.end()) {
    waiting_expected_[id].push_back(std::move(expected));
    return;
  }
  compare(expected, partner->second.front());
  partner->second.pop_front();
  if (partner->second.empty()) waiting_got_.erase(partner);
}

void Comparison::place_got(Placed got) {
  const auto id = identity(got.record);
  const auto partner = waiting_expected_.find(id);
  if (partner == waiting_expected_.end()) {
    waiting_got_[id].push_back(std::move(got));
    return;
  }
  compare(partner->second.front(), got);
  partner->second.pop_front();
  if (partner->second.empty()) waiting_expected_.erase(partner);
}

void Comparison::compare(const Placed& expected, const Placed& got) {
  if (expected.index != got.index) {
    displaced_.push_back({got.index, expected.index, expected.line, got.record.topic, got.record.key});
  }
  if (first_difference(expected.record, got.record).empty()) return;
  ++counts_.differing;
  if (differences_.size() >= shown_) return;
  for (auto& [member, wanted, found] : member_differences(expected.record, got.record)) {
    auto one = difference(Difference::Kind::member, &expected, &got);
    one.member = std::move(member);
    one.expected = std::move(wanted);
    one.got = std::move(found);
    keep(std::move(one));
  }
}

void Comparison::settle_missing() {
  settle(waiting_expected_, [this](const Placed& expected) {
    ++counts_.missing;
    if (differences_.size() < shown_) keep(difference(Difference::Kind::missing, &expected, nullptr));
  });
}

void Comparison::settle_extra() {
  settle(waiting_got_, [this](const Placed& got) {
    ++counts_.extra;
    if (differences_.size() < shown_) keep(difference(Difference::Kind::extra, nullptr, &got));
  });
}

/// Records that are missing or too many move all that follow, which is no difference of those.
void Comparison::settle_places() {
  std::ranges::sort(displaced_, {}, &Pair::got);
  std::uint64_t furthest = 0;
  for (const auto& pair : displaced_) {
    if (pair.expected > furthest) {
      furthest = pair.expected;
      continue;
    }
    ++counts_.misplaced;
    Difference one;
    one.kind = Difference::Kind::place;
    one.topic = pair.topic;
    one.order = order_of(pair.key, key_format_);
    one.expected_line = pair.line;
    one.line = pair.got;
    keep(std::move(one));
  }
}

Difference Comparison::difference(Difference::Kind kind, const Placed* expected, const Placed* got) const {
  const auto& record = (got != nullptr ? got : expected)->record;
  Difference one;
  one.kind = kind;
  one.topic = record.topic;
  one.order = order_of(record.key, key_format_);
  if (expected != nullptr) {
    one.expected_line = expected->line;
    one.expected = line_of(expected->record);
  }
  if (got != nullptr) {
    one.line = got->line;
    one.got = line_of(got->record);
  }
  return one;
}

/// In the form in which ours are written, so that only what differs looks different.
std::string Comparison::line_of(const Record& record) const {
  std::string line;
  append_line(line, record, key_format_);
  line.pop_back();
  return line;
}

void Comparison::keep(Difference difference) {
  if (differences_.size() < shown_) differences_.push_back(std::move(difference));
}

}  // namespace orders::replay
