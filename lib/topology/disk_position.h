// What stands with the buffer on disk: where it is in the inputs, and of which join it is.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/commit_metadata.h"

namespace orders::topology {

struct Committed;

/// Whose buffer it is; another one's is of no use.
struct BufferIdentity {
  std::string application_id;
  std::string cluster_id;
  std::array<std::string, 2> topics;
  std::int32_t partition = 0;
  friend bool operator==(const BufferIdentity&, const BufferIdentity&) = default;
};

struct DiskPosition {
  BufferIdentity of;
  /// One side: the next offset, the stream time before it, and the checkpoints from which later commits take `from`.
  struct Half {
    Checkpoint at;
    std::vector<Checkpoint> checkpoints;
    friend bool operator==(const Half&, const Half&) = default;
  };
  std::array<Half, 2> sides;
  FateSettings settings;  ///< under which the last record before it was processed
  friend bool operator==(const DiskPosition&, const DiskPosition&) = default;
};

/// As lines: the version, the identity's five parts, then for each side its metadata as in a commit (`f` is the
/// position itself) and its checkpoints.
[[nodiscard]] std::string encode(const DiskPosition& position);
/// Nothing for text that is not of this version.
[[nodiscard]] std::optional<DiskPosition> decode_disk_position(std::string_view text);

/// Why a rebuild can't begin at `position`, nothing when it can: it must be this join's, not ahead of what was
/// committed, within the log, less far back than a rebuild from the log would begin, and made under the settings under
/// which those records were read.
[[nodiscard]] std::optional<std::string> unfit(const DiskPosition& position, const BufferIdentity& wanted,
                                               const std::array<Committed, 2>& committed);

/// Whether `position` stands behind the change of settings that the metadata tells of.
[[nodiscard]] bool behind_change(const DiskPosition& position, const std::array<Committed, 2>& committed);

}  // namespace orders::topology
