// Commits whose outcome is unknown: the broker has stopped, died, or done it and its answer was lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "support/kafka_proxy.h"
#include "support/saga.h"
#include "support/wait_until.h"
#include "under_way.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;

/// Shorter than as shipped, so that a call gives up soon.
const Settings impatient = {{"kafka.transaction_timeout", "PT3S"}, {"stream.threads", "1"}};
/// And the group does not, however long it takes to hear of the commit: a worker that has lost its partitions leaves
/// that to who has them then.
const Settings still_a_member = with(impatient, {{"kafka.session_timeout", "PT1M"}});

constexpr auto succeeded = "the commit whose outcome was unknown succeeded";
constexpr auto did_not_happen = "the commit whose outcome was unknown did not happen";

/// How many producers the worker has given up.
std::int64_t given_up(UnderWay& saga) {
  return std::max<std::int64_t>(join_figure(saga.daemon(), "/workers/0/recreated"), 0);
}

/// Flows until the daemon stops itself there.
void stop_at(UnderWay& saga, const std::string& failpoint) {
  saga.start(failpoint + "=stop@4");
  saga.create_orders(1'000);
  saga.daemon().await_ready();
  saga.flow_until([&] { return saga.said("failpoint " + failpoint + ": stop\n"); });
  saga.daemon().process().await_stopped();
}

TEST(UnknownCommit, ABrokerSuspendedAtTheCommitAndResumed) {
  auto& broker = shared_broker();
  UnderWay saga("suspended", 1, still_a_member);
  stop_at(saga, "unit.commit.before");
  broker.suspend();
  saga.daemon().process().signal(SIGCONT);
  const bool noticed = wait_until(30s, [&] { return given_up(saga) > 0; });
  broker.resume();
  ASSERT_TRUE(noticed) << saga.daemon().log();
  ASSERT_TRUE(wait_until(30s, [&] { return saga.said(succeeded) || saga.said(did_not_happen); }));
  saga.flow();
  saga.expect_whole();
}

TEST(UnknownCommit, ABrokerKilledBetweenTheOffsetsAndTheCommit) {
  auto& broker = shared_broker();
  UnderWay saga("killed", 2, impatient);
  stop_at(saga, "unit.commit.before");
  broker.kill();
  saga.daemon().process().signal(SIGCONT);
  broker.start();
  saga.daemon().await_ready();
  saga.flow();
  saga.expect_whole();
}

struct Loss {
  std::string name;
  KafkaRequest request;
  KafkaProxy::Lost lost;
  KafkaProxy::Then then;
  std::string said;  ///< what the daemon must say then, if anything
};

/// A broker of their own, behind a proxy.
class ALostWord : public testing::TestWithParam<Loss> {
 protected:
  static void SetUpTestSuite() {
    const int advertised = free_port();
    const int proxied = free_port();
    broker_ = std::make_unique<KafkaBroker>(KafkaBroker::Proxied{advertised, proxied});
    proxy_ = std::make_unique<KafkaProxy>(advertised, proxied);
    address_ = fmt::format("127.0.0.1:{}", advertised);
  }
  static void TearDownTestSuite() {
    proxy_.reset();
    broker_.reset();
  }

  static inline std::unique_ptr<KafkaBroker> broker_;
  static inline std::unique_ptr<KafkaProxy> proxy_;
  static inline std::string address_;
};

TEST_P(ALostWord, AboutACommitChangesNothing) {
  const auto& loss = GetParam();
  UnderWay saga("lost", 3, still_a_member, *broker_, address_);
  saga.start("");
  saga.create_orders(1'000);
  saga.daemon().await_ready();
  saga.flow();
  const auto before = given_up(saga);
  proxy_->lose(loss.request, saga.daemon().setting("application_id") + "-one-", loss.lost, loss.then);
  saga.write();
  ASSERT_TRUE(wait_until(30s, [&] { return proxy_->has_lost(); })) << saga.daemon().log();
  if (loss.then == KafkaProxy::Then::silence) {
    ASSERT_TRUE(wait_until(30s, [&] { return given_up(saga) > before; })) << saga.daemon().log();
    proxy_->speak();
  }
  saga.flow();
  EXPECT_TRUE(loss.said.empty() || saga.said(loss.said)) << saga.daemon().log();
  saga.expect_whole();
}

INSTANTIATE_TEST_SUITE_P(Commit, ALostWord,
                         testing::Values(Loss{"TheAnswerAndTheConnection", KafkaRequest::end_txn,
                                              KafkaProxy::Lost::answer, KafkaProxy::Then::cut, ""},
                                         Loss{"TheAnswerAndThenAll", KafkaRequest::end_txn, KafkaProxy::Lost::answer,
                                              KafkaProxy::Then::silence, succeeded},
                                         Loss{"TheRequestAndTheConnection", KafkaRequest::end_txn,
                                              KafkaProxy::Lost::request, KafkaProxy::Then::cut, ""},
                                         Loss{"TheRequestAndThenAll", KafkaRequest::end_txn, KafkaProxy::Lost::request,
                                              KafkaProxy::Then::silence, did_not_happen},
                                         Loss{"TheAnswerToTheOffsets", KafkaRequest::txn_offset_commit,
                                              KafkaProxy::Lost::answer, KafkaProxy::Then::silence, ""}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace orders::test
