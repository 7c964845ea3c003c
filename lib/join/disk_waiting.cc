#include "join/disk_waiting.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/bytes.h"

namespace orders::join {
namespace {

constexpr std::uint64_t sign = 1ull << 63;
constexpr std::size_t prefix_size = 2;

void append_sortable(std::string& out, std::int64_t value) {
  append_be64(out, static_cast<std::uint64_t>(value) ^ sign);
}
std::int64_t load_sortable(const char* bytes) { return static_cast<std::int64_t>(load_be64(bytes) ^ sign); }

}  // namespace

std::string DiskWaiting::key_of(const Due& due) const {
  std::string key{'w', static_cast<char>(side_)};
  append_sortable(key, to_millis(due.timestamp));
  append_sortable(key, due.offset);
  return key;
}

Due DiskWaiting::from_key(std::string_view key, std::string_view value) const {
  return {from_millis(load_sortable(key.data() + prefix_size)), load_sortable(key.data() + prefix_size + 8),
          load_sortable(value.data())};
}

void DiskWaiting::add(const Due& due) {
  if (run_.empty() || due.timestamp >= run_.back().timestamp) {
    run_.push_back(due);
    return;
  }
  strays_.push_back(due);
  std::ranges::push_heap(strays_, std::greater{});
}

Result<std::optional<Due>> DiskWaiting::first(const rocks::Store& store, Waits waits) {
  while (!run_.empty() && !waits(run_.front())) run_.pop_front();
  while (!strays_.empty() && !waits(strays_.front())) {
    std::ranges::pop_heap(strays_, std::greater{});
    strays_.pop_back();
  }
  if (upcoming_.empty() && !complete_) {
    if (auto loaded = load(store); !loaded) return fail(loaded.error());
  }
  std::optional<Due> first;
  const auto consider = [&](const Due& due) {
    if (!first || due < *first) first = due;
  };
  if (!run_.empty()) consider(run_.front());
  if (!strays_.empty()) consider(strays_.front());
  if (!upcoming_.empty()) consider(*upcoming_.begin());
  return first;
}

void DiskWaiting::pop_first(const Due& due, bool indexed) {
  if (indexed) {
    remove(due);
  } else if (!run_.empty() && run_.front() == due) {
    run_.pop_front();
  } else {
    std::ranges::pop_heap(strays_, std::greater{});
    strays_.pop_back();
  }
}

void DiskWaiting::remove(const Due& due) {
  upcoming_.erase(due);
  removed_.push_back(due);
}

void DiskWaiting::index(const Due& due) {
  indexed_.push_back(due);
  if (!complete_ && !(last_ && due <= *last_)) return;
  upcoming_.insert(due);
  if (upcoming_.size() > 4 * chunk) trim();
}

/// Keeps the first ones only.
void DiskWaiting::trim() {
  const auto end = std::next(upcoming_.begin(), chunk);
  last_ = *std::prev(end);
  upcoming_.erase(end, upcoming_.end());
  complete_ = false;
}

void DiskWaiting::finish(rocks::Batch& batch) {
  std::ranges::sort(indexed_);
  std::string id;
  for (const auto& due : indexed_) {
    id.clear();
    append_sortable(id, due.key);
    batch.put(key_of(due), id);
  }
  std::ranges::sort(removed_);
  for (const auto& due : removed_) batch.remove(key_of(due));
  indexed_.clear();
  removed_.clear();
  run_.clear();
  strays_.clear();
}

/// What is removed may still stand in the index.
Result<> DiskWaiting::load(const rocks::Store& store) {
  std::ranges::sort(removed_);
  const std::string prefix{'w', static_cast<char>(side_)};
  auto from = last_ ? key_of(*last_) + '\0' : std::string();
  auto cursor = store.scan(prefix, from);
  for (; cursor.valid() && upcoming_.size() < chunk; cursor.next()) {
    if (cursor.key().size() != prefix_size + 16 || cursor.value().size() != 8)
      return fail(ErrorClass::gap, "the join's buffer holds a key that is not of its format");
    const auto due = from_key(cursor.key(), cursor.value());
    if (!std::ranges::binary_search(removed_, due)) upcoming_.insert(due);
    last_ = due;
  }
  if (auto read = cursor.status(); !read) return read;
  complete_ = !cursor.valid();
  return {};
}

Result<> DiskWaiting::each(const rocks::Store& store, const Place& from, Waits waits,
                           FunctionRef<bool(const Due&)> visit) const {
  const Due first{from.timestamp, from.offset, std::numeric_limits<OrderId>::min()};
  std::vector<Due> added(run_.begin(), run_.end());
  added.insert(added.end(), strays_.begin(), strays_.end());
  std::erase_if(added, [&](const Due& due) { return due < first || !waits(due); });
  std::ranges::sort(added);
  auto removed = removed_;
  std::ranges::sort(removed);
  auto next = added.begin();
  const std::string prefix{'w', static_cast<char>(side_)};
  auto cursor = store.scan(prefix, key_of(first));
  for (; cursor.valid(); cursor.next()) {
    const auto due = from_key(cursor.key(), cursor.value());
    if (std::ranges::binary_search(removed, due)) continue;
    for (; next != added.end() && *next < due; ++next) {
      if (!visit(*next)) return {};
    }
    if (!visit(due)) return {};
  }
  if (auto read = cursor.status(); !read) return read;
  for (; next != added.end(); ++next) {
    if (!visit(*next)) return {};
  }
  return {};
}

std::uint64_t DiskWaiting::bytes() const {
  constexpr std::uint64_t tree_node = 32 + 24;
  return (run_.size() + strays_.size() + removed_.size()) * sizeof(Due) + upcoming_.size() * tree_node;
}

}  // namespace orders::join
