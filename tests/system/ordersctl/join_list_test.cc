// Which orders wait, for what: from the buffers of the running join, in memory and on disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

constexpr int partitions = 4;
constexpr int order_count = 40;
constexpr std::int64_t first_time = 1'700'000'000'000;

class JoinWaiting : public testing::TestWithParam<const char*> {
 protected:
  JoinWaiting() { create_topics(bootstrap_, daemon_, partitions); }

  void write(const std::string& topic, int id, std::int64_t time) {
    writer_.write(answer(topic, id % partitions, id, "ACCEPT", time));
  }
  bool waits(int count) {
    return wait_until(60s, [&] { return join_figure(daemon_, "/waiting") == count; });
  }
  /// A worker that is busy for long, with a commit say, is to be asked again.
  json list(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"--output", "json", "join", "list"});
    Output output;
    EXPECT_TRUE(wait_until(60s, [&] { return (output = daemon_.ctl(arguments)).exit_code != 4; })) << output.text();
    EXPECT_EQ(output.exit_code, 0) << output.text();
    return json::parse(output.out);
  }
  static std::vector<int> ids(const json& page) {
    std::vector<int> ids;
    for (const auto& record : page.at("waiting")) ids.push_back(record.at("orderId"));
    return ids;
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"waiting",
                 {{"kafka.bootstrap_servers", bootstrap_}, {"join.window", "PT1M"}, {"join.store", GetParam()}}};
  LogWriter writer_{bootstrap_};
};

TEST_P(JoinWaiting, IsListedOldestFirstUntilItsPartnerComes) {
  // The higher the id, the older; even ones have paid, odd ones are in stock.
  for (int id = order_count; id >= 1; --id)
    write(id % 2 == 0 ? daemon_.payments() : daemon_.stock(), id, first_time + (order_count - id) * 100);
  writer_.flush();
  daemon_.start_and_await();
  ASSERT_TRUE(waits(order_count)) << daemon_.log();

  const auto all = list();
  std::vector<int> expected(order_count);
  std::iota(expected.rbegin(), expected.rend(), 1);
  EXPECT_EQ(ids(all), expected);
  EXPECT_EQ(all.at("next"), nullptr);
  EXPECT_EQ(all.at("partitions").size(), static_cast<std::size_t>(partitions));
  const auto& oldest = all.at("waiting").front();
  EXPECT_EQ(oldest.at("waitsFor"), "stock");
  EXPECT_EQ(oldest.at("topic"), daemon_.payments());
  EXPECT_EQ(oldest.at("givenUpAbove"), first_time + 120'000) << "before and after, of a minute each";

  std::vector<int> paged;
  std::string after;
  do {
    std::vector<std::string> arguments{"--limit", "7"};
    if (!after.empty()) arguments.insert(arguments.end(), {"--after", after});
    const auto page = list(arguments);
    for (const int id : ids(page)) paged.push_back(id);
    after = page.at("next").is_null() ? "" : page.at("next").get<std::string>();
  } while (!after.empty() && paged.size() < 1'000);
  EXPECT_EQ(paged, expected);
  const auto of_one = ids(list({"--partition", "3", "--side", "stock"}));
  EXPECT_EQ(of_one.size(), static_cast<std::size_t>(order_count / partitions));

  // Answers of the other side for all but two.
  for (int id = 1; id <= order_count - 2; ++id)
    write(id % 2 == 0 ? daemon_.stock() : daemon_.payments(), id, first_time + 10'000);
  writer_.flush();
  ASSERT_TRUE(waits(2)) << daemon_.log();
  EXPECT_EQ(ids(list()), (std::vector<int>{order_count, order_count - 1}));
  daemon_.kill();
  daemon_.start_and_await();
  ASSERT_TRUE(wait_until(60s, [&] {
    const auto page = daemon_.get("/api/join/waiting");
    return page && page->at("waiting").size() == 2 && page->at("rebuilding").empty();
  })) << daemon_.log();
  EXPECT_EQ(ids(list()), (std::vector<int>{order_count, order_count - 1})) << "after a restart, too";
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_EQ(daemon_.ctl({"join", "list"}).exit_code, 4);
}

INSTANTIATE_TEST_SUITE_P(Buffers, JoinWaiting, testing::Values("memory", "disk"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace orders::test
