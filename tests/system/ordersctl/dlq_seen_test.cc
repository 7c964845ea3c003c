// A drain that has ended is seen to have. In this process: another one takes longer to start than the broker to end a
// transaction.
#include <gtest/gtest.h>

#include "config/loader.h"
#include "dead_letters.h"
#include "dlq/drain.h"
#include "support/kafka_broker.h"

namespace orders::test {
namespace {

constexpr int drains = 3;

class SeenDrains : public testing::Test {
 protected:
  SeenDrains() { create_topics(bootstrap_, daemon_); }

  [[nodiscard]] std::unique_ptr<dlq::Drain> open_drain() const {
    auto drain = dlq::Drain::open(connection_, config_, nullptr, {}, hooks(), dlq::Drain::Mode::execute).value();
    (void)drain->plan().value();
    return drain;
  }
  [[nodiscard]] static dlq::DrainHooks hooks() {
    return {.stopped = [] { return false; },
            .sleep = [](Milliseconds) { return true; },
            .reading = [](std::uint64_t) {},
            .progress = [](std::uint64_t) {},
            .failed = [](const dlq::Letter& letter, const std::string& why) { ADD_FAILURE() << letter.id() << why; }};
  }
  /// Where the marks end, as this consumer sees them.
  [[nodiscard]] std::int64_t end_for(const kafka::Consumer& consumer) const {
    return consumer.end({config_.topics.drained, 0}, Milliseconds{10'000}).value();
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"seen", {{"kafka.bootstrap_servers", bootstrap_}}};
  kafka::Connection connection_{.bootstrap_servers = bootstrap_, .properties = {}};
  const config::Config config_ = config::load({.file = daemon_.config_file(), .set = {}}).config;
};

TEST_F(SeenDrains, AreOverForEveryReader) {
  const auto committed = kafka::Consumer::create(connection_, {}).value();
  kafka::ConsumerOptions uncommitted;
  uncommitted.read_committed = false;
  const auto all = kafka::Consumer::create(connection_, uncommitted).value();
  ASSERT_EQ(end_for(committed), 0);
  for (int i = 1; i <= drains; ++i) {
    write(bootstrap_, daemon_, {{daemon_.payments(), i, "invalid_value", "m" + std::to_string(i)}});
    const auto drain = open_drain();  // to be closed only afterwards: that takes its time
    const auto report = drain->run();
    const auto end = end_for(committed);
    ASSERT_FALSE(report.error) << report.error->text();
    EXPECT_EQ(report.redriven, 1U);
    EXPECT_EQ(end, end_for(all)) << "drain " << i;
    EXPECT_EQ(end, 2 * i) << "a mark and the end of its transaction";
  }
}

}  // namespace
}  // namespace orders::test
