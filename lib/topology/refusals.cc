#include "topology/refusals.h"

#include <algorithm>

#include "base/log.h"

namespace orders::topology {
namespace {
constexpr std::size_t split_into = 16;  ///< a batch of 10,000 is down to one record in four tries
}

void Refusals::settle(Outputs& outputs, std::vector<kafka::Refusal> refused) {
  for (auto& refusal : refused) refusal.record = output_of(refusal.record);
  std::ranges::sort(refused, {}, &kafka::Refusal::record);
  const bool first_time = groups_.empty();
  // A group before this one was delivered. To part it again would cost time, and the transaction has little.
  groups_.erase(groups_.begin(), groups_.upper_bound(refused.front().record));
  if (refused.size() == 1) return decide(outputs, refused.front().record, refused.front().reason);
  if (first_time) {
    spdlog::warn("{}: the broker refuses a batch of {} records, which are sent again in smaller ones: {}",
                 options_.name, refused.size(), refused.front().reason);
  }
  const auto step = (refused.size() + split_into - 1) / split_into;
  for (std::size_t i = 0; i < refused.size(); i += step) groups_.insert(refused[i].record);
  groups_.insert(refused.back().record + 1);
}

/// What was dropped is not produced, and has no number there.
std::size_t Refusals::output_of(std::size_t produced) const {
  auto record = produced;
  for (const auto dropped : dropped_) {
    if (dropped <= record) ++record;
  }
  return record;
}

void Refusals::decide(Outputs& outputs, std::size_t at, const std::string& reason) {
  auto& record = outputs.records[at];
  if (record.topic != options_.dead_letter_topic) {
    make_dead_letter(outputs, at, reason);
    failure::count(outputs.letters, failure::Reason::broker_refused);
    ++pending_.refused;
    spdlog::error("{}: the broker refuses the result of {}, which becomes a dead letter: {}", options_.name,
                  failure::original_of(record), reason);
  } else if (record.value) {
    spdlog::error(
        "{}: the broker refuses the dead letter of {}, which goes without its value of {} bytes; that still stands "
        "where it came from: {}",
        options_.name, failure::original_of(record), record.value->size(), reason);
    failure::leave_value_out(record);
  } else {
    spdlog::error("{}: the broker refuses the dead letter of {} even without its value, and it is dropped: {}",
                  options_.name, failure::original_of(record), reason);
    dropped_.insert(at);
    ++pending_.letters_dropped;
  }
}

void Refusals::make_dead_letter(Outputs& outputs, std::size_t at, const std::string& reason) const {
  auto& result = outputs.records[at];
  const auto& stock = outputs.stock_of(at);
  const auto value = outputs.stock_value(stock);
  failure::Rejected rejected{.topic = options_.stock_topic,
                             .partition = result.partition,
                             .offset = stock.offset,
                             .timestamp = stock.timestamp,
                             .timestamp_type = stock.timestamp_type,
                             .key = result.key,
                             .value = value,
                             .headers = std::move(result.headers)};
  result = failure::dead_letter(options_.dead_letter_topic, std::move(rejected), failure::Reason::broker_refused,
                                "the broker refuses the result: " + reason, options_.origin, wall_clock_now());
}

void Refusals::committed() {
  fates_ += pending_;
  forget();
}

void Refusals::forget() {
  groups_.clear();
  dropped_.clear();
  pending_ = {};
}

}  // namespace orders::topology
