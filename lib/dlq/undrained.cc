#include "dlq/undrained.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>

#include "dlq/letter.h"

namespace orders::dlq {
namespace {

/// Of each question to the broker. A stop of the daemon waits for it, and for a client to be closed after it.
constexpr Milliseconds timeout{2'000};
constexpr int looks_between = 30;  ///< then topics and their partitions are asked for again

std::uint64_t hash_of(std::string_view identity) { return std::hash<std::string_view>{}(identity); }

}  // namespace

Undrained::Undrained(kafka::Connection connection, const config::Topics& topics, std::size_t most)
    : connection_(std::move(connection)),
      letters_topic_(topics.dead_letter),
      marks_topic_(topics.drained),
      most_(most) {}

/// The topic of marks need not be there.
Result<> Undrained::find_partitions() {
  if (!partitions_.empty() && ++looks_ < looks_between) return {};
  looks_ = 0;
  partitions_.clear();
  auto letters = kafka::select(connection_, {{letters_topic_}, {}}, timeout);
  if (!letters) return fail(std::move(letters.error()));
  auto marks = kafka::select(connection_, {{marks_topic_}, {}}, timeout);
  if (!marks && marks.error().error_class != ErrorClass::not_found) return fail(std::move(marks.error()));
  partitions_ = *std::move(letters);
  if (marks) partitions_.insert(partitions_.end(), marks->begin(), marks->end());
  std::ranges::sort(partitions_);
  return {};
}

/// Letters that were deleted are not told apart from those that are left: all is read again then.
bool Undrained::is_new_log(const std::vector<kafka::OffsetRange>& whole) const {
  return std::ranges::any_of(whole, [&](const auto& range) {
    const auto known = places_.find(range.at);
    return known != places_.end() && (known->second.low != range.begin || known->second.next > range.end);
  });
}

Result<std::vector<kafka::OffsetRange>> Undrained::find_new(const kafka::TopicReader& reader) {
  auto ranges = reader.resolve(partitions_, {});
  if (!ranges) {
    partitions_.clear();
    return fail(std::move(ranges.error()));
  }
  if (is_new_log(*ranges)) forget();
  for (auto& range : *ranges) {
    const auto [place, first] = places_.try_emplace(range.at, Place{range.begin, range.begin});
    range.begin = place->second.next;
  }
  return ranges;
}

void Undrained::forget() {
  places_.clear();
  undrained_.clear();
  drained_.clear();
  too_many_ = false;
}

void Undrained::take(const kafka::Record& record) {
  if (record.topic() == letters_topic_) {
    const auto letter = hash_of(letter_of(record).identity());
    if (!drained_.contains(letter)) undrained_.insert(letter);
  } else if (record.key() && record.value()) {
    const auto letter = hash_of(*record.key());
    drained_.insert(letter);
    undrained_.erase(letter);
  }
  if (undrained_.size() + drained_.size() <= most_) return;
  spdlog::info("more than {} dead letters and marks of drained ones: they are not counted any more", most_);
  undrained_ = std::unordered_set<std::uint64_t>();  // {} would keep its buckets
  drained_ = std::unordered_set<std::uint64_t>();
  too_many_ = true;
}

Result<std::optional<std::uint64_t>> Undrained::look(FunctionRef<bool()> go_on) {
  if (too_many_) return std::nullopt;
  auto counted = count(go_on);
  if (!counted) reader_.reset();
  return counted;
}

/// A reader reads once, so one that finds nothing new is kept: most looks cost no client.
Result<std::optional<std::uint64_t>> Undrained::count(FunctionRef<bool()> go_on) {
  if (auto found = find_partitions(); !found) return fail(std::move(found.error()));
  if (!reader_) {
    auto reader = kafka::TopicReader::create(connection_, {.read_committed = true, .timeout = timeout}, wakeup_);
    if (!reader) return fail(std::move(reader.error()));
    reader_.emplace(*std::move(reader));
  }
  auto ranges = find_new(*reader_);
  if (!ranges) return fail(std::move(ranges.error()));
  if (std::ranges::all_of(*ranges, [](const auto& range) { return range.size() <= 0; })) return undrained_.size();
  auto all = read(*std::move(ranges), go_on);
  reader_.reset();
  if (!all) return fail(std::move(all.error()));
  if (!*all || too_many_) return std::nullopt;
  return undrained_.size();
}

/// Whether it came to the end of all.
Result<bool> Undrained::read(std::vector<kafka::OffsetRange> ranges, FunctionRef<bool()> go_on) {
  if (auto started = reader_->start(std::move(ranges)); !started) return fail(std::move(started.error()));
  Result<std::optional<kafka::Record>> next;
  do {
    next = reader_->next(go_on);
    if (next && *next) take(**next);
  } while (next && *next && !too_many_ && go_on());
  bool all = true;
  for (const auto& left : reader_->left()) {
    places_[left.at].next = left.begin;
    all = all && left.size() <= 0;
  }
  if (!next) return fail(std::move(next.error()));
  return all;
}

}  // namespace orders::dlq
