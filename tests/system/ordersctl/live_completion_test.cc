// Values for the completion scripts from a real broker and daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

TEST(LiveCompletion, OffersTheBrokersTopicsAndTheTablesOrders) {
  const auto& bootstrap = shared_broker().bootstrap();
  Daemon daemon("complete", {{"kafka.bootstrap_servers", bootstrap}});
  daemon.ctl_ok({"topics", "create"});
  const auto other = unique_name("complete") + "-other";
  create_topic(bootstrap, other, 1);
  // What does not answer within a fraction of a second is left out, so that a busy machine may need another try.
  const auto offered = [&](const std::string& kind, const std::string& prefix) {
    const auto wanted = [&] { return daemon.ctl_ok({"__complete", kind, prefix}) == prefix + "\n"; };
    return wait_until(60s, wanted);
  };
  EXPECT_TRUE(offered("topics", other));
  EXPECT_TRUE(offered("topics", daemon.dead_letters()));

  daemon.start_and_await();
  LogWriter writer(bootstrap);
  constexpr std::int64_t id = 712020393492615168;
  writer.write(answer(daemon.orders(), 0, id, "NEW", 1'700'000'000'000));
  writer.flush();
  EXPECT_TRUE(offered("orders", std::to_string(id)));
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
