// The views against the topic that they are folds of.
#pragma once

#include <cstddef>
#include <string>

#include "support/daemon.h"

namespace orders::test {

/// Table and database have come to the end of `orders`, by their own account.
[[nodiscard]] bool views_current(const std::string& bootstrap, const Daemon& daemon);

/// Waits until they have, and compares both with the fold of the topic, row by row; failures of the test where they
/// differ. `orders`: how many there are.
void expect_views_equal_the_topic(const std::string& bootstrap, const Daemon& daemon, std::size_t orders);

}  // namespace orders::test
