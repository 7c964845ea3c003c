// What is stored with a committed offset: enough to rebuild the buffer, and to know under which settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "join/settings.h"

namespace orders::topology {

/// An offset and the side's stream time before it (none: nothing had been read).
struct Checkpoint {
  std::int64_t offset = 0;
  std::optional<Timestamp> stream_time;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// What is known of a side's records without reading their partners again: those before `offset` whose timestamp is
/// below `time` (none: all of them) have had a partner, or have left the buffer.
struct Settled {
  std::int64_t offset = 0;
  std::optional<Timestamp> time;
  [[nodiscard]] bool covers(std::int64_t record_offset, Timestamp timestamp) const {
    return record_offset < offset && (!time || timestamp < *time);
  }
  friend bool operator==(const Settled&, const Settled&) = default;
};

/// Where a rebuild of a side begins, and what it may take for known.
struct RebuildStart {
  Checkpoint from;
  Settled settled;
  friend bool operator==(const RebuildStart&, const RebuildStart&) = default;
};

/// Settings that decide fates; changed ones apply from the committed offset on.
struct FateSettings {
  join::Settings join;
  config::KeyFormat key_format = config::KeyFormat::int64;
  friend bool operator==(const FateSettings&, const FateSettings&) = default;
};

/// The metadata of one side's offset. Text, because other tools show it:
///   2 t=<stream time> f=<from>@<its stream time> j=<settled before this offset>@<and below this time>
///     s=<before>,<after>,<grace>,<flags> [c=<offset of the last change>@<its stream time> o=<the settings before it>]
/// Times in milliseconds, '-' for none; flags: d suppress duplicates, u pass unknown, k string keys, '-' none of them.
/// The first word is the version; a reader knows its own and the one before: 1 is the same without j.
struct CommitMetadata {
  std::optional<Timestamp> stream_time;
  RebuildStart start;  ///< never goes back from one commit to the next
  FateSettings settings;
  struct Change {
    Checkpoint at;
    FateSettings before;
    friend bool operator==(const Change&, const Change&) = default;
  };
  std::optional<Change> change;  ///< until a rebuild needs nothing of before it
  friend bool operator==(const CommitMetadata&, const CommitMetadata&) = default;
};

/// Whether a task may go on under `settings`: `invalid`, with the time that is left, when they change a second time
/// before the first change has passed, unless nothing was read since: then they take its place. `offset` is the one
/// committed with the metadata; `where` names the partition.
[[nodiscard]] Result<> check_change(const CommitMetadata& committed, std::int64_t offset, const FateSettings& settings,
                                    std::string_view where);

[[nodiscard]] std::string encode(const CommitMetadata& metadata);
/// Nothing for text that is not ours: a group that Kafka Streams left, or offsets reset by another tool (cold start).
/// `gap` for a version that we do not know: a newer ordersd wrote it.
[[nodiscard]] Result<std::optional<CommitMetadata>> decode(std::string_view text);

}  // namespace orders::topology
