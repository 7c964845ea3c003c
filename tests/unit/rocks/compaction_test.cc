// Damage that nobody asked for: RocksDB's own rewriting of files meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rocks/store.h"
#include "support/damage.h"
#include "support/temp_folder.h"
#include "support/wait_until.h"

namespace orders::rocks {
namespace {

using ::testing::HasSubstr;

class DamagedForCompaction : public ::testing::TestWithParam<bool> {
 protected:
  /// A file whose keys are those of all other files, so that they must be rewritten together.
  static Result<> add_file(Store& store) {
    Batch batch;
    for (int i = 0; i < 300; ++i) batch.put("r" + std::to_string(i), std::string(300, 'v'));
    if (auto written = store.write(batch); !written) return written;
    return store.flush();
  }
  Store open() {
    auto store = Store::open({.path = folder_ / "store", .write_ahead_log = GetParam(), .when_damaged = "mend it"});
    if (!store) throw std::runtime_error(store.error().text());
    return *std::move(store);
  }

  test::TempFolder folder_{"compaction"};
};

TEST_P(DamagedForCompaction, StopsTheWritesWithAGapUntilItIsMended) {
  {
    auto store = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(add_file(store));
  }
  ASSERT_GT(test::flip_bits_of_rows(folder_ / "store", 30), 0u);
  auto store = open();
  Result<> written;
  // As many as it takes until RocksDB rewrites them, in the background.
  ASSERT_TRUE(test::wait_until(Milliseconds{30'000}, [&] { return !(written = add_file(store)); }));
  EXPECT_EQ(written.error().error_class, ErrorClass::gap) << written.error().text();
  EXPECT_EQ(written.error().hint, "mend it");
  const auto again = add_file(store);
  ASSERT_FALSE(again) << "it was opened anew, and would meet the same block once more";
  EXPECT_EQ(again.error().message, written.error().message);
}

INSTANTIATE_TEST_SUITE_P(WithALogAndWithout, DamagedForCompaction, ::testing::Bool());

}  // namespace
}  // namespace orders::rocks
