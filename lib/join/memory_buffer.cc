#include "join/memory_buffer.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <tuple>
#include <utility>

namespace orders::join {
namespace {

constexpr std::size_t look_ahead = 4;  ///< among those that leave next: their keys were last seen a window ago
constexpr std::size_t keep_nodes = 65'536;
/// Bytes wasted that are not worth looking at an entry, and at all.
constexpr std::uint64_t waste_per_entry = 32, little_waste = 2 * Payloads::least_block;
constexpr std::size_t few_strays = 4'096;  ///< to be looked at for every commit

/// The order in which entries leave, and in which partners are met.
template <class Node>
bool earlier(const Node& a, const Node& b) {
  return std::tie(a.timestamp, a.offset) < std::tie(b.timestamp, b.offset);
}

}  // namespace

Entry MemoryBuffer::view(const Node& node) const {
  Entry entry{.key = node.key,
              .timestamp = node.timestamp,
              .offset = node.offset,
              .status = node.status,
              .joined = node.joined,
              .splice = {},
              .value = {},
              .headers = {}};
  if (!node.payload) return entry;
  const char* const payload = half(node.side).payloads.at(node.payload);
  std::memcpy(&entry.splice, payload, sizeof entry.splice);
  entry.value = {payload + sizeof entry.splice, node.value_size};
  entry.headers = {entry.value.data() + node.value_size, node.headers_size};
  return entry;
}

void MemoryBuffer::add_payload(Node& node, const Entry& entry) {
  node.value_size = static_cast<std::uint32_t>(entry.value.size());
  node.headers_size = static_cast<std::uint32_t>(entry.headers.size());
  auto& payloads = half(node.side).payloads;
  node.payload = payloads.add(node.payload_size());
  char* const payload = payloads.at(node.payload);
  std::memcpy(payload, &entry.splice, sizeof entry.splice);
  entry.value.copy(payload + sizeof entry.splice, node.value_size);
  entry.headers.copy(payload + sizeof entry.splice + node.value_size, node.headers_size);
}

void MemoryBuffer::drop_payload(Node& node) {
  if (node.payload) half(node.side).payloads.remove(std::exchange(node.payload, {}), node.payload_size());
}

bool MemoryBuffer::Later::operator()(NodeIndex a, NodeIndex b) const { return earlier(nodes[b], nodes[a]); }

void MemoryBuffer::insert(Side side, const Entry& entry) {
  auto& here = half(side);
  const auto at = allocate();
  auto& node = nodes_[at];
  node.key = entry.key;
  node.timestamp = entry.timestamp;
  node.offset = entry.offset;
  node.status = entry.status;
  node.side = side;
  node.joined = entry.joined;
  if (!entry.joined || side == Side::stock) add_payload(node, entry);
  ++here.entries;
  if (!entry.joined) ++here.waiting;
  link(at);
  if (here.run.empty() || node.timestamp >= nodes_[here.run.back()].timestamp) {
    here.run.push_back(at);
  } else {
    here.strays.push_back(at);
    std::ranges::push_heap(here.strays, Later{nodes_});
  }
}

MemoryBuffer::NodeIndex MemoryBuffer::allocate() {
  if (free_ == KeyIndex::none) {
    nodes_.emplace_back();
    return static_cast<NodeIndex>(nodes_.size() - 1);
  }
  const auto at = free_;
  free_ = std::exchange(nodes_[at].next, KeyIndex::none);
  return at;
}

void MemoryBuffer::release(NodeIndex at) {
  auto& node = nodes_[at];
  auto& here = half(node.side);
  if (!node.joined) --here.waiting;
  --here.entries;
  unlink(at);
  drop_payload(node);
  node.next = std::exchange(free_, at);
}

void MemoryBuffer::link(NodeIndex at) {
  auto& head = index_.head(nodes_[at].key);
  if (head == KeyIndex::none || earlier(nodes_[at], nodes_[head])) {
    nodes_[at].next = std::exchange(head, at);
    return;
  }
  auto before = head;
  while (nodes_[before].next != KeyIndex::none && !earlier(nodes_[at], nodes_[nodes_[before].next])) {
    before = nodes_[before].next;
  }
  nodes_[at].next = std::exchange(nodes_[before].next, at);
}

void MemoryBuffer::unlink(NodeIndex at) {
  const auto key = nodes_[at].key;
  auto before = index_.find(key);
  if (before == at) {
    if (nodes_[at].next == KeyIndex::none) {
      index_.erase(key);
    } else {
      index_.set(key, nodes_[at].next);
    }
    return;
  }
  while (nodes_[before].next != at) before = nodes_[before].next;
  nodes_[before].next = nodes_[at].next;
}

void MemoryBuffer::mark_joined(Node& node) {
  auto& here = half(node.side);
  node.joined = true;
  --here.waiting;
  if (node.side == Side::payment) drop_payload(node);
}

void MemoryBuffer::prefetch(OrderId key) const { index_.prefetch(key); }

std::optional<Entry> MemoryBuffer::peek(Side side, OrderId key) const {
  for (auto at = index_.find(key); at != KeyIndex::none; at = nodes_[at].next) {
    const auto& node = nodes_[at];
    if (node.side == side && node.payload) return view(node);
  }
  return std::nullopt;
}

void MemoryBuffer::join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) {
  for (auto at = index_.find(key); at != KeyIndex::none; at = nodes_[at].next) {
    auto& node = nodes_[at];
    if (node.side != side || node.timestamp < first) continue;
    if (node.timestamp > last) break;
    const bool first_time = !node.joined;
    visit(view(node), first_time);
    if (first_time) mark_joined(node);
  }
  repack(half(side));
}

std::optional<MemoryBuffer::NodeIndex> MemoryBuffer::pop_due(Half& half, Timestamp bound) {
  const bool from_run =
      !half.run.empty() && (half.strays.empty() || earlier(nodes_[half.run.front()], nodes_[half.strays.front()]));
  if (from_run) {
    const auto at = half.run.front();
    if (nodes_[at].timestamp >= bound) return std::nullopt;
    half.run.pop_front();
    if (half.run.size() > 2 * look_ahead) {
      __builtin_prefetch(&nodes_[half.run[2 * look_ahead]]);
      index_.prefetch(nodes_[half.run[look_ahead]].key);
    }
    if (half.first_waiting > 0) --half.first_waiting;
    return at;
  }
  if (half.strays.empty() || nodes_[half.strays.front()].timestamp >= bound) return std::nullopt;
  std::ranges::pop_heap(half.strays, Later{nodes_});
  const auto at = half.strays.back();
  half.strays.pop_back();
  return at;
}

void MemoryBuffer::expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) {
  auto& here = half(side);
  while (const auto at = pop_due(here, bound)) {
    if (const auto& node = nodes_[*at]; !node.joined) unmatched(view(node));
    release(*at);
  }
  repack(here);
  if (nodes_.capacity() > keep_nodes && entries() < nodes_.capacity() / 16) shrink();
}

/// Where much is wasted: so much that it pays to look at all entries for those that have a payload.
void MemoryBuffer::repack(Half& half) {
  if (half.payloads.wasted() <= half.payloads.used() / 4 + half.entries * waste_per_entry + little_waste) return;
  auto old = std::exchange(half.payloads, {});
  const auto move = [&](NodeIndex at) {
    auto& node = nodes_[at];
    if (!node.payload) return;
    const char* const from = old.at(node.payload);
    node.payload = half.payloads.add(node.payload_size());
    std::memcpy(half.payloads.at(node.payload), from, node.payload_size());
  };
  std::ranges::for_each(half.run, move);
  std::ranges::for_each(half.strays, move);
}

/// After a burst: what is left of it goes into a buffer of its size.
void MemoryBuffer::shrink() {
  MemoryBuffer small;
  for (const Side side : {Side::payment, Side::stock}) {
    each(side, [&](const Entry& entry) { small.insert(side, entry); });
    small.half(side).marks = std::move(half(side).marks);
  }
  *this = std::move(small);
}

bool MemoryBuffer::repeats(Side side, OrderId key, order::StatusId status, Timestamp timestamp, Timestamp bound) {
  return half(side).marks.repeats(key, status, timestamp, bound);
}

std::uint64_t MemoryBuffer::waiting(Side side) const { return half(side).waiting; }

std::optional<Timestamp> MemoryBuffer::oldest_waiting_of_run(Half& half) const {
  while (half.first_waiting < half.run.size() && nodes_[half.run[half.first_waiting]].joined) ++half.first_waiting;
  if (half.first_waiting == half.run.size()) return std::nullopt;
  return nodes_[half.run[half.first_waiting]].timestamp;
}

std::optional<Timestamp> MemoryBuffer::waits_from(Side side) {
  auto& here = half(side);
  if (here.waiting == 0) return std::nullopt;
  if (here.strays.size() <= few_strays) return oldest_waiting(side);
  const auto first_stray = nodes_[here.strays.front()].timestamp;
  return std::min(oldest_waiting_of_run(here).value_or(first_stray), first_stray);
}

std::optional<Timestamp> MemoryBuffer::oldest_waiting(Side side) {
  auto& here = half(side);
  auto oldest = oldest_waiting_of_run(here);
  for (const auto at : here.strays) {
    const auto& node = nodes_[at];
    if (!node.joined && (!oldest || node.timestamp < *oldest)) oldest = node.timestamp;
  }
  return oldest;
}

void MemoryBuffer::each_waiting(Side side, const Place& from, FunctionRef<bool(const Entry&)> visit) {
  auto& here = half(side);
  const auto place = [&](NodeIndex at) { return Place{nodes_[at].timestamp, nodes_[at].offset}; };
  std::vector<NodeIndex> strays;
  std::ranges::copy_if(here.strays, std::back_inserter(strays),
                       [&](NodeIndex at) { return !nodes_[at].joined && place(at) >= from; });
  std::ranges::sort(strays, {}, place);
  auto stray = strays.begin();
  const auto show = [&](NodeIndex at) { return visit(view(nodes_[at])); };
  for (auto at = std::ranges::lower_bound(here.run, from, {}, place); at != here.run.end(); ++at) {
    if (nodes_[*at].joined) continue;
    for (; stray != strays.end() && place(*stray) < place(*at); ++stray) {
      if (!show(*stray)) return;
    }
    if (!show(*at)) return;
  }
  for (; stray != strays.end(); ++stray) {
    if (!show(*stray)) return;
  }
}

void MemoryBuffer::each(Side side, FunctionRef<void(const Entry&)> visit) const {
  const auto& here = half(side);
  for (const auto at : here.run) visit(view(nodes_[at]));
  for (const auto at : here.strays) visit(view(nodes_[at]));
}

std::uint64_t MemoryBuffer::bytes() const {
  std::uint64_t total = index_.size() * KeyIndex::bytes_per_key;
  for (const auto& half : halves_) {
    total += half.payloads.used() + half.marks.bytes() + half.entries * (sizeof(Node) + sizeof(NodeIndex));
  }
  return total;
}

}  // namespace orders::join
