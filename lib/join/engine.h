// The join of one task: semantics over a buffer. No clock, no I/O: driven by records and their timestamps.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/function_ref.h"
#include "join/buffer.h"
#include "join/settings.h"

namespace orders::join {

inline constexpr auto no_headers = [] { return std::string_view{}; };

/// A valid record on its way in. What it refers to, the callable too, needs to live during process().
struct Input {
  Side side = Side::payment;
  std::int64_t offset = 0;
  Timestamp timestamp;  ///< not negative
  order::Answer answer;
  std::string_view value;
  FunctionRef<std::string_view()> headers = no_headers;  ///< asked for where they are needed, perhaps more than once
  bool settled = false;  ///< of a rebuild: it is known to have had a partner, or to have left
};

/// One joined pair. `stock_*` are what the result is made of.
struct Pair {
  OrderId key = 0;
  order::Status payment_status = order::Status::unknown;
  order::Status stock_status = order::Status::unknown;
  Timestamp timestamp;  ///< the higher of the two
  const order::Splice& stock_splice;
  std::string_view stock_value;
  std::string_view stock_headers;
  std::int64_t stock_offset = 0;
  Timestamp stock_timestamp;
};

/// Takes what the join brings forth, in the order in which it is to be published.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void joined(const Pair& pair) = 0;
  virtual void unmatched(Side side, const Entry& entry) = 0;
};

/// Records by fate since reset_counters(); `accepted` = on time and no duplicate = joined + unmatched + waiting.
struct Counters {
  struct Records {
    std::uint64_t joined = 0, unmatched = 0, late = 0, duplicate = 0;
  };
  std::array<Records, 2> sides{};  ///< by Side
  std::uint64_t pairs = 0;
  [[nodiscard]] Records& of(Side side) { return sides[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Records& of(Side side) const { return sides[static_cast<std::size_t>(side)]; }
};

/// A task is one partition number of both inputs. Each side has its own stream time; lateness looks only at a record's
/// own side, so it is a property of the log and not of who was read first.
class Engine {
 public:
  Engine(const Settings& settings, Buffer& buffer) : settings_(settings), buffer_(&buffer) {}

  /// Moves the side's stream time, lets go of what can no longer find a partner, joins, stores.
  Fate process(const Input& input, Sink& sink);

  /// From the next record on.
  void change_settings(const Settings& settings) { settings_ = settings; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  /// The highest timestamp so far; none before the first record.
  [[nodiscard]] std::optional<Timestamp> stream_time(Side side) const { return side_time(side); }
  /// For a rebuild that begins in the middle of the log.
  void set_stream_time(Side side, std::optional<Timestamp> time) { side_time(side) = time; }

  [[nodiscard]] const Counters& counters() const { return counters_; }
  void reset_counters() { counters_ = {}; }
  [[nodiscard]] Buffer& buffer() { return *buffer_; }
  [[nodiscard]] const Buffer& buffer() const { return *buffer_; }
  /// Another buffer that holds the same.
  void use(Buffer& buffer) {
    if (buffer_ != &buffer) may_remember_.fill(true);
    buffer_ = &buffer;
  }

 private:
  [[nodiscard]] std::optional<Timestamp>& side_time(Side side) { return stream_time_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const std::optional<Timestamp>& side_time(Side side) const {
    return stream_time_[static_cast<std::size_t>(side)];
  }
  void advance(Side side, Timestamp timestamp, Sink& sink);
  [[nodiscard]] bool is_repeat(const Input& input);
  [[nodiscard]] bool is_past(Side side, Timestamp timestamp) const;
  bool join_partners(const Input& input, Sink& sink);

  Settings settings_;
  Buffer* buffer_;
  std::optional<Timestamp> stream_time_[2];
  std::array<bool, 2> may_remember_{true, true};  ///< of each side: the buffer may have noted something
  Counters counters_;
};

}  // namespace orders::join
