#include "join/memory_buffer.h"

#include <algorithm>
#include <functional>
#include <tuple>

namespace orders::join {
namespace {

constexpr std::size_t keep_nodes = 65'536;

bool earlier(const Entry& a, const Entry& b) {
  return std::tie(a.timestamp, a.offset) < std::tie(b.timestamp, b.offset);
}

}  // namespace

Entry MemoryBuffer::Node::view() const {
  Entry view = entry;
  view.value = std::string_view(payload).substr(0, value_size);
  view.headers = std::string_view(payload).substr(value_size);
  return view;
}

void MemoryBuffer::insert(Side side, const Entry& entry) {
  auto& here = half(side);
  const auto at = allocate(here);
  auto& node = here.nodes[at];
  node.entry = entry;
  node.entry.value = node.entry.headers = {};
  if (!entry.joined || side == Side::stock) {
    node.payload.reserve(entry.value.size() + entry.headers.size());
    node.payload.append(entry.value).append(entry.headers);
    node.value_size = static_cast<std::uint32_t>(entry.value.size());
  }
  ++here.entries;
  if (!entry.joined) ++here.waiting;
  here.payload_bytes += node.payload.size();
  link(here, at);
  const Due due{entry.timestamp, entry.offset, at};
  if (here.run.empty() || due.timestamp >= here.run.back().timestamp) {
    here.run.push_back(due);
  } else {
    here.strays.push_back(due);
    std::ranges::push_heap(here.strays, std::greater{});
  }
}

std::uint32_t MemoryBuffer::allocate(Half& half) {
  if (half.free == KeyIndex::none) {
    half.nodes.emplace_back();
    return static_cast<std::uint32_t>(half.nodes.size() - 1);
  }
  const auto node = half.free;
  half.free = half.nodes[node].next;
  half.nodes[node].next = KeyIndex::none;
  return node;
}

void MemoryBuffer::release(Half& half, std::uint32_t at) {
  auto& node = half.nodes[at];
  if (!node.entry.joined) --half.waiting;
  --half.entries;
  half.payload_bytes -= node.payload.size();
  unlink(half, at);
  node = Node{};
  node.next = half.free;
  half.free = at;
}

void MemoryBuffer::link(Half& half, std::uint32_t node) {
  auto& nodes = half.nodes;
  const auto key = nodes[node].entry.key;
  const auto head = half.index.find(key);
  if (head == KeyIndex::none || earlier(nodes[node].entry, nodes[head].entry)) {
    nodes[node].next = head;
    half.index.set(key, node);
    return;
  }
  auto before = head;
  while (nodes[before].next != KeyIndex::none && !earlier(nodes[node].entry, nodes[nodes[before].next].entry)) {
    before = nodes[before].next;
  }
  nodes[node].next = nodes[before].next;
  nodes[before].next = node;
}

void MemoryBuffer::unlink(Half& half, std::uint32_t node) {
  auto& nodes = half.nodes;
  const auto key = nodes[node].entry.key;
  auto at = half.index.find(key);
  if (at == node) {
    if (nodes[node].next == KeyIndex::none) {
      half.index.erase(key);
    } else {
      half.index.set(key, nodes[node].next);
    }
    return;
  }
  while (nodes[at].next != node) at = nodes[at].next;
  nodes[at].next = nodes[node].next;
}

void MemoryBuffer::mark_joined(Half& half, Side side, Node& node) {
  node.entry.joined = true;
  --half.waiting;
  if (side != Side::payment) return;
  half.payload_bytes -= node.payload.size();
  node.payload = std::string();
  node.value_size = 0;
}

void MemoryBuffer::join(Side side, OrderId key, Timestamp first, Timestamp last, Visit visit) {
  auto& here = half(side);
  for (auto at = here.index.find(key); at != KeyIndex::none; at = here.nodes[at].next) {
    auto& node = here.nodes[at];
    if (node.entry.timestamp < first) continue;
    if (node.entry.timestamp > last) return;
    const bool first_time = !node.entry.joined;
    visit(node.view(), first_time);
    if (first_time) mark_joined(here, side, node);
  }
}

std::optional<MemoryBuffer::Due> MemoryBuffer::pop_due(Half& half, Timestamp bound) {
  const bool from_run = !half.run.empty() && (half.strays.empty() || half.run.front() < half.strays.front());
  if (from_run) {
    const auto due = half.run.front();
    if (due.timestamp >= bound) return std::nullopt;
    half.run.pop_front();
    if (half.first_waiting > 0) --half.first_waiting;
    return due;
  }
  if (half.strays.empty() || half.strays.front().timestamp >= bound) return std::nullopt;
  std::ranges::pop_heap(half.strays, std::greater{});
  const auto due = half.strays.back();
  half.strays.pop_back();
  return due;
}

void MemoryBuffer::expire(Side side, Timestamp bound, FunctionRef<void(const Entry&)> unmatched) {
  auto& here = half(side);
  while (const auto due = pop_due(here, bound)) {
    if (const auto& node = here.nodes[due->node]; !node.entry.joined) unmatched(node.view());
    release(here, due->node);
  }
  if (here.entries > 0 || here.nodes.capacity() <= keep_nodes) return;
  auto marks = std::move(here.marks);
  here = Half{};  // after a burst: give the memory back
  here.marks = std::move(marks);
}

bool MemoryBuffer::repeats(Side side, OrderId key, order::Status status, Timestamp timestamp, Timestamp bound) {
  return half(side).marks.repeats(key, status, timestamp, bound);
}

std::uint64_t MemoryBuffer::waiting(Side side) const { return half(side).waiting; }

std::optional<Timestamp> MemoryBuffer::oldest_waiting(Side side) {
  auto& here = half(side);
  std::optional<Timestamp> oldest;
  const auto joined = [&](const Due& due) { return here.nodes[due.node].entry.joined; };
  while (here.first_waiting < here.run.size() && joined(here.run[here.first_waiting])) ++here.first_waiting;
  if (here.first_waiting < here.run.size()) oldest = here.run[here.first_waiting].timestamp;
  for (const auto& due : here.strays) {
    if (!joined(due) && (!oldest || due.timestamp < *oldest)) oldest = due.timestamp;
  }
  return oldest;
}

void MemoryBuffer::each_waiting(Side side, FunctionRef<bool(const Entry&)> visit) {
  auto& here = half(side);
  std::vector<Due> all(here.run.begin(), here.run.end());
  all.insert(all.end(), here.strays.begin(), here.strays.end());
  std::ranges::sort(all);
  for (const auto& due : all) {
    const auto& node = here.nodes[due.node];
    if (!node.entry.joined && !visit(node.view())) return;
  }
}

std::uint64_t MemoryBuffer::bytes() const {
  std::uint64_t total = 0;
  for (const auto& half : halves_) {
    total +=
        half.payload_bytes + half.marks.bytes() + half.entries * (sizeof(Node) + sizeof(Due) + KeyIndex::bytes_per_key);
  }
  return total;
}

}  // namespace orders::join
