#include "support/traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::test {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(FatesOfALog, ARecordThatIsNoAnswerIsOneDeadLetterWithItsReasonOrIsSkipped) {
  std::vector<WrittenAnswer> log;
  for (const auto* reason : {"invalid_key", "", "key_mismatch"}) {
    log.push_back({.stock = true,
                   .partition = 1,
                   .offset = static_cast<std::int64_t>(log.size()),
                   .id = 7,
                   .time = 1'000'000,
                   .status = "",
                   .mark = "",
                   .reason = reason});
  }
  const auto fates = fates_of(log, JoinWindow{}, 2);
  EXPECT_TRUE(fates.results.empty());
  EXPECT_THAT(fates.dead, UnorderedElementsAre(Pair("stock[1]@0", "invalid_key"), Pair("stock[1]@2", "key_mismatch")));
}

}  // namespace
}  // namespace orders::test
