#include "dlq/filter.h"

#include <algorithm>

namespace orders::dlq {
namespace {

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::ranges::find(list, one) != list.end();
}

}  // namespace

bool Filter::matches(const Letter& letter) const {
  if (!ids.empty() && !has(ids, letter.id()) && (letter.of.topic.empty() || !has(ids, letter.original()))) return false;
  if (!reasons.empty() && !has(reasons, letter.reason())) return false;
  if (!topics.empty() && !has(topics, letter.of.topic)) return false;
  if (!keys.empty() && (!letter.key || !has(keys, *letter.key))) return false;
  if (since && letter.time < *since) return false;
  return !until || letter.time < *until;
}

}  // namespace orders::dlq
