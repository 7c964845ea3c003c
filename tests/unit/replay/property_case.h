// A random case of the property tests: the inputs' logs, and what happens to the process that reads them. Plain data,
// so that it can be shrunk and printed.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "order/key.h"
#include "replay/capture.h"
#include "replay/driver.h"
#include "topology/task.h"

namespace orders::property {

using join::Side;
using topology::FateSettings;

inline constexpr std::array both_sides{Side::payment, Side::stock};
inline constexpr std::uint64_t record_limit = 300;

/// What is wrong with a record, if anything is.
enum class Flaw : std::uint8_t { none, no_key, no_value, bad_key, bad_json, mismatch, negative_time, too_large };

struct Event {
  Side side = Side::payment;
  std::int32_t partition = 0;
  std::int64_t key = 1, time = 0;
  std::string status = "ACCEPT";
  Flaw flaw = Flaw::none;
  int shape = 0;  ///< of the value, see value_of()
  int gap = 0;    ///< control records before it
  config::KeyFormat key_format = config::KeyFormat::int64;
  std::int64_t offset = 0;  ///< follows from its place, see place()
};

struct Step {
  enum class Kind : std::uint8_t {
    feed,     ///< up to `count` records of a side, whose outputs are taken together
    commit,   ///< publishes the outputs and stores the positions
    abort,    ///< a commit that fails: the outputs go into the next transaction
    restart,  ///< dies with what is not committed; begins anew with `settings`
    unheard,  ///< a commit that succeeds, but the process dies before it hears of it
  } kind = Kind::feed;
  Side side = Side::payment;
  std::int32_t partition = 0;
  int count = 1;
  std::size_t settings = 0;
  unsigned seed = 0;  ///< of the order in which the rebuild reads the sides, and of how the process lives and dies
};

struct Case {
  unsigned seed = 0;
  bool drop_late = false, drop_unmatched = false;
  config::BufferStore store = config::BufferStore::memory;
  std::vector<FateSettings> settings{{}};  ///< the first one is begun with
  std::vector<Event> events;               ///< those of one log in its order
  std::vector<Step> steps;                 ///< then the rest is read and committed
};

inline std::int32_t partitions_of(const Case& c) {
  std::int32_t most = 1;
  for (const auto& event : c.events) most = std::max(most, event.partition + 1);
  return most;
}

/// "p0-17": unique, and in the value.
inline std::string name_of(const Event& event) {
  return fmt::format("{}{}-{}", event.side == Side::payment ? 'p' : 's', event.partition, event.offset);
}

/// The value with this status, and this source in place of its own (none: its own).
inline std::string value_of(const Event& event, const std::string& status, const std::optional<std::string>& source) {
  const auto name = name_of(event);
  switch (event.shape) {
    case 1:  // without a source: one is appended
      return fmt::format(R"({{"n":"{}","orderId":{},"status":"{}"{}}})", name, event.key, status,
                         source ? ",\"source\":" + *source : "");
    case 2:
      return fmt::format(
          "{{ \"source\" : {} ,\t\"items\":[{{\"productPrice\":1.50}}], \"status\": \"{}\" , \"orderId\" "
          ": {}, \"n\": \"{}\", \"note\":\"\\\"status\\\": \\u00e9\" }}",
          source.value_or("null"), status, event.key, name);
    default:
      return fmt::format(R"({{"orderId":{},"status":"{}","source":{},"n":"{}"}})", event.key, status,
                         source.value_or(R"("BOTH")"), name);
  }
}

inline std::string value_of(const Event& event) {
  switch (event.flaw) {
    case Flaw::bad_json:
      return "{\"orderId\":" + std::to_string(event.key) + ",\xFF";
    case Flaw::too_large:
      return value_of(event, event.status, {}) + std::string(record_limit, ' ');
    case Flaw::mismatch: {
      auto other = event;
      other.key = event.key ^ 1;
      return value_of(other, event.status, {});
    }
    default:
      return value_of(event, event.status, {});
  }
}

inline std::vector<kafka::Header> headers_of(const Event& event) {
  if (event.shape == 0) return {};
  return {{"trace", name_of(event)}, {"none", std::nullopt}};
}

inline replay::Record record_of(const Event& event) {
  replay::Record record;
  record.topic = event.side == Side::payment ? "payment-orders" : "stock-orders";
  record.partition = event.partition;
  record.offset = event.offset;
  record.timestamp = from_millis(event.flaw == Flaw::negative_time ? -1 - event.time : event.time);
  if (event.flaw != Flaw::no_key) record.key = order::encode_key(event.key, event.key_format);
  if (event.flaw == Flaw::bad_key) *record.key += "?";
  if (event.flaw != Flaw::no_value) record.value = value_of(event);
  record.headers = headers_of(event);
  return record;
}

/// Numbers the events of each log.
inline void place(Case& c) {
  std::map<std::pair<std::int32_t, Side>, std::int64_t> next;
  for (auto& event : c.events) {
    auto& offset = next[{event.partition, event.side}];
    event.offset = offset += event.gap;
    ++offset;
  }
}

/// The events of one log.
inline std::vector<const Event*> log_of(const Case& c, std::int32_t partition, Side side) {
  std::vector<const Event*> log;
  for (const auto& event : c.events) {
    if (event.partition == partition && event.side == side) log.push_back(&event);
  }
  return log;
}

}  // namespace orders::property
