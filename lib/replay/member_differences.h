// In which members two records of one topic and key differ.
#pragma once

#include <string>
#include <vector>

#include "replay/record.h"

namespace orders::replay {

struct MemberDifference {
  std::string member;         ///< "timestamp", "value.status", "headers.orders-reason"
  std::string expected, got;  ///< as it stands; "nothing" where it is not there
};

/// Of records that are not the same to the byte.
[[nodiscard]] std::vector<MemberDifference> member_differences(const Record& expected, const Record& got);
/// The same where only what the values say counts (same_meaning()), without headers and what is ignored: members of the
/// value, "timestamp", "partition". Empty: they say the same.
[[nodiscard]] std::vector<MemberDifference> meaning_differences(const Record& expected, const Record& got,
                                                                const std::vector<std::string>& ignored);

}  // namespace orders::replay
