// Drains that are killed, or meet one another: each letter is redriven exactly once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "dead_letters.h"
#include "support/kafka_broker.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

/// ORDERS_KILLS=100 for the long form.
const int kills = static_cast<int>(take_variable("ORDERS_KILLS", 20));

class KilledDrains : public testing::Test {
 protected:
  KilledDrains() { create_topics(bootstrap_, daemon_); }

  /// Single ones of both inputs, and partners.
  void put(int count) {
    std::vector<DeadLetter> letters;
    for (int i = 1; i <= count; ++i) {
      const bool partners = i % 3 == 0;
      letters.push_back({daemon_.payments(), i, partners ? "unmatched" : "invalid_value", "p" + std::to_string(i)});
      if (partners) letters.push_back({daemon_.stock(), i, "late", "s" + std::to_string(i)});
    }
    write(bootstrap_, daemon_, letters);
    letters_ = letters.size();
  }
  [[nodiscard]] bool some_are_drained() const {
    return wait_until(30s, [&] { return listed(daemon_).at("drained") > 0; });
  }
  void expect_each_once() const {
    auto marks = marks_on(bootstrap_, daemon_.payments());
    marks.merge(marks_on(bootstrap_, daemon_.stock()));
    EXPECT_EQ(marks.size(), letters_);
    for (const auto& [mark, times] : marks) EXPECT_EQ(times, 1) << mark;
  }
  [[nodiscard]] Process start_drain(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"dlq", "drain", "--execute"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto command = daemon_.ctl_command(all);
    command.output = log_;
    return Process::spawn(command);
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  Daemon daemon_{"kill", {{"kafka.bootstrap_servers", bootstrap_}}};
  const std::filesystem::path log_ = daemon_.folder() / "drain.log";
  std::size_t letters_ = 0;
};

TEST_F(KilledDrains, WithWhateverFiltersRedriveEachLetterOnce) {
  put(kills * 30);
  std::mt19937 random(kills);
  const std::vector<std::vector<std::string>> filters = {{},
                                                         {"--reason", "late"},
                                                         {"--reason", "unmatched", "--reason", "late"},
                                                         {"--reason", "invalid_value"},
                                                         {"--topic", daemon_.payments()},
                                                         {"--limit", "9"},
                                                         {"--key", "3", "--key", "4", "--key", "6"}};
  // The first when it has drained something; the others at any moment, before they have begun, too.
  auto first = start_drain({"--rate", "50"});
  ASSERT_TRUE(some_are_drained()) << slurp(log_);
  first.kill();
  for (int i = 1; i < kills; ++i) {
    auto arguments = filters[random() % filters.size()];
    arguments.insert(arguments.end(), {"--rate", "50"});
    auto drain = start_drain(arguments);
    if (!drain.wait(std::chrono::milliseconds{100 + random() % 1'200})) drain.kill();
  }
  const auto before = listed(daemon_);
  EXPECT_GT(before.at("letters"), 0) << "they were killed when nothing was left to be done";
  const auto rest = drain(daemon_, {});
  EXPECT_EQ(rest.exit_code, 0) << rest.text();
  EXPECT_EQ(listed(daemon_).at("letters"), 0);
  expect_each_once();
}

TEST_F(KilledDrains, ThatAreInterruptedSayHowToGoOn) {
  put(60);
  auto interrupted = start_drain({"--rate", "2"});
  ASSERT_TRUE(some_are_drained()) << slurp(log_);
  interrupted.signal(SIGINT);
  EXPECT_EQ(interrupted.wait(30s), 1);
  EXPECT_THAT(slurp(log_), HasSubstr("the same command goes on with the rest"));
  EXPECT_EQ(drain(daemon_, {}).exit_code, 0);
  expect_each_once();
}

TEST_F(KilledDrains, OfTwoAtOnceTheOlderStopsAndSaysWhy) {
  put(60);
  auto older = start_drain({"--rate", "2"});
  ASSERT_TRUE(some_are_drained()) << slurp(log_);
  const auto newer = drain(daemon_, {});
  EXPECT_EQ(newer.exit_code, 0) << newer.text();
  EXPECT_EQ(older.wait(30s), 1) << slurp(log_);
  EXPECT_THAT(slurp(log_), HasSubstr("another drain of this application has begun and taken over"));
  EXPECT_EQ(listed(daemon_).at("letters"), 0);
  expect_each_once();
}

}  // namespace
}  // namespace orders::test
