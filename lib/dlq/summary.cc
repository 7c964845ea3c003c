#include "dlq/summary.h"

#include <algorithm>

namespace orders::dlq {

std::string_view to_string(By by) {
  switch (by) {
    case By::reason:
      return "reason";
    case By::topic:
      return "topic";
    case By::hour:
      return "hour";
  }
  return "";
}

std::string Summary::group_of(const Letter& letter) const {
  if (by_ == By::hour) return format_timestamp(letter.time).substr(0, sizeof "2026-01-31T12" - 1) + "Z";
  if (by_ == By::reason) return letter.reason();
  return letter.of.topic.empty() ? "unknown" : letter.of.topic;
}

void Summary::add(const Letter& letter) {
  ++letters_;
  auto& group = groups_[group_of(letter)];
  if (group.letters++ == 0) group.oldest = group.newest = letter.time;
  group.oldest = std::min(group.oldest, letter.time);
  group.newest = std::max(group.newest, letter.time);
}

}  // namespace orders::dlq
