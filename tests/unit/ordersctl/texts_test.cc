// Progress, status and problems as people read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "ordersctl/daemon.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/progress.h"
#include "ordersctl/status_text.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Progress, TellsRateAndTimeLeft) {
  EXPECT_EQ(progress_text("orders", 12'000, 20'000, 3s), "12,000 of 20,000 orders  60 %  4,000/s  2 s left");
  EXPECT_EQ(progress_text("orders", 10, 10'000, 20s), "10 of 10,000 orders  0 %  0.5/s  5 h 33 min left");
  EXPECT_EQ(progress_text("orders", 500, std::nullopt, 1s), "500 orders  500/s");
  EXPECT_EQ(progress_text("orders", 0, 100, 5s), "0 of 100 orders  0 %");
}

TEST(Progress, DrawsABarThatNeverOverflows) {
  EXPECT_EQ(progress_bar(0, 100, 4), "[    ]");
  EXPECT_EQ(progress_bar(50, 100, 4), "[##  ]");
  EXPECT_EQ(progress_bar(100, 100, 4), "[####]");
  EXPECT_EQ(progress_bar(300, 100, 4), "[####]");
}

TEST(Problems, NameEachBadMember) {
  const auto error =
      problem_error(400, R"({"title":"Bad Request","detail":"items[0].quantity must be at least 1, and more",)"
                         R"("errors":[{"member":"items[0].quantity","message":"must be at least 1"},)"
                         R"({"member":"customerId","message":"is missing"}]})");
  EXPECT_EQ(error.error_class, ErrorClass::invalid);
  EXPECT_THAT(error.message, HasSubstr("refused:\n  items[0].quantity: must be at least 1\n  customerId: is missing"));
}

TEST(Problems, FollowTheStatus) {
  EXPECT_EQ(problem_error(404, "{}").error_class, ErrorClass::not_found);
  EXPECT_EQ(problem_error(503, "{}").error_class, ErrorClass::wait);
  EXPECT_EQ(problem_error(409, "{}").error_class, ErrorClass::invalid);
  EXPECT_EQ(problem_error(500, "<html>").error_class, ErrorClass::bug);
  EXPECT_THAT(problem_error(500, "<html>").message, HasSubstr("500"));
}

constexpr auto status = R"({"version":"0.1.0","application_id":"orders","instance_id":"one","state":"degraded",
  "reason":"database view: away","reasons":["database view: away"],"uptime_seconds":75,"join":{"fates":{"read":2000,
  "joined":1990,"unmatched":1,"late":2,"duplicate":3,"invalid":4,"skipped":0,"results":995,"refused":6,"letters_dropped":0,"carried":12},"identity":{"holds":true,"off_by":0},"waiting":12,
  "workers":[{"name":"one-0","state":"running","reason":"","commits":17,"aborts":1,"tasks":[
  {"partition":0,"payment":{"waiting":5,"lag":100},"stock":{"waiting":7,"lag":null}},
  {"partition":2,"state":"stopped","reason":"a gap","payment":{"waiting":0,"lag":1},"stock":{"waiting":0,"lag":2}}]}]},
  "views":{"table":{"name":"table","state":"current","lag":0,"read":995,"applied":995,
  "identity":{"holds":true,"off_by":0}},"database":null},
  "intake":{"state":"running","accepted":1000,"published":1000,"repeated":0,"failed":0,"outbox":3}})";

TEST(StatusText, ShowsEveryPartThatThereIs) {
  const auto text = status_text(status, false);
  EXPECT_THAT(text, HasSubstr("orders / one: degraded, up PT1M15S, version 0.1.0\n  database view: away\n"));
  EXPECT_THAT(text, testing::ContainsRegex("one-0 +running +0,2 stopped +12 +103 +17 +1\n  one-0: a gap\n"));
  EXPECT_THAT(text, testing::ContainsRegex("read +2,000\ncarried +12\njoined +1,990\nwaiting +12\nunmatched +1\n"));
  EXPECT_THAT(text, testing::ContainsRegex("late +2\nduplicate +3\ninvalid +4\nskipped +0\nresults +995\n"));
  EXPECT_THAT(text, testing::ContainsRegex("refused +6\n"));
  EXPECT_THAT(text, testing::ContainsRegex("VIEW +table\nstate +current\nlag +0\nread +995\napplied +995\n"));
  EXPECT_THAT(text, HasSubstr("\nidentity holds: "));
  EXPECT_THAT(text, testing::ContainsRegex("running +1,000 +1,000 +0 +0 +3"));
  EXPECT_THAT(text, Not(HasSubstr("database  ")));
}

TEST(StatusText, TellsOfAConfigurationThatWasReadAnew) {
  EXPECT_THAT(status_text(R"({"configuration":{"reloaded":null,"error":null,"restart_needed":[]}})", false),
              Not(HasSubstr("configuration")));
  const auto text = status_text(R"({"configuration":{"reloaded":"2026-11-26T10:52:35.123Z",)"
                                R"("error":"ordersd.yaml:2:3: log.level: expected a level",)"
                                R"("restart_needed":["topics.orders","stream.threads"]}})",
                                false);
  EXPECT_THAT(text, HasSubstr("\nconfiguration: read anew at 2026-11-26T10:52:35.123Z\n"));
  EXPECT_THAT(text, HasSubstr("\nconfiguration: not taken: ordersd.yaml:2:3: log.level: expected a level\n"));
  EXPECT_THAT(text, HasSubstr("\nconfiguration: at the next start: topics.orders, stream.threads\n"));
}

TEST(StatusText, IsNoWiderThanATerminalWhateverTheReasons) {
  const std::string why = "the broker at kafka-1.example:9092 can't be reached, and so on, for longer than a line is";
  const auto text = status_text(R"({"application_id":"orders","instance_id":"one","state":"degraded","reasons":[")" +
                                    why + R"("],"join":{"waiting":123456789012,"fates":{"read":123456789012},
    "workers":[{"name":"one-0","state":"rebalancing","reason":")" + why + R"(","tasks":[]}]},
    "views":{"table":{"state":"catching_up","read":123456789012,"reason":")" + why + R"("},
    "database":{"state":"catching_up","read":123456789012,"reason":""}},
    "intake":{"state":"degraded","accepted":123456789012,"published":123456789012,"reason":")" + why + R"("}})",
                                false);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_THAT(text, HasSubstr("\n  one-0: the broker at"));
  EXPECT_THAT(text, HasSubstr("\n  table: the broker at"));
  EXPECT_THAT(text, HasSubstr("\n  new orders: the broker at"));
  EXPECT_THAT(text, HasSubstr("\n    "));
}

std::string task(int partition, const std::string& state, const std::string& payment, const std::string& stock) {
  return R"({"partition":)" + std::to_string(partition) + R"(,"state":")" + state + R"(","payment":{)" + payment +
         R"(},"stock":{)" + stock + "}}";
}

std::string join_of(const std::string& tasks, const std::string& members = "") {
  return R"({"join":{)" + members + R"("workers":[{"name":"one-0","state":"running","tasks":[)" + tasks +
         R"(],"last_commit":"2026-11-26T10:52:35.123Z",)" +
         R"("last_error":{"at":"2026-11-26T10:00:00.000Z","message":"the broker is away"}}]}})";
}

TEST(StatusText, ShowsEachWorkersLastCommitAndErrorAndItsTasksSideBySide) {
  const auto running =
      task(0, "running",
           R"("stream_time":"2026-11-26T10:52:35.123Z","waiting":1234,"oldest_waiting":"2026-11-26T10:50:00.999Z")",
           R"("stream_time":"2026-11-26T10:52:34.000Z","waiting":0,"oldest_waiting":null)");
  const auto rebuilding = task(5, "rebuilding", R"("stream_time":null,"waiting":0)", R"("waiting":0)");
  EXPECT_THAT(status_text(join_of(running + "," + rebuilding), false),
              HasSubstr("\none-0: last commit 2026-11-26T10:52:35.123Z\n"
                        "  last error, at 2026-11-26T10:00:00.000Z: the broker is away\n"
                        "TASK  STATE       SIDE     STREAM TIME (UTC)    WAITING  OLDEST SINCE (UTC)\n"
                        "   0  running     payment  2026-11-26 10:52:35    1,234  2026-11-26 10:50:00\n"
                        "                  stock    2026-11-26 10:52:34        0  -\n"
                        "   5  rebuilding  payment  -                          0  -\n"
                        "                  stock    -                          0  -\n"));
  EXPECT_THAT(status_text(R"({"join":{"workers":[{"name":"one-0","last_commit":null,"last_error":null}]}})", false),
              AllOf(HasSubstr("\none-0: no commit yet\n"), Not(HasSubstr("last error")), Not(HasSubstr("TASK"))));
}

TEST(StatusText, HasRoomForManyTasksAndWhatWaitsInThem) {
  const std::string side =
      R"("stream_time":"2026-11-26T10:52:35.123Z","waiting":123456789,"oldest_waiting":"2026-11-26T10:50:00.999Z")";
  std::string tasks;
  for (int partition = 0; partition < 48; ++partition) {
    tasks += (partition == 0 ? "" : ",") + task(partition, partition < 40 ? "running" : "rebuilding", side, side);
  }
  const auto text = status_text(join_of(tasks), false);
  EXPECT_THAT(text, testing::ContainsRegex("one-0 +running +0-39,40-47 rebuilding +"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(StatusText, ShowsTheLatencyOfLateAndInAll) {
  const auto total = R"("latency_total":{"p50_ms":12,"p90_ms":9999,"p99_ms":34500,"max_ms":25920000,"results":1234},)";
  const auto recent =
      R"("latency":{"p50_ms":0,"p90_ms":40,"p99_ms":120,"max_ms":720000,"results":567,"window_s":60},)";
  EXPECT_THAT(status_text(join_of("", std::string(recent) + total), false),
              HasSubstr("\nlatency, last 60 s: p50 0ms, p90 40ms, p99 120ms, max 12min, results 567\n"
                        "latency in all: p50 12ms, p90 9,999ms, p99 34.5s, max 7.2h, results 1,234\n"));
  EXPECT_THAT(status_text(join_of("", std::string(R"("latency":null,)") + total), false),
              HasSubstr("\nlatency: no results of late\nlatency in all: "));
  EXPECT_THAT(status_text(join_of(""), false), Not(HasSubstr("latency"))) << "of a daemon that does not tell";
}

TEST(StatusText, SaysByHowMuchTheIdentityDoesNotHold) {
  const auto text = status_text(R"({"join":{"identity":{"holds":false,"off_by":3}},
    "views":{"table":{"identity":{"holds":true,"off_by":0}},"database":{"identity":{"holds":false,"off_by":-2}}}})",
                                false);
  EXPECT_THAT(text, HasSubstr("\nidentity does not hold"));
  EXPECT_THAT(text, HasSubstr("\n  join: 3 records without a fate\n  database view: 2 fates without a record\n"));
  EXPECT_THAT(text, Not(HasSubstr("table view")));
}

TEST(StatusText, ShowsTheCatalogThatIsAskedOverHttp) {
  const auto text = status_text(R"({"intake":{"state":"running","unchecked":1234},"catalog":{"state":"degraded",
    "reason":"can't reach it","breaker":"open","unavailable":"accept","requests":1234,"failures":5,"hits":40000,
    "last_error":{"at":"2026-11-26T10:00:00.000Z","message":"can't reach it"}}})",
                                false);
  EXPECT_THAT(text, testing::ContainsRegex("degraded +open +1,234 +5 +40,000\n"));
  EXPECT_THAT(text, HasSubstr("  catalog: can't reach it\n"
                              "  orders accepted unchecked: 1,234\n"
                              "  last error, at 2026-11-26T10:00:00.000Z: can't reach it\n"));
  EXPECT_THAT(status_text(R"({"intake":{"unchecked":0},"catalog":{"state":"running","last_error":null}})", false),
              AllOf(HasSubstr("CATALOG"), Not(HasSubstr("unchecked")), Not(HasSubstr("last error"))));
  EXPECT_THAT(status_text(R"({"catalog":null})", false), Not(HasSubstr("CATALOG")));
}

TEST(StatusText, SaysWhoWasTurnedAway) {
  EXPECT_THAT(status_text(R"({"api":{"refused":{"token":12,"host":0,"busy":3,"slow":0}}})", false),
              HasSubstr("\nrequests turned away: token 12, busy 3\n"));
  EXPECT_THAT(status_text(R"({"api":{"refused":{"token":0,"host":0}}})", false), Not(HasSubstr("turned away")));
  EXPECT_THAT(status_text(R"({"api":null})", false), Not(HasSubstr("turned away")));
}

TEST(StatusText, ToleratesADaemonThatTellsLess) {
  EXPECT_THAT(status_text(R"({"state":"starting"})", false), Not(HasSubstr("identity")));
  EXPECT_THAT(status_text(R"({"state":"starting"})", false), HasSubstr("starting"));
  EXPECT_THAT(status_text(R"({"join":null,"views":{"table":null},"intake":null})", false), Not(HasSubstr("VIEW")));
}

TEST(OrderText, ShowsWhereTheOrderWentAndItsPricesAsTheyAre) {
  const auto text = order_text(R"({"orderId":9223372036854775807,"customerId":7,"status":"NEW","source":null,)"
                               R"("items":[{"itemId":1,"productId":"mug","quantity":2,"productPrice":12.50}],)"
                               R"("published":true,"topic":"orders","partition":3,"offset":1042})",
                               false);
  EXPECT_THAT(text, HasSubstr("9223372036854775807"));
  EXPECT_THAT(text, HasSubstr("orders[3]@1042"));
  EXPECT_THAT(text, HasSubstr("12.50"));
  EXPECT_EQ(order_cells(R"({"orderId":1,"customerId":2,"status":"NEW","source":null,"items":[{},{}],"updatedAt":"T"})"),
            (std::vector<std::string>{"1", "2", "NEW", "", "2", "T"}));
}

}  // namespace
}  // namespace orders::ctl
