// Failpoints in the test's own process.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "base/failpoint.h"

namespace orders::test {

/// Armed for the lifetime of this; no others are.
class Armed {
 public:
  explicit Armed(std::string_view failpoints) { EXPECT_TRUE(failpoint::arm(failpoints)) << failpoints; }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;
  ~Armed() { EXPECT_TRUE(failpoint::arm("")); }
};

}  // namespace orders::test
