#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "api/server.h"
#include "shells.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// What bash offers in the folder of the scripts.
std::vector<std::string> offered(const std::vector<std::string>& line) {
  const Ctl ctl;
  return Shells(ctl, SOURCE_DIR "/completions").bash(line);
}

TEST(Completion, FilesAreWhatTheProgramPrints) {
  const Ctl ctl;
  const std::pair<const char*, const char*> files[] = {
      {"bash", "ordersctl.bash"}, {"zsh", "_ordersctl"}, {"fish", "ordersctl.fish"}};
  for (const auto& [shell, file] : files) {
    const auto script = ctl.run({"completion", shell});
    EXPECT_EQ(script.exit_code, 0);
    EXPECT_EQ(script.out, slurp(std::string(SOURCE_DIR "/completions/") + file))
        << "ordersctl completion " << shell << " >completions/" << file;
  }
}

TEST(Completion, OffersVerbsThenFlags) {
  EXPECT_THAT(offered({"ordersctl", ""}), AllOf(Contains("order"), Contains("simulate"), Contains("--config")));
  EXPECT_THAT(offered({"ordersctl", "st"}), ElementsAre("state", "status"));
  EXPECT_THAT(offered({"ordersctl", "order", ""}), AllOf(Contains("create"), Not(Contains("migrate"))));
  EXPECT_THAT(offered({"ordersctl", "order", "create", "--it"}), ElementsAre("--item"));
  EXPECT_THAT(offered({"ordersctl", "order", "create", "--conf"}), ElementsAre("--config"));
}

TEST(Completion, IsNotConfusedByFlagsAndTheirValues) {
  EXPECT_THAT(offered({"ordersctl", "--config", "order", "state", "g"}), ElementsAre("get"));
  EXPECT_THAT(offered({"ordersctl", "-q", "order", "get", "42", "--ver"}), ElementsAre("--verbose"));
}

TEST(Completion, OffersTheValuesOfFlags) {
  EXPECT_THAT(offered({"ordersctl", "--output", ""}), ElementsAre("table", "json", "ndjson"));
  EXPECT_THAT(offered({"ordersctl", "status", "--output", "=", "nd"}), ElementsAre("ndjson"));
  EXPECT_THAT(offered({"ordersctl", "--config", "ordersctl.b"}), ElementsAre("ordersctl.bash"));
}

TEST(Completion, OffersFilesWhereACommandTakesOne) {
  EXPECT_THAT(offered({"ordersctl", "replay", "local", "ordersctl.b"}), ElementsAre("ordersctl.bash"));
  EXPECT_THAT(offered({"ordersctl", "replay", "local", "--ex"}), ElementsAre("--expect"));
}

TEST(Completion, OfEveryShellOffersVerbsFlagsAndTheirValues) {
  const Ctl ctl;
  const Shells shells(ctl);
  EXPECT_EQ(shells.zsh("ordersctl ord"), "ordersctl order ");
  EXPECT_EQ(shells.zsh("ordersctl order cre"), "ordersctl order create ");
  EXPECT_EQ(shells.zsh("ordersctl order create --it"), "ordersctl order create --item ");
  EXPECT_EQ(shells.zsh("ordersctl --output nd"), "ordersctl --output ndjson ");
  EXPECT_THAT(shells.fish("ordersctl ord"), ElementsAre("order"));
  EXPECT_THAT(shells.fish("ordersctl order "), AllOf(Contains("create"), Not(Contains("migrate"))));
  EXPECT_THAT(shells.fish("ordersctl order create --it"), ElementsAre("--item"));
  EXPECT_THAT(shells.fish("ordersctl --output nd"), ElementsAre("ndjson"));
}

// --- values of the live system

class LiveValues : public testing::Test {
 protected:
  /// A daemon whose table has these orders.
  void serve(const std::vector<std::int64_t>& ids) {
    api::ServerOptions options;
    options.socket = (ctl_.folder() / "api.sock").string();
    auto server = api::Server::start(options, {{"GET", "/api/orders/store", [ids](const api::Request& request) {
                                                  return page(ids, request);
                                                }}});
    ASSERT_TRUE(server.has_value()) << server.error().text();
    server_.emplace(std::move(*server));
  }
  static api::Reply page(const std::vector<std::int64_t>& ids, const api::Request& request) {
    const auto after = std::stoll(request.parameter("after").value_or("0"));
    std::string rows;
    int count = 0;
    for (const auto id : ids) {
      if (id <= after || ++count > 100) continue;
      rows += (rows.empty() ? "" : ",") + std::string("{\"key\":") + std::to_string(id) + ",\"value\":{}}";
    }
    return {200, "{\"rows\":[" + rows + "],\"next\":null,\"lag\":0}", "application/json", {}};
  }
  [[nodiscard]] Output complete(const std::string& kind, const std::string& prefix = {}) const {
    return ctl_.run({"__complete", kind, prefix});
  }

  Ctl ctl_;
  Shells shells_{ctl_};
  std::filesystem::path config_ =
      ctl_.file("ordersd.yaml", "api: {socket: " + (ctl_.folder() / "api.sock").string() +
                                    "}\ntopics: {orders: shop-orders, payments: shop-payments}\n"
                                    "kafka: {bootstrap_servers: '127.0.0.1:" + std::to_string(free_port()) + "'}\n");
  std::optional<api::Server> server_;
};

// An answer that takes longer than a fraction of a second is not waited for, and a busy machine may need another try.
constexpr std::chrono::seconds patience{30};

TEST_F(LiveValues, AreOrdersOfTheTable) {
  std::vector<std::int64_t> ids;
  for (int i = 1; i <= 200; ++i) ids.push_back(i);
  ids.insert(ids.end(), {712020393492615168, 712020393492615169, 812020393492615168});
  serve(ids);
  std::vector<std::string> offered;
  const auto bash = [&](const std::string& prefix) {
    offered = shells_.bash({"ordersctl", "state", "get", prefix});
    return !offered.empty() && offered.front().front() != '-';
  };
  ASSERT_TRUE(wait_until(patience, [&] { return bash("9"); }));
  EXPECT_THAT(offered, Contains("99"));
  ASSERT_TRUE(wait_until(patience, [&] { return bash("712"); })) << "far behind the first page";
  EXPECT_THAT(offered, ElementsAre("712020393492615168", "712020393492615169"));
  ASSERT_TRUE(wait_until(patience, [&] { return shells_.fish("ordersctl order get 8120").size() == 1; }));
  ASSERT_TRUE(wait_until(patience, [&] {
    return shells_.zsh("ordersctl state get 8120") == "ordersctl state get 812020393492615168 ";
  }));
}

TEST_F(LiveValues, AreOptionsAndWhatTheyMayBe) {
  EXPECT_THAT(shells_.bash({"ordersctl", "--set", "join.late"}), ElementsAre("join.late="));
  EXPECT_THAT(shells_.bash({"ordersctl", "config", "show", "--set", "join.late", "="}),
              ElementsAre("dead_letter", "drop"));
  EXPECT_THAT(shells_.bash({"ordersctl", "--set", "join.late", "=", "dr"}), ElementsAre("drop"));
  EXPECT_THAT(shells_.fish("ordersctl --set join.late=dr"), ElementsAre("join.late=drop"));
  EXPECT_EQ(shells_.zsh("ordersctl --set join.late=dr"), "ordersctl --set join.late=drop ");
  EXPECT_EQ(shells_.zsh("ordersctl --set join.lat"), "ordersctl --set join.late=");
}

TEST_F(LiveValues, AreReasonsOfDeadLetters) {
  EXPECT_THAT(lines_of(complete("reasons", "un").out), ElementsAre("unmatched"));
  EXPECT_THAT(lines_of(complete("reasons").out), AllOf(Contains("late"), Contains("invalid_key")));
}

TEST_F(LiveValues, AreTheConfiguredTopicsWhereTheBrokerIsAway) {
  const std::vector<std::string> configured{"shop-orders", "shop-payments"};
  EXPECT_TRUE(wait_until(patience, [&] { return lines_of(complete("topics", "shop-").out) == configured; }));
}

TEST_F(LiveValues, AreOfTheConfigurationThatIsNamedInTheLine) {
  (void)ctl_.file("other.yaml", "api: {socket: nowhere.sock}\n");
  serve({41, 42});
  ASSERT_TRUE(wait_until(patience, [&] { return shells_.bash({"ordersctl", "order", "get", "4"}).size() == 2; }));
  EXPECT_THAT(shells_.bash({"ordersctl", "--config", "other.yaml", "order", "get", "4"}), IsEmpty());
  EXPECT_THAT(shells_.fish("ordersctl --config other.yaml order get 4"), IsEmpty());
}

TEST_F(LiveValues, FailWithoutAWord) {
  (void)ctl_.file("ordersd.yaml", "join: {windw: 1}\n");
  for (const char* kind : {"topics", "orders", "nonsense"}) {
    const auto output = complete(kind);
    EXPECT_EQ(output.exit_code, 0) << output.text();
    EXPECT_EQ(output.out + output.err, "");
  }
  EXPECT_THAT(shells_.bash({"ordersctl", "order", "get", ""}), Contains("--config")) << "the flags are still offered";
  EXPECT_THAT(ctl_.run({"--help"}).out, Not(testing::HasSubstr("__complete")));
  EXPECT_THAT(ctl_.run({}).err, Not(testing::HasSubstr("__complete")));
}

}  // namespace
}  // namespace orders::test
