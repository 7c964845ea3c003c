// A store checked by its files: without a write, beside whoever writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "rocks/store.h"

namespace orders::rocks {

/// The first few of what is wrong with a store; the rest is only counted.
struct Damages {
  static constexpr std::size_t most = 20;
  struct Damage {
    std::string where;  ///< a file of the store's folder, or what the row is
    std::string what;
  };
  std::vector<Damage> found;
  std::uint64_t more = 0;

  void add(std::string where, std::string what);
  [[nodiscard]] bool empty() const { return found.empty(); }
  [[nodiscard]] std::uint64_t count() const { return found.size() + more; }
};

struct Verified {
  Damages damages;
  std::optional<Store> store;  ///< for reading its rows; none: it can't be opened
};

/// Reads CURRENT, the manifest, and each file's blocks of rows and index against their checksums. Beside a running
/// daemon that is what it flushed last. `path`, `apart` and the memory count of `options`. Error classes: `not_found`
/// (no store), `wait` (can't be read: privileges, the disk), `invalid` (no folder).
[[nodiscard]] Result<Verified> verify(StoreOptions options);

}  // namespace orders::rocks
