// Daemon or broker stand still for longer than the time limits between them: that looks like a death, and is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "support/saga.h"
#include "support/wait_until.h"
#include "under_way.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;

/// Shorter than as shipped, so that they pass soon.
const Settings impatient = {
    {"kafka.transaction_timeout", "PT2S"}, {"kafka.session_timeout", "PT2S"}, {"stream.threads", "1"}};

/// The broker has aborted the transaction, and then fences the producer that comes back to it. No twin runs for all
/// that.
TEST(Paused, ADaemonStoppedForLongerThanItsTransactionTimeoutGoesOn) {
  UnderWay saga("stopped", 11, impatient);
  saga.start("unit.commit.before=stop@4");
  saga.create_orders(500);
  saga.daemon().await_ready();
  saga.flow_until([&] { return saga.said("failpoint unit.commit.before: stop\n"); });
  saga.daemon().process().await_stopped();
  // Until then it is not known what is committed.
  (void)committed_offsets(shared_broker().bootstrap(), saga.daemon().setting("application_id"),
                          saga.daemon().payments(), Isolation::read_committed);
  saga.daemon().process().signal(SIGCONT);
  saga.await([&] { return join_figure(saga.daemon(), "/workers/0/recreated") > 0; });
  saga.flow();
  saga.expect_whole();
}

TEST(Paused, ABrokerSuspendedForLongerThanTheSessionsGoesOn) {
  auto& broker = shared_broker();
  UnderWay saga("asleep", 12, impatient);
  saga.start("");
  saga.create_orders(500);
  saga.daemon().await_ready();
  saga.flow();
  saga.write();
  broker.suspend();
  const auto suspended = std::chrono::steady_clock::now();
  nlohmann::json status;
  const bool shown = wait_until(30s, [&] {
    status = saga.daemon().get("/api/status").value_or(nlohmann::json::object());
    // Every session and transaction has timed out by then.
    return std::chrono::steady_clock::now() - suspended > 4s && status.value("state", "") == "degraded" &&
           testing::Value(status.value("reason", ""), ContainsRegex("[Tt]imed out|transport failure"));
  });
  broker.resume();
  ASSERT_TRUE(shown) << status << saga.daemon().log();
  EXPECT_TRUE(wait_until(30s, [&] { return saga.daemon().ready(); })) << saga.daemon().log();
  saga.flow();
  saga.expect_whole();
}

}  // namespace
}  // namespace orders::test
