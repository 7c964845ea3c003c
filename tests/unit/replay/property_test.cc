// The join, its rebuild and its commits against a brute-force model, on random cases.
//
//   ORDERS_SEED=n    begin with this seed
//   ORDERS_CASES=n   so many of each kind, instead of what a CI run has time for
#include <gtest/gtest.h>

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>

#include "property_random.h"
#include "property_shrink.h"

namespace orders::property {
namespace {

/// Thousands of flushes: without a disk to wait for, where that can be had.
[[maybe_unused]] const bool in_memory =
    std::filesystem::is_directory("/dev/shm") && ::setenv("TMPDIR", "/dev/shm", 0) == 0;

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

class Property : public testing::Test {
 protected:
  void check(unsigned cases, Kinds kinds) {
    const auto first = from_environment("ORDERS_SEED", 1);
    const auto last = first + from_environment("ORDERS_CASES", cases);
    for (auto seed = first; seed != last; ++seed) {
      const auto random = RandomCase(seed, kinds).make();
      CaseRun run(random);
      if (run.check().empty()) {
        run.add_to(coverage);
        continue;
      }
      const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
      FAIL() << report(random, Shrinker(random).run(), "Property." + name);
    }
  }
  /// Of a CI run; a longer one has more, a single case may have none.
  [[nodiscard]] static bool is_whole() { return !std::getenv("ORDERS_SEED") && !std::getenv("ORDERS_CASES"); }
  Coverage coverage;
};

TEST_F(Property, SameSetsUnderAnyInterleavingAndBatching) {
  check(4'000, {.restarts = false, .changes = false});
  if (!is_whole() || HasFatalFailure()) return;
  const auto& f = coverage.outcome.fates;
  for (const auto fate : {f.joined, f.unmatched, f.late, f.duplicate, f.invalid, f.skipped, f.results}) {
    EXPECT_GT(fate, 1'000u) << "the cases do not try what they should";
  }
}

TEST_F(Property, SameSetsUnderAnyAbortRestartAndRebuild) {
  check(4'000, {.restarts = true, .changes = false});
  if (!is_whole() || HasFatalFailure()) return;
  EXPECT_GT(coverage.restarts, 4'000u);
  EXPECT_GT(coverage.aborts, 4'000u);
  EXPECT_GT(coverage.coarse, 500u);
  EXPECT_GT(coverage.thinned, 3u);
  EXPECT_EQ(coverage.refusals, 0u);
}

TEST_F(Property, ChangedSettingsApplyFromTheCommittedOffsetOnWhateverRestartsFollow) {
  check(5'000, {.restarts = true, .changes = true});
  if (!is_whole() || HasFatalFailure()) return;
  EXPECT_GT(coverage.changes, 1'000u);
  EXPECT_GT(coverage.refusals, 100u) << "a second change before the first has passed was met, too";
}

TEST_F(Property, TheSameWithTheBufferOnDisk) {
  spdlog::set_level(spdlog::level::err);  // moves to the disk are told, and buffers that are of no use any more
  check(400, {.restarts = true, .changes = true, .disk = true});
  spdlog::set_level(spdlog::level::info);
  if (!is_whole() || HasFatalFailure()) return;
  EXPECT_GT(coverage.changes, 50u);
  EXPECT_GT(coverage.killed, 100u);
  EXPECT_GT(coverage.resumed, 100u);
  EXPECT_GT(coverage.taken_over, 20u);
}

}  // namespace
}  // namespace orders::property
