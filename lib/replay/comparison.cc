#include "replay/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "order/key.h"
#include "replay/local.h"
#include "replay/member_differences.h"

namespace orders::replay {
namespace {

std::string identity(const Record& record) {
  return record.key ? fmt::format("{}\n{}", record.topic, *record.key) : record.topic;
}

bool same_identity(const Record& a, const Record& b) { return a.topic == b.topic && a.key == b.key; }

std::string order_of(const std::optional<std::string>& key, config::KeyFormat key_format) {
  if (!key) return "a record without key";
  const auto id = order::decode_key(*key, key_format);
  return id ? fmt::format("order {}", *id) : fmt::format("key {}", *key);
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

Comparison::Comparison(Source expected, Exactness exactness, config::KeyFormat key_format, std::size_t shown)
    : expected_(std::move(expected)), exactness_(std::move(exactness)), key_format_(key_format), shown_(shown) {}

Comparison::Comparison(CaptureReader& expected, config::KeyFormat key_format, std::size_t shown)
    : Comparison(
          [&expected]() -> Result<std::optional<Numbered>> {
            auto record = expected.next();
            if (!record) return fail(std::move(record.error()));
            if (!*record) return std::nullopt;
            return Numbered{**std::move(record), static_cast<std::uint64_t>(expected.line())};
          },
          {}, key_format, shown) {}

Result<std::optional<Comparison::Placed>> Comparison::next_expected() {
  auto next = expected_();
  if (!next) return fail(std::move(next.error()));
  if (!*next) return std::nullopt;
  return Placed{std::move((*next)->record), ++expected_read_, (*next)->line};
}

Result<> Comparison::add(const Record& got) { return add(got, got_read_ + 1); }

Result<> Comparison::add(const Record& got, std::uint64_t line) {
  Placed placed{got, ++got_read_, line};
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
  if (expected.index != got.index && !exactness_.meaning) {
    displaced_.push_back({got.index, expected.index, expected.line, got.record.topic, got.record.key});
  }
  if (first_difference(expected.record, got.record).empty()) return;
  auto different = exactness_.meaning ? meaning_differences(expected.record, got.record, exactness_.ignored)
                                      : std::vector<MemberDifference>{};
  if (exactness_.meaning && different.empty()) return;
  ++counts_.differing;
  if (differences_.size() >= shown_) return;
  if (!exactness_.meaning) different = member_differences(expected.record, got.record);
  for (auto& [member, wanted, found] : different) {
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
  one.partition = (expected != nullptr ? expected : got)->record.partition;
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
