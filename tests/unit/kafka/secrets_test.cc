// What librdkafka says of its configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "kafka/admin.h"
#include "kafka/client.h"

namespace orders::kafka {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Secrets, StayOutOfWhatLibrdkafkaLogsOfItsConfiguration) {
  const auto before = spdlog::default_logger();
  testing::internal::CaptureStderr();
  set_up_logging(LogLevel::debug, LogFormat::text, {"ordersd"});
  const auto error = [] {
    const auto admin = Admin::create({.bootstrap_servers = "127.0.0.1:1",
                                      .properties = {{"debug", "conf"},
                                                     {"sasl.password", "s3cr3t-one"},
                                                     {"sasl.oauthbearer.config", "s3cr3t-two"}}});
    return admin ? std::string() : admin.error().text();
  }();  // its threads log, and must have ended before their logger does
  const auto log = testing::internal::GetCapturedStderr();
  spdlog::set_default_logger(before);
  ASSERT_EQ(error, "");
  EXPECT_THAT(log, HasSubstr("sasl.password = "));
  EXPECT_THAT(log, Not(HasSubstr("s3cr3t")));
}

TEST(Secrets, StayOutOfReasons) {
  ClientContext context;
  const Connection connection{.bootstrap_servers = "127.0.0.1:1",
                              .properties = {{"sasl.password", "s3cr3t"},
                                             {"ssl.key.password", "in"},  // too short to be told from other words
                                             {"sasl.oauthbearer.config", "principal=me s3-token"}}};
  const ClientConfig config(connection, context);
  EXPECT_EQ(context.without_secrets("s3cr3t in s3cr3ts3cr3t."), "******** in ****************.");
  context.failed("[thrd:x]: Unrecognized sasl.oauthbearer.config beginning at: s3-token");
  EXPECT_EQ(context.last_failure(), "Unrecognized sasl.oauthbearer.config beginning at: ********");
}

}  // namespace
}  // namespace orders::kafka
