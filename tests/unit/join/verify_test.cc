#include "join/verify.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace orders::join {
namespace {

class VerifyBuffer : public testing::Test {
 protected:
  VerifyBuffer() {
    auto buffer = DiskBuffer::open({.path = path_, .memory = {}});
    EXPECT_TRUE(buffer) << buffer.error().text();
    for (OrderId key = 1; key <= 5; ++key) {
      (*buffer)->insert(Side::payment, {.key = key,
                                        .timestamp = from_millis(100),
                                        .offset = key,
                                        .status = order::Status::accept,
                                        .joined = key == 5,
                                        .splice = {},
                                        .value = "a value",
                                        .headers = {}});
    }
    EXPECT_TRUE((*buffer)->apply("here"));
  }
  rocks::Store store() {
    auto opened = rocks::Store::open({.path = path_, .apart = row_prefix});
    if (!opened) throw std::runtime_error(opened.error().text());
    return *std::move(opened);
  }
  test::TempFolder folder_{"verify"};
  const std::filesystem::path path_ = folder_ / "0";
};

TEST_F(VerifyBuffer, TellsWhatASoundOneHolds) {
  const auto contents = check(store());
  EXPECT_TRUE(contents.damages.empty()) << contents.damages.found.front().where;
  EXPECT_EQ(contents.rows, 5u);
  EXPECT_EQ(contents.waiting, 4u);
  EXPECT_EQ(contents.position, "here");
}

TEST_F(VerifyBuffer, CountsKeysAndValuesThatAreNotOfTheFormat) {
  auto damaged = store();
  rocks::Batch batch(row_prefix);
  batch.put("o12345678", "\xff no cell");
  batch.put("oshort", "");
  batch.put("w", "");
  batch.put("zstate", "9 is another version");
  ASSERT_TRUE(damaged.write(batch));
  EXPECT_EQ(check(damaged).damages.count(), 4u);
}

}  // namespace
}  // namespace orders::join
