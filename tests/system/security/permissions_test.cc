// ACLs that are missing are waited for, and all goes on when they are granted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "secured.h"
#include "support/cluster.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr auto us = "User:limited";
constexpr auto others = "User:somebody-else";

class Permissions : public testing::Test {
 protected:
  void await_reason(const std::string& part) {
    std::string reason;
    ASSERT_TRUE(wait_until(60s, [&] {
      const auto status = daemon_.get("/api/status");
      reason = status ? status->value("reason", "") : "";
      return status && status->at("state") == "degraded" && reason.find(part) != std::string::npos;
    })) << reason
        << daemon_.log();
    EXPECT_THAT(reason, HasSubstr("grant this user the ACL"));
  }

  const std::string& bootstrap_ = secured_broker().bootstrap();
  Daemon daemon_{"permissions", secured_broker().sasl("limited")};
};

TEST_F(Permissions, ThatAreMissingAreNamedAndAllGoesOnWhenTheyAreGranted) {
  create_topics(bootstrap_, daemon_, 1);
  const auto group = daemon_.setting("application_id");
  allow(bootstrap_, others, Operation::read, Resource::topic, daemon_.payments());
  allow(bootstrap_, others, Operation::read, Resource::group, group);
  allow(bootstrap_, us, Operation::describe, Resource::topic, daemon_.dead_letters());
  // The table's consumer, which is in no group, bears this name. It is never granted.
  allow(bootstrap_, others, Operation::read, Resource::group, "ordersd-assigned");
  LogWriter writer(bootstrap_);
  writer.write({daemon_.payments(), 0, int64_key(1), "no JSON", 1'700'000'000'000, {}});
  writer.write(answer(daemon_.payments(), 0, 2, "ACCEPT", 1'700'000'000'001));
  writer.write(answer(daemon_.stock(), 0, 2, "ACCEPT", 1'700'000'000'001));
  writer.flush();

  // A topic that we may not even see is told from one that is not there.
  const auto check = daemon_.ctl({"topics", "check"});
  EXPECT_EQ(check.exit_code, 1) << check.text();
  EXPECT_THAT(check.err, AllOf(HasSubstr(daemon_.payments()), HasSubstr("Topic authorization failed"),
                               HasSubstr("grant this user the ACL")));
  daemon_.start();
  ASSERT_NO_FATAL_FAILURE(await_reason("Topic authorization failed"));

  allow(bootstrap_, us, Operation::read, Resource::topic, daemon_.payments());
  ASSERT_NO_FATAL_FAILURE(await_reason("Group authorization failed"));

  // A record that needs a dead letter holds up its partition until that can be written, and is not lost.
  allow(bootstrap_, us, Operation::read, Resource::group, group);
  ASSERT_NO_FATAL_FAILURE(await_reason(daemon_.dead_letters()));
  EXPECT_TRUE(read_topic(bootstrap_, daemon_.orders()).empty());

  allow(bootstrap_, us, Operation::write, Resource::topic, daemon_.dead_letters());
  daemon_.await_ready();
  ResultFollower(bootstrap_, daemon_.orders()).await(1, 60s);
  EXPECT_EQ(read_topic(bootstrap_, daemon_.orders()).size(), 1U);
  EXPECT_EQ(read_topic(bootstrap_, daemon_.dead_letters()).size(), 1U);
  EXPECT_EQ(daemon_.stop(), 0);
}

}  // namespace
}  // namespace orders::test
