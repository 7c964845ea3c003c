// Topics as they are often made: what loses records is refused at the start, the rest is warned of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/kafka_broker.h"
#include "support/saga.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using TopicConfig = std::map<std::string, std::string>;

/// By their names in the configuration.
void create_topics(const Daemon& daemon, const std::map<std::string, TopicConfig>& configs) {
  for (const std::string topic : {"payments", "stock", "orders", "dead_letter"}) {
    const auto config = configs.find(topic);
    create_topic(shared_broker().bootstrap(), daemon.setting("topics." + topic), 2,
                 config == configs.end() ? TopicConfig{} : config->second);
  }
}

struct Refusal {
  std::string topic;
  TopicConfig config;
  std::string found;
  std::string mend;
  Settings settings = {};
};

TEST(Topics, ThatLoseRecordsAreRefusedWithWhatIsNeededAndTheCommandThatMendsIt) {
  const std::vector<Refusal> refusals = {
      {"payments",
       {{"cleanup.policy", "compact"}},
       "cleanup.policy is compact, must be delete",
       "cleanup.policy=delete"},
      {"stock",
       {{"retention.ms", "29999"}},
       "retention.ms is 29999, must be at least 30000 (PT30S)",
       "retention.ms=604800000"},
      {"stock",
       {{"retention.ms", "49999"}},
       "retention.ms is 49999, must be at least 50000 (PT50S)",
       "retention.ms=604800000",
       {{"join.duplicates", "suppress"}}},
      {"dead_letter", {{"cleanup.policy", "compact"}}, "cleanup.policy is compact, must be delete",
       "cleanup.policy=delete"},
      {"dead_letter", {{"retention.ms", "604800000"}}, "retention.ms is 604800000, must be -1", "retention.ms=-1"},
      {"dead_letter", {{"retention.bytes", "1073741824"}}, "retention.bytes is 1073741824, must be -1",
       "retention.bytes=-1"},
  };
  std::vector<std::unique_ptr<Daemon>> daemons;  // each looks for some seconds, all at once
  for (const auto& refusal : refusals) {
    auto settings = refusal.settings;
    settings["kafka.bootstrap_servers"] = shared_broker().bootstrap();
    daemons.push_back(std::make_unique<Daemon>("refused", settings));
    create_topics(*daemons.back(), {{refusal.topic, refusal.config}});
    daemons.back()->start();
  }
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    auto& daemon = *daemons[i];
    const auto topic = daemon.setting("topics." + refusals[i].topic);
    SCOPED_TRACE(refusals[i].found);
    EXPECT_EQ(daemon.wait(60s), 2) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr(topic + ": " + refusals[i].found));
    EXPECT_THAT(daemon.log(), HasSubstr("--alter --topic " + topic + " --add-config " + refusals[i].mend));
    const auto check = daemon.ctl({"topics", "check"});
    EXPECT_EQ(check.exit_code, 1);
    EXPECT_THAT(check.out, HasSubstr(refusals[i].found));
  }
}

TEST(Topics, ThatMayDisappointSomeDayAreWarnedOf) {
  Daemon daemon("warned", {{"kafka.bootstrap_servers", shared_broker().bootstrap()}});
  create_topics(daemon, {{"orders", {{"cleanup.policy", "delete"}, {"retention.ms", "604800000"}}},
                         {"payments", {{"retention.bytes", "1073741824"}, {"message.timestamp.type", "LogAppendTime"}}},
                         {"stock",
                          {{"message.timestamp.type", "CreateTime"},
                           {"message.timestamp.after.max.ms", "9223372036854775807"},
                           {"retention.ms", "86400000"}}}});
  daemon.start_and_await();
  const auto log = daemon.log();
  for (const auto& warning : {
           "topic " + daemon.orders() + ": cleanup.policy is delete, should be compact, or retention.ms -1: ",
           "topic " + daemon.payments() + ": retention.bytes is 1073741824, should be -1: ",
           "topic " + daemon.payments() + ", " + daemon.stock() +
               ": message.timestamp.type is LogAppendTime and CreateTime, should be the same: ",
           "topic " + daemon.stock() +
               ": message.timestamp.after.max.ms is 9223372036854775807, should be 3600000: ",
           "topic " + daemon.stock() + ": retention.ms is 86400000, should be 604800000 (P7D): ",
       }) {
    EXPECT_THAT(log, HasSubstr(warning));
  }
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
