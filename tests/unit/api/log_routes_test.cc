// The log's level over the API.
#include "api/log_routes.h"

#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

class LogRoutes : public Api {
 protected:
  LogRoutes() { services_.log_levels = &levels_; }
  Reply put(const std::string& body) { return ask("PUT", "/api/log-level", {}, body); }

  std::vector<LogLevel> applied_;
  LogLevels levels_{LogLevel::info, [this](LogLevel level) { applied_.push_back(level); }};
};

TEST_F(LogRoutes, ShowTheLevel) {
  EXPECT_EQ(json::parse(get("/api/log-level").body),
            json::parse(R"({"level":"info","configured":"info","until":null})"));
  expect_problem(get("/api/log-level", {{"level", "debug"}}), 400);
}

TEST_F(LogRoutes, ChangeItUntilFurtherNotice) {
  const auto reply = put(R"({"level":"debug"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), json::parse(R"({"level":"debug","configured":"info","until":null})"));
  EXPECT_EQ(get("/api/log-level").body, reply.body);
  EXPECT_THAT(applied_, ElementsAre(LogLevel::debug));
}

TEST_F(LogRoutes, ChangeItForATime) {
  const auto before = wall_clock_now();
  const auto reply = json::parse(put(R"({"for":"PT5M","level":"trace"})").body);
  EXPECT_EQ(reply.at("level"), "trace");
  EXPECT_GE(reply.at("until").get<std::string>(), format_timestamp(before + std::chrono::minutes{5}));
  levels_.tick(LogLevels::Clock::now() + std::chrono::minutes{6});
  EXPECT_EQ(json::parse(get("/api/log-level").body).at("level"), "info");
}

TEST_F(LogRoutes, NameWhatIsWrongAndChangeNothing) {
  const std::pair<const char*, const char*> wrong[] = {{"", "object"},
                                                       {"[]", "object"},
                                                       {"{}", "level is missing"},
                                                       {R"({"level":"loud"})", "level must be"},
                                                       {R"({"level":3})", "level must be"},
                                                       {R"({"level":"debug","for":5})", "for must be"},
                                                       {R"({"level":"debug","for":"soon"})", "for must be"},
                                                       {R"({"level":"debug","for":"PT0S"})", "for must be"},
                                                       {R"({"level":"debug","for":"P31D"})", "for must be"},
                                                       {R"({"level":"debug","until":"x"})", "until is not known"}};
  for (const auto& [body, message] : wrong) {
    const auto reply = put(body);
    expect_problem(reply, 400);
    EXPECT_THAT(json::parse(reply.body).at("detail").get<std::string>(), HasSubstr(message)) << body;
  }
  const auto two = json::parse(put(R"({"level":"loud","for":"soon"})").body);
  EXPECT_EQ(two.at("errors").size(), 2u);
  EXPECT_TRUE(applied_.empty());
}

TEST_F(LogRoutes, AreAnsweredWhileAllHandlersAreBusy) {
  for (const auto& route : routes(services_)) {
    if (route.pattern == "/api/log-level") {
      EXPECT_TRUE(route.immediate);
      EXPECT_FALSE(route.open) << "over TCP only who has the token";
    }
  }
}

TEST_F(LogRoutes, ADaemonWithoutOneSaysSo) {
  services_.log_levels = nullptr;
  expect_problem(get("/api/log-level"), 409);
  expect_problem(put(R"({"level":"debug"})"), 409);
}

TEST_F(LogRoutes, TheStatusTellsOfTheLastReload) {
  EXPECT_EQ(json::parse(get("/api/status").body).at("configuration"), nullptr);
  ConfigurationStatus configuration;
  services_.configuration = [&] { return configuration; };
  EXPECT_EQ(json::parse(get("/api/status").body).at("configuration"),
            json::parse(R"({"reloaded":null,"error":null,"restart_needed":[]})"));
  configuration = {.reloaded = from_millis(0), .error = "a mistake", .restart_needed = {"topics.orders"}};
  EXPECT_EQ(
      json::parse(get("/api/status").body).at("configuration"),
      json::parse(R"({"reloaded":"1970-01-01T00:00:00.000Z","error":"a mistake","restart_needed":["topics.orders"]})"));
}

}  // namespace
}  // namespace orders::api
