#include "replay/record_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
#include "base/file.h"

namespace orders::replay {
namespace {

using testing::HasSubstr;

constexpr auto lines = R"({"topic":"a","partition":0,"timestamp":1,"key":1,"value":{}}

{"topic":"a","partition":0,"timestamp":2,"key":2,"value":{}}
{"topic":"b","partition":0,"timestamp":3,"key":3,"value":{}}
)";

class ACaptureSource : public testing::Test {
 protected:
  ACaptureSource() { EXPECT_TRUE(write_file_atomically(file_, lines)); }

  [[nodiscard]] std::unique_ptr<CaptureSource> open(const std::string& identity = "me") const {
    return std::move(CaptureSource::open({file_, config::KeyFormat::int64, {"a", 0}, identity}).value());
  }
  /// The time of the next record; -1: none.
  static std::int64_t next(RecordSource& source) {
    const auto record = source.next([] { return true; }).value();
    return record ? to_millis(record->timestamp) : -1;
  }

  const test::TempFolder folder_{"source"};
  const std::filesystem::path file_ = folder_ / "c.ndjson";
};

TEST_F(ACaptureSource, GoesOnWhereItsPositionIs) {
  auto first = open();
  ASSERT_TRUE(first->begin({}));
  EXPECT_EQ(first->position().front().offset, 0);
  EXPECT_EQ(next(*first), 1);
  EXPECT_EQ(next(*first), 2);
  EXPECT_THAT(first->where(), HasSubstr("c.ndjson:3"));
  const auto position = first->position();
  EXPECT_EQ(position.front().offset, 3);

  auto second = open();
  ASSERT_TRUE(second->begin(position));
  EXPECT_EQ(next(*second), 3);
  EXPECT_EQ(next(*second), -1);
  EXPECT_EQ(second->position().front().offset, 4);
}

TEST_F(ACaptureSource, StopsWhenToldSo) {
  auto source = open();
  ASSERT_TRUE(source->begin({}));
  EXPECT_FALSE(source->next([] { return false; }).value());
  EXPECT_EQ(next(*source), 1);
}

TEST_F(ACaptureSource, DoesNotGoOnWithAnotherReplay) {
  auto first = open();
  ASSERT_TRUE(first->begin({}));
  const auto refused = open("another")->begin(first->position());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::refused);
  auto position = first->position();
  position.front().offset = 99;
  EXPECT_EQ(open()->begin(position).error().error_class, ErrorClass::invalid) << "the file has become shorter";
}

TEST_F(ACaptureSource, IsKnownByItsSizeAndHead) {
  const auto before = fingerprint(file_).value();
  EXPECT_EQ(before.size(), 16u);
  EXPECT_EQ(fingerprint(file_).value(), before);
  ASSERT_TRUE(write_file_atomically(file_, std::string(lines) + "\n"));
  EXPECT_NE(fingerprint(file_).value(), before);
  EXPECT_EQ(fingerprint(folder_ / "none").error().error_class, ErrorClass::invalid);
}

}  // namespace
}  // namespace orders::replay
