// Whatever is put into a message: one line of the log, that nothing was smuggled into.
#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/log_counts.h"

namespace orders {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// What reaches standard error.
std::string logged(LogFormat format, const std::string& message) {
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_logging(LogLevel::info, format, "ordersd");
  spdlog::warn("topic {}", message);
  auto text = testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(before);
  return text;
}

TEST(Log, LeavesPlainTextAsItIs) {
  for (const auto format : {LogFormat::text, LogFormat::json, LogFormat::journald}) {
    EXPECT_EQ(log_text("order 7: Käse, 12 €", format), "order 7: Käse, 12 €");
    EXPECT_EQ(log_text("", format), "");
  }
}

TEST(Log, EscapesControlCharacters) {
  const std::string message("a\nb\r\tc\0\033[2J\x7f", 12);
  for (const auto format : {LogFormat::text, LogFormat::journald}) {
    EXPECT_EQ(log_text(message, format), "a\\x0ab\\x0d\\x09c\\x00\\x1b[2J\\x7f");
    EXPECT_EQ(log_text("\xc2\x9b" "2J", format), "\\xc2\\x9b2J");  // one character, which some terminals take for ESC [
  }
  EXPECT_EQ(log_text(message, LogFormat::json), "a\\u000ab\\u000d\\u0009c\\u0000\\u001b[2J\\u007f");
  EXPECT_EQ(log_text("\xc2\x9b" "2J", LogFormat::json), "\\u009b2J");
}

TEST(Log, IsValidUtf8) {
  EXPECT_EQ(log_text("\xff k\xc3", LogFormat::text), "\\xff k\\xc3");
  EXPECT_EQ(log_text("\xff k\xc3", LogFormat::json), "\\ufffd k\\ufffd");
}

TEST(Log, StaysJsonWhateverIsQuoted) {
  EXPECT_EQ(log_text(R"(say "\n")", LogFormat::json), R"(say \"\\n\")");
  EXPECT_EQ(log_text(R"(say "\n")", LogFormat::text), R"(say "\n")");
}

TEST(Log, HasOneLineForAMessageThatWouldForgeASecondOne) {
  const std::string forged = "x\n2026-01-01T00:00:00.000Z info    all is well";
  const auto text = logged(LogFormat::text, forged);
  EXPECT_THAT(text, EndsWith("warning topic x\\x0a2026-01-01T00:00:00.000Z info    all is well\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  const auto json = logged(LogFormat::json, "x\"}\n{\"level\":\"info");
  EXPECT_THAT(json, HasSubstr(R"("message":"topic x\"}\u000a{\"level\":\"info"})"));
  EXPECT_EQ(std::ranges::count(json, '\n'), 1);
}

TEST(Log, CountsWhatIsLoggedByItsLevel) {
  const auto before = log_counts();
  (void)logged(LogFormat::json, "a");
  (void)logged(LogFormat::text, "b");
  auto expected = before;
  expected[spdlog::level::warn] += 2;
  EXPECT_EQ(log_counts(), expected);
  const auto others = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_logging(LogLevel::warn, LogFormat::text, "ordersd");
  spdlog::info("not at this level");
  (void)testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(others);
  EXPECT_EQ(log_counts(), expected);
}

TEST(Log, SendsNothingToTheTerminalThatDrivesIt) {
  EXPECT_THAT(logged(LogFormat::text, "\033]0;owned\007"), Not(HasSubstr("\033]")));
}

}  // namespace
}  // namespace orders
