// Which dead letters are meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dlq/letter.h"

namespace orders::dlq {

/// All that is given must hold; of a list, one. Empty: every letter.
struct Filter {
  std::vector<std::string> ids;      ///< Letter::id() or Letter::original()
  std::vector<std::string> reasons;  ///< Letter::reason()
  std::vector<std::string> topics;   ///< that the letters' records are of
  std::vector<std::string> keys;     ///< as bytes
  std::optional<Timestamp> since;    ///< dead letter since then
  std::optional<Timestamp> until;    ///< and before

  [[nodiscard]] bool matches(const Letter& letter) const;
};

}  // namespace orders::dlq
