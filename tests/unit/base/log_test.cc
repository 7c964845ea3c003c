// Whatever is put into a message: one line of the log, that nothing was smuggled into.
#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

#include "base/log_counts.h"
#include "base/log_sink.h"

namespace orders {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// What reaches standard error.
std::string logged(LogFormat format, const std::string& message) {
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_logging(LogLevel::info, format, {"ordersd"});
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
  set_up_logging(LogLevel::warn, LogFormat::text, {"ordersd"});
  spdlog::info("not at this level");
  (void)testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(others);
  EXPECT_EQ(log_counts(), expected);
}

TEST(Log, SendsNothingToTheTerminalThatDrivesIt) {
  EXPECT_THAT(logged(LogFormat::text, "\033]0;owned\007"), Not(HasSubstr("\033]")));
}

// --- what a line is about

const LogSubject subject{.order = (std::int64_t{1} << 60) + 1,
                         .transaction = "orders-a-0#12",
                         .topic = "orders",
                         .partition = 3,
                         .offset = 52};
constexpr auto line_about_subject =
    "joined order=1152921504606846977 txn=orders-a-0#12 topic=orders partition=3 offset=52";

/// What reaches standard error of a line about `subject`, and of one about nothing behind it.
std::string logged_about(LogFormat format) {
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_logging(LogLevel::debug, format, {"ordersd", "shop", "host\"1"});
  log_about(spdlog::level::debug, subject, "joined");
  log_about(spdlog::level::trace, subject, "not at debug");
  spdlog::info("next");
  auto text = testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(before);
  return text;
}

TEST(LogSubject, StandsBehindTheMessageInText) {
  const auto text = logged_about(LogFormat::text);
  EXPECT_THAT(text, HasSubstr(std::string(line_about_subject) + "\n"));
  EXPECT_THAT(text, EndsWith(" next\n"));
  EXPECT_THAT(text, Not(HasSubstr("not at debug")));
}

TEST(LogSubject, IsMembersInJson) {
  std::istringstream lines(logged_about(LogFormat::json));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.at("application"), "shop");
  EXPECT_EQ(json.at("instance"), "host\"1");
  EXPECT_EQ(json.at("level"), "debug");
  EXPECT_EQ(json.at("message"), "joined");
  EXPECT_EQ(json.at("order"), (std::int64_t{1} << 60) + 1);
  EXPECT_EQ(json.at("txn"), "orders-a-0#12");
  EXPECT_EQ(json.at("topic"), "orders");
  EXPECT_EQ(json.at("partition"), 3);
  EXPECT_EQ(json.at("offset"), 52);
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_FALSE(nlohmann::json::parse(line).contains("order"));
}

// --- the journal

/// Logs through a journal that is the test's; its entries, by field.
std::vector<std::map<std::string, std::string>> journal_of(const std::function<void()>& log) {
  std::vector<std::map<std::string, std::string>> entries;
  const auto sink = journal_sink({"ordersd", "shop", "host-1"}, [&](const iovec* fields, int count) {
    auto& entry = entries.emplace_back();
    for (int i = 0; i < count; ++i) {
      const std::string field(static_cast<const char*>(fields[i].iov_base), fields[i].iov_len);
      const auto equals = field.find('=');
      entry[field.substr(0, equals)] = field.substr(equals + 1);
    }
    return 0;
  });
  sink->set_formatter(line_formatter(LogFormat::journald, {"ordersd"}));
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("ordersd", sink));
  spdlog::default_logger_raw()->set_level(spdlog::level::debug);
  log();
  spdlog::set_default_logger(before);
  return entries;
}

TEST(Journal, HasFieldsForWhatALineIsAbout) {
  const auto entries = journal_of([] { log_about(spdlog::level::debug, subject, "joined"); });
  ASSERT_EQ(entries.size(), 1U);
  const auto& entry = entries[0];
  EXPECT_EQ(entry.at("MESSAGE"), line_about_subject);
  EXPECT_EQ(entry.at("PRIORITY"), "7");
  EXPECT_EQ(entry.at("SYSLOG_IDENTIFIER"), "ordersd");
  EXPECT_EQ(entry.at("ORDERS_APPLICATION"), "shop");
  EXPECT_EQ(entry.at("ORDERS_INSTANCE"), "host-1");
  EXPECT_EQ(entry.at("ORDERS_ORDER_ID"), "1152921504606846977");
  EXPECT_EQ(entry.at("ORDERS_TRANSACTION"), "orders-a-0#12");
  EXPECT_EQ(entry.at("ORDERS_TOPIC"), "orders");
  EXPECT_EQ(entry.at("ORDERS_PARTITION"), "3");
  EXPECT_EQ(entry.at("ORDERS_OFFSET"), "52");
}

TEST(Journal, HasTheLevelsAsPrioritiesAndNoSubjectWhereThereIsNone) {
  const auto entries = journal_of([] {
    spdlog::critical("a\nb");
    spdlog::error("c");
    spdlog::warn("d");
    spdlog::info("e");
  });
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].at("MESSAGE"), "a\\x0ab") << "it too is for terminals";
  const char* priorities[] = {"2", "3", "4", "6"};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].at("PRIORITY"), priorities[i]);
    EXPECT_FALSE(entries[i].contains("ORDERS_ORDER_ID"));
    EXPECT_FALSE(entries[i].contains("ORDERS_PARTITION"));
  }
}

// --- storms

class Storm : public testing::Test {
 protected:
  Storm() {
    auto target = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    target->set_formatter(line_formatter(LogFormat::text, {"ordersd"}));
    sink_ = std::make_shared<LogSink>(target, [this] { return now_; });
    logger_ = std::make_unique<spdlog::logger>("ordersd", sink_);
    logger_->set_level(spdlog::level::trace);
  }
  std::size_t lines_with(const std::string& part) const {
    std::istringstream lines(text_.str());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) count += line.find(part) != std::string::npos ? 1 : 0;
    return count;
  }

  LogSink::Clock::time_point now_{std::chrono::hours{1}};
  std::ostringstream text_;
  std::shared_ptr<LogSink> sink_;
  std::unique_ptr<spdlog::logger> logger_;
};

TEST_F(Storm, IsCutShortAndSummedUpWithoutHidingAnything) {
  for (int i = 0; i < 1'334; ++i) logger_->warn("can't reach port {}", i);
  logger_->error("the disk is full");
  EXPECT_EQ(lines_with("warning can't reach port"), 100U);
  EXPECT_EQ(lines_with("error   the disk is full"), 1U);
  now_ += std::chrono::seconds{10};
  logger_->flush();
  EXPECT_EQ(lines_with("warning can't reach port 1333 … 1234 like it were left out in the last 10 s"), 1U);
  logger_->flush();
  EXPECT_EQ(lines_with("left out"), 1U);
}

TEST_F(Storm, IsToldOfByTheNextLineToo) {
  for (int i = 0; i < 101; ++i) logger_->warn("can't reach port {}", i);
  now_ += std::chrono::minutes{1};
  logger_->info("all is well");
  EXPECT_EQ(lines_with("… 1 like it were left out in the last 60 s"), 1U);
}

TEST_F(Storm, IsNotAboutWhatTheNextLineIsAbout) {
  for (int i = 0; i < 101; ++i) logger_->warn("can't reach port {}", i);
  now_ += std::chrono::minutes{1};
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("ordersd", sink_));
  spdlog::default_logger_raw()->set_level(spdlog::level::debug);
  log_about(spdlog::level::debug, subject, "joined");
  spdlog::set_default_logger(before);
  EXPECT_EQ(lines_with("… 1 like it were left out in the last 60 s"), 1U);
  EXPECT_EQ(lines_with(line_about_subject), 1U);
  EXPECT_EQ(lines_with("order="), 1U);
}

TEST_F(Storm, IsToldOfAtTheEnd) {
  for (int i = 0; i < 102; ++i) logger_->warn("can't reach port {}", i);
  logger_.reset();
  sink_.reset();
  EXPECT_EQ(lines_with("… 2 like it were left out in the last 1 s"), 1U);
}

TEST_F(Storm, LeavesNothingOutOfWhatWasAskedForNorOfTheWorst) {
  for (int i = 0; i < 500; ++i) {
    logger_->debug("read {}", i);
    logger_->trace("seen {}", i);
    logger_->critical("lost {}", i);
  }
  for (const char* part : {"read ", "seen ", "lost "}) EXPECT_EQ(lines_with(part), 500U) << part;
}

// --- changed while it runs

TEST(Log, ChangesItsFormatAndLevelWhileItRuns) {
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_logging(LogLevel::warn, LogFormat::text, {"ordersd"});
  spdlog::info("too low");
  set_log_level(LogLevel::debug);
  set_log_format(LogFormat::json);
  spdlog::debug("as json");
  set_log_format(LogFormat::text);
  spdlog::debug("as text");
  const auto text = testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(before);
  EXPECT_THAT(text, Not(HasSubstr("too low")));
  EXPECT_THAT(text, HasSubstr(R"("message":"as json"})"));
  EXPECT_THAT(text, EndsWith("debug   as text\n"));
}

}  // namespace
}  // namespace orders
