// Dead letters in a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "dlq/file_target.h"
#include "letters.h"
#include "replay/capture.h"
#include "support/temp_folder.h"

namespace orders::dlq {
namespace {

using failure::Reason;
using test::make_letter;
using test::make_stranger;
using testing::HasSubstr;

class File : public testing::Test {
 protected:
  FileTarget open() const {
    auto target = FileTarget::open(path_, config::KeyFormat::int64);
    EXPECT_TRUE(target.has_value()) << (target ? "" : target.error().message);
    return *std::move(target);
  }
  Error refused() const {
    auto target = FileTarget::open(path_, config::KeyFormat::int64);
    return target ? Error{ErrorClass::bug, "it was opened", {}} : target.error();
  }
  static void append(FileTarget& target, const std::vector<Letter>& letters) {
    std::vector<const Letter*> pointers;
    for (const auto& letter : letters) pointers.push_back(&letter);
    const auto appended = target.append(pointers);
    EXPECT_TRUE(appended.has_value()) << (appended ? "" : appended.error().message);
  }
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  orders::test::TempFolder folder_{"letters"};
  std::filesystem::path path_ = folder_ / "letters.ndjson";
};

TEST_F(File, HoldsLettersAsACaptureOfTheirRecords) {
  auto target = open();
  append(target, {make_letter(Reason::late), make_stranger()});
  std::istringstream in(content());
  replay::CaptureReader reader(in, "letters", config::KeyFormat::int64);
  const auto first = reader.next().value().value();
  EXPECT_EQ(first.topic, "payment-orders");
  EXPECT_EQ(first.partition, 3);
  EXPECT_EQ(first.offset, 1042);
  EXPECT_EQ(first.timestamp, test::written);
  EXPECT_EQ(first.value, "{}");
  EXPECT_EQ(failure::read_headers(first.headers).reason, "late");
  const auto second = reader.next().value().value();
  EXPECT_EQ(second.topic, "recovererDLQ");
  EXPECT_EQ(second.offset, 18);
  EXPECT_FALSE(reader.next().value().has_value());
}

TEST_F(File, TakesNoLetterTwice) {
  {
    auto target = open();
    append(target, {make_letter(Reason::late), make_stranger(), make_letter(Reason::late)});
  }
  const auto before = content();
  auto again = open();
  append(again, {make_stranger(), make_letter(Reason::late)});
  EXPECT_EQ(content(), before);
  append(again, {make_letter(Reason::late, "join", "stock-orders")});
  EXPECT_GT(content().size(), before.size());
}

TEST_F(File, LosesTheHalfLineOfACrash) {
  {
    auto target = open();
    append(target, {make_letter(Reason::late), make_stranger()});
  }
  const auto whole = content();
  const auto first = whole.substr(0, whole.find('\n') + 1);
  for (const auto cut : {std::size_t{1}, std::size_t{5}, whole.size() - first.size() - 2}) {
    put(first + whole.substr(first.size(), cut));
    auto target = open();
    EXPECT_EQ(content(), first);
    append(target, {make_letter(Reason::late), make_stranger()});
    EXPECT_EQ(content(), whole);
  }
}

TEST_F(File, KeepsAWholeLineThatOnlyLacksItsEnd) {
  {
    auto target = open();
    append(target, {make_letter(Reason::late)});
  }
  const auto whole = content();
  put(whole.substr(0, whole.size() - 1));
  (void)open();
  EXPECT_EQ(content(), whole);
}

TEST_F(File, OfSomethingElseIsRefusedAndStaysAsItIs) {
  for (const std::string other : {"notes without a line end", "notes\n", "{\"topic\":\"x\"}\n"}) {
    put(other);
    EXPECT_EQ(refused().error_class, ErrorClass::invalid) << other;
    EXPECT_EQ(content(), other);
  }
}

TEST_F(File, BelongsToOneProcessAtATime) {
  const auto target = open();
  EXPECT_EQ(refused().error_class, ErrorClass::refused);
}

TEST_F(File, InAFolderThatIsNotThereIsAFailureWithItsName) {
  path_ = folder_ / "none/letters.ndjson";
  EXPECT_EQ(refused().error_class, ErrorClass::bug);
  EXPECT_THAT(refused().message, HasSubstr("none/letters.ndjson"));
}

}  // namespace
}  // namespace orders::dlq
