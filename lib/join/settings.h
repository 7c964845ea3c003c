// The settings that decide a record's fate, and the words of the join.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace orders::join {

enum class Side : std::uint8_t { payment = 0, stock = 1 };
[[nodiscard]] constexpr Side other(Side side) { return side == Side::payment ? Side::stock : Side::payment; }
[[nodiscard]] std::string_view to_string(Side side);

/// A payment p and a stock record s join when p - before <= s <= p + after (DESIGN: Join semantics; Kafka Streams'
/// JoinWindows with grace).
struct Settings {
  Milliseconds before{10'000};
  Milliseconds after{10'000};
  Milliseconds grace{0};
  bool suppress_duplicates = false;
  bool pass_unknown = false;  ///< statuses other than ACCEPT and REJECT join, instead of being invalid

  [[nodiscard]] Milliseconds retention() const { return before + after + grace; }
  /// A record of `side` is late when its timestamp is below its side's stream time minus this.
  [[nodiscard]] Milliseconds lateness(Side side) const { return (side == Side::payment ? after : before) + grace; }
  friend bool operator==(const Settings&, const Settings&) = default;
};

/// What became of a record when it was processed. What waits now is joined or unmatched later.
enum class Fate : std::uint8_t { joined, waiting, unmatched, late, duplicate };
[[nodiscard]] std::string_view to_string(Fate fate);

}  // namespace orders::join
