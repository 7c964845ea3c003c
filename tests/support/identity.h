// I5 from outside: what a daemon's status says became of the records that it read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace orders::test {

/// Each part of a status document (GET /api/status) whose counters are not an identity, and by how much; computed here
/// from the counters, and compared with what the daemon says of itself. Empty: it holds.
[[nodiscard]] std::vector<std::string> identity_violations(const nlohmann::json& status);

}  // namespace orders::test
