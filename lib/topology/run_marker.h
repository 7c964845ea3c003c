// What is left of earlier runs when the group's committed offsets are gone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "base/result.h"
#include "base/time.h"

namespace orders::topology {

/// A file in the state folder that says where this instance has committed, and how many partitions there were. Without
/// it, offsets that have expired, alone or with their group, look like a first start, and everything that the inputs
/// still hold would be published again; and partitions that were added would move keys unseen.
///
/// As lines: the version, the cluster's id, the names of both inputs, their count of partitions, the partitions that
/// have been committed. Any thread, after read().
class RunMarker {
 public:
  struct Identity {
    std::string cluster_id;
    std::array<std::string, 2> topics;
    friend bool operator==(const Identity&, const Identity&) = default;
  };

  /// `pause`: after a failure to write, at least.
  explicit RunMarker(std::filesystem::path file, Milliseconds pause = longest_wait)
      : file_(std::move(file)), pause_(pause) {}
  RunMarker(const RunMarker&) = delete;
  RunMarker& operator=(const RunMarker&) = delete;

  /// What is there counts if it is of this cluster and of these topics. `wait` when it can't be read.
  [[nodiscard]] Result<> read(Identity identity);
  /// The inputs' count of partitions when the join ran last; 0: it has never run here.
  [[nodiscard]] std::int32_t partitions() const;
  [[nodiscard]] bool has_committed(std::int32_t partition) const;
  /// After a commit of these, of so many in all. On the disk when it returns, or trouble() says why not.
  void add(std::span<const std::int32_t> committed, std::int32_t partitions);
  /// Tries again to write what could not be written, if it is time. Cheap otherwise.
  void retry();
  /// Why something of what was committed could not be written; empty: all of it is.
  [[nodiscard]] std::string trouble() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  /// What is to be written; under the mutex.
  void write();
  [[nodiscard]] std::string encode(const std::set<std::int32_t>& committed, std::int32_t partitions) const;
  [[nodiscard]] bool decode(std::string_view text);

  const std::filesystem::path file_;
  const Milliseconds pause_;
  Identity identity_;
  mutable std::mutex mutex_;
  std::int32_t partitions_ = 0;
  std::set<std::int32_t> committed_;
  std::set<std::int32_t> unwritten_;  ///< committed, and not on the disk
  std::int32_t new_partitions_ = 0;   ///< to be written with them
  std::string trouble_;
  std::chrono::steady_clock::time_point retry_;
};

}  // namespace orders::topology
