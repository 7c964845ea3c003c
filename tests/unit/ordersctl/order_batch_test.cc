#include "ordersctl/order_batch.h"

#include <gtest/gtest.h>

#include <sstream>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::ctl {
namespace {

TEST(ChunkReader, CutsAfter500Lines) {
  std::string text;
  for (int i = 0; i < 1'001; ++i) text += "{}\n";
  std::istringstream in(text);
  ChunkReader reader(in);
  const auto first = reader.next();
  EXPECT_EQ(first.first_line, 1);
  EXPECT_EQ(first.lines, 500);
  EXPECT_EQ(first.text.size(), 1'500u);
  EXPECT_EQ(reader.next().first_line, 501);
  const auto last = reader.next();
  EXPECT_EQ(last.first_line, 1'001);
  EXPECT_EQ(last.lines, 1);
  EXPECT_EQ(reader.next().lines, 0);
}

TEST(ChunkReader, CutsBeforeARequestGrowsTooLarge) {
  const std::string line(3u << 20, 'x');
  std::istringstream in(line + "\n" + line + "\n" + line + "\n");
  ChunkReader reader(in);
  EXPECT_EQ(reader.next().lines, 2);
  EXPECT_EQ(reader.next().first_line, 3);
}

TEST(ChunkReader, CountsEmptyLinesButDoesNotSendThem) {
  std::istringstream in("\n{\"a\":1}\n{\"a\":2}\n  \r\n\n{\"a\":3}\n\n");
  ChunkReader reader(in);
  const auto first = reader.next();
  EXPECT_EQ(first.first_line, 2);
  EXPECT_EQ(first.text, "{\"a\":1}\n{\"a\":2}\n");
  const auto second = reader.next();
  EXPECT_EQ(second.first_line, 6);
  EXPECT_EQ(second.text, "{\"a\":3}\n");
  EXPECT_EQ(reader.next().lines, 0);
}

TEST(ChunkReader, SendsALastLineWithoutItsEnd) {
  std::istringstream in("{\"a\":1}");
  EXPECT_EQ(ChunkReader(in).next().text, "{\"a\":1}\n");
}

TEST(CountLines, CountsTheLastOneWithoutItsEnd) {
  const test::TempFolder folder("lines");
  const auto count = [&](const std::string& content) {
    test::write_file(folder / "batch", content);
    return count_lines(folder / "batch");
  };
  EXPECT_EQ(count(""), 0u);
  EXPECT_EQ(count("{}"), 1u);
  EXPECT_EQ(count("{}\n"), 1u);
  EXPECT_EQ(count("{}\n\n{}"), 3u);
  EXPECT_EQ(count_lines(folder.path()), std::nullopt);
}

TEST(BatchAnswer, IsALineForEachOrder) {
  const auto lines = parse_batch_answer(
      "{\"line\":7,\"status\":201,\"body\":{\"orderId\":1,\"topic\":\"orders\"}}\n"
      "{\"line\":8,\"status\":400,\"body\":{\"title\":\"Bad Request\"}}\n");
  ASSERT_TRUE(lines.has_value()) << lines.error().text();
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ((*lines)[0].line, 7);
  EXPECT_EQ((*lines)[0].json(), R"({"line":7,"httpStatus":201,"orderId":1,"topic":"orders"})");
  EXPECT_EQ((*lines)[1].status, 400);
}

TEST(BatchAnswer, OfAnotherFormIsAnError) {
  for (const char* text :
       {"nonsense", "{\"line\":7}", "{\"line\":7,\"status\":201}", "{\"line\":7,\"status\":201,\"body\":1}"}) {
    EXPECT_FALSE(parse_batch_answer(text).has_value()) << text;
  }
}

TEST(BatchAnswer, WithUnsavedLinesIsWorthAnotherTry) {
  const std::string saved = R"({"line":1,"status":201,"body":{}})";
  const std::string unsaved = R"({"line":2,"status":503,"body":{}})";
  EXPECT_FALSE(any_unsaved({200, saved + "\n", {}}));
  EXPECT_TRUE(any_unsaved({200, saved + "\n" + unsaved + "\n", {}}));
  EXPECT_TRUE(any_unsaved({503, "", {}}));
  EXPECT_FALSE(any_unsaved({400, "", {}}));
}

}  // namespace
}  // namespace orders::ctl
