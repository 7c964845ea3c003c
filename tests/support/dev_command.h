// `ordersd --dev`, and the ordersctl that finds it by itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/process.h"

namespace orders::test {

/// Runs `program` in `folder`. Programs of one folder find each other there, those of two do not.
[[nodiscard]] Command dev_command(const std::filesystem::path& folder, const std::string& program,
                                  const std::vector<std::string>& arguments);

}  // namespace orders::test
