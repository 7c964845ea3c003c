// The log of one order, and a configuration that changes while the daemon runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <set>

#include "api/client.h"
#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t followed = (std::int64_t{1} << 60) + 7;  // no double can hold it
constexpr std::int64_t time = 1'700'000'000'000;

class Reload : public testing::Test {
 protected:
  void start(const Settings& settings) {
    daemon_.emplace("reload",
                    with({{"kafka.bootstrap_servers", bootstrap_}, {"database.backend", "embedded"}}, settings));
    create_topics(bootstrap_, *daemon_);
    daemon_->start_and_await();
  }
  void hang_up() { daemon_->process().signal(SIGHUP); }
  /// A member of status.configuration; null while the daemon does not answer.
  [[nodiscard]] nlohmann::json configuration(const std::string& member) const {
    const auto status = daemon_->get("/api/status");
    return status ? status->at("configuration").at(member) : nlohmann::json();
  }
  [[nodiscard]] bool views_have_applied(std::int64_t records) const {
    const auto status = daemon_->get("/api/status");
    return status && status->at("/views/table/applied"_json_pointer) == records &&
           status->at("/views/database/applied"_json_pointer) == records;
  }
  [[nodiscard]] std::string level() const {
    const auto answer = daemon_->get("/api/log-level");
    return answer ? answer->value("level", "") : "";
  }
  /// The lines so far, each JSON of its own, but for one that is being written.
  [[nodiscard]] std::vector<nlohmann::json> lines() const {
    const auto log = daemon_->log();
    return parse_lines(log.substr(0, log.rfind('\n') + 1));
  }
  /// The line of this order that begins so.
  [[nodiscard]] std::optional<nlohmann::json> line_of(std::int64_t order, const std::string& beginning) const {
    for (const auto& line : lines()) {
      if (line.value("order", std::int64_t{0}) == order && line.at("message").get<std::string>().starts_with(beginning))
        return line;
    }
    return {};
  }
  static std::string place(const nlohmann::json& line) {
    return line.at("topic").get<std::string>() + "[" + line.at("partition").dump() + "]@" + line.at("offset").dump();
  }

  const std::string& bootstrap_ = shared_broker().bootstrap();
  std::optional<Daemon> daemon_;
};

TEST_F(Reload, AtDebugOneOrderIsFollowedFromItsAnswersToTheViewsAndEveryLineIsJson) {
  start({{"log.format", "json"}});
  LogWriter writer(bootstrap_);
  writer.write(answer(daemon_->payments(), 1, 5, "ACCEPT", time));
  writer.write(answer(daemon_->stock(), 1, 5, "ACCEPT", time));
  writer.flush();
  ASSERT_TRUE(wait_until(30s, [&] { return views_have_applied(1); })) << daemon_->log();

  daemon_->set("log.level", "debug");
  hang_up();
  ASSERT_TRUE(wait_until(30s, [&] { return level() == "debug"; })) << daemon_->log();
  EXPECT_FALSE(line_of(5, "").has_value()) << "at info nobody is followed";

  writer.write(answer(daemon_->payments(), 1, followed, "ACCEPT", time + 1));
  writer.write(answer(daemon_->stock(), 1, followed, "REJECT", time + 2));
  writer.flush();
  const auto told = [&](const std::string& beginning) { return line_of(followed, beginning); };
  ASSERT_TRUE(wait_until(
      30s, [&] { return told("table view: ") && told("database view: "); }, 100ms))
      << daemon_->log();
  EXPECT_EQ(daemon_->stop(), 0);

  const auto results = results_only(read_topic(bootstrap_, daemon_->orders()));
  ASSERT_EQ(results.size(), 2U);
  const auto result = results.back().where();
  EXPECT_EQ(place(told("join: payment: answer ACCEPT read").value()), daemon_->payments() + "[1]@1");
  EXPECT_EQ(place(told("join: stock: answer REJECT read").value()), daemon_->stock() + "[1]@1");
  EXPECT_EQ(place(told("join: stock: joined with a payment answer ACCEPT").value()), daemon_->stock() + "[1]@1");
  EXPECT_EQ(place(told("table view: applied").value()), result);
  EXPECT_EQ(place(told("database view: applied").value()), result);
  // Some transaction may have been aborted: then the result was sent again in another one.
  std::set<std::string> sent, committed;
  for (const auto& line : lines()) {
    EXPECT_EQ(line.value("application", ""), daemon_->setting("application_id")) << line;
    EXPECT_EQ(line.value("instance", ""), "one") << line;
    const auto message = line.at("message").get<std::string>();
    const auto transaction = line.value("txn", "");
    if (message == "join: result sent" && line.at("order") == followed) sent.insert(transaction);
    if (message.starts_with("join: committed")) committed.insert(transaction);
  }
  ASSERT_FALSE(sent.empty());
  EXPECT_THAT(*sent.begin(), StartsWith(daemon_->setting("application_id") + "-one-"));
  EXPECT_TRUE(std::ranges::any_of(sent, [&](const auto& transaction) { return committed.contains(transaction); }));
}

TEST_F(Reload, TakesWhatItCanNamesTheRestAndNothingOfABrokenFile) {
  const TempFolder secrets("reload");
  const auto listen = "127.0.0.1:" + std::to_string(free_port());
  write_secret(secrets / "token", "0123456789abcdef");
  start({{"api.listen", listen}, {"api.token_file", secrets / "token"}, {"log.level", "info"}});
  const auto status_for = [&](const std::string& token) {
    const auto response = api::Client(api::Target{{}, "http://" + listen, token, {}}).get("/api/status", 30s);
    return response ? response->status : 0;
  };
  EXPECT_EQ(status_for("0123456789abcdef"), 200);
  EXPECT_EQ(configuration("reloaded"), nullptr);

  // Broken: all of it stays as it is, the token too.
  daemon_->set("log.level", "loud");
  write_secret(secrets / "token", "fedcba9876543210");
  hang_up();
  ASSERT_TRUE(wait_until(30s, [&] { return configuration("error").is_string(); })) << daemon_->log();
  EXPECT_THAT(configuration("error").get<std::string>(), AllOf(HasSubstr("ordersd.yaml:"), HasSubstr("log.level")));
  EXPECT_THAT(daemon_->log(), AllOf(HasSubstr("log.level"), HasSubstr("is not taken")));
  EXPECT_EQ(level(), "info");
  EXPECT_EQ(status_for("0123456789abcdef"), 200);

  // Without a mistake, but for a file that it names.
  daemon_->set("log.level", "info");
  write_secret(secrets / "token", "short");
  hang_up();
  ASSERT_TRUE(wait_until(30s, [&] { return configuration("reloaded").is_string(); })) << daemon_->log();
  EXPECT_THAT(configuration("error").get<std::string>(), HasSubstr("api.token_file"));
  EXPECT_EQ(status_for("0123456789abcdef"), 200);
  EXPECT_TRUE(wait_until(30s, [&] { return daemon_->log().find("in effect, as far as it can be") != std::string::npos; }))
      << daemon_->log();

  // Mended, with a change that has to wait.
  write_secret(secrets / "token", "fedcba9876543210");
  daemon_->set("log.level", "warn");
  daemon_->set("stream.threads", "3");
  hang_up();
  const auto waiting = nlohmann::json::array({"stream.threads"});
  ASSERT_TRUE(wait_until(30s, [&] { return configuration("restart_needed") == waiting; })) << daemon_->log();
  EXPECT_EQ(configuration("error"), nullptr);
  EXPECT_THAT(daemon_->log(), HasSubstr("stream.threads changed: takes effect at the next start"));
  EXPECT_THAT(daemon_->ctl_ok({"status"}), HasSubstr("at the next start: stream.threads"));
  EXPECT_EQ(level(), "warn");
  EXPECT_EQ(status_for("0123456789abcdef"), 401);
  EXPECT_EQ(status_for("fedcba9876543210"), 200);

  // For a while, by hand.
  EXPECT_THAT(daemon_->ctl_ok({"log-level", "debug", "--for", "1s"}),
              AllOf(StartsWith("debug until "), HasSubstr("then warn")));
  ASSERT_TRUE(wait_until(30s, [&] { return level() == "warn"; })) << daemon_->log();
  EXPECT_EQ(daemon_->ctl_ok({"log-level"}), "warn\n");
  EXPECT_THAT(daemon_->log(), HasSubstr("the time of the other one is over"));
  EXPECT_EQ(daemon_->stop(), 0);
}

}  // namespace
}  // namespace orders::test
