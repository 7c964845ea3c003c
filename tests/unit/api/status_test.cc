// What the daemon says of itself.
#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Api, AllWellIsRunningAndReady) {
  const auto status = json::parse(get("/api/status").body);
  EXPECT_EQ(status.at("version"), "1.2.3");
  EXPECT_EQ(status.at("application_id"), "orders");
  EXPECT_EQ(status.at("instance_id"), "one");
  EXPECT_EQ(status.at("state"), "running");
  EXPECT_EQ(status.at("reason"), "");
  EXPECT_EQ(status.at("reasons"), json::array());
  EXPECT_GE(status.at("uptime_seconds"), 5);
  EXPECT_EQ(status.at("started"), format_timestamp(services_.started));
  EXPECT_EQ(get("/livez").status, 200);
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(json::parse(ready.body), json::parse(R"({"ready":true,"state":"running","reasons":[]})"));
}

TEST_F(Api, TheMetricsAreAnsweredByTheThreadOfTheSocketsAndNotWithoutAToken) {
  services_.looked_up = [] { return metrics::LookedUp{{}, metrics::LookedUp::Queue{7, from_millis(1'000)}}; };
  const auto refusals = std::make_shared<Refusals>();
  refusals->count(Refusals::Why::busy);
  services_.refusals = refusals;
  trouble_ = {"the disk is full"};
  const auto reply = get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("\nordersd_build_info{version=\"1.2.3\",application_id=\"orders\","
                                    "instance_id=\"one\"} 1\n"));
  EXPECT_THAT(reply.body, HasSubstr("\nordersd_state{state=\"degraded\"} 1\n"));
  EXPECT_THAT(reply.body, HasSubstr("\nordersd_state_reasons 1\n"));
  EXPECT_THAT(reply.body, HasSubstr("\nordersd_dead_letter_queue_records 7\n"));
  EXPECT_THAT(reply.body, HasSubstr("\nordersd_http_refusals_total{reason=\"busy\"} 1\n"));
  EXPECT_THAT(reply.body, HasSubstr("\nordersd_join_worker_state{worker=\"one-1\",state=\"running\"} 1\n"));
  const Router router(routes(services_));
  const auto match = router.find("GET", "/metrics");
  ASSERT_NE(match.route, nullptr);
  EXPECT_TRUE(match.route->immediate);
  EXPECT_FALSE(match.route->open);
}

TEST_F(Api, TheStatusShowsEveryPart) {
  join_.fates.read = 10;
  join_.fates.joined = 6;
  join_.fates.carried = -2;
  join_.fates.refused = 1;
  join_.fates.letters_dropped = 2;
  join_.rebuilds = 3;
  topology::TaskStatus task;
  task.partition = 4;
  task.state = topology::TaskStatus::State::running;
  task.payment.next_offset = 7;
  task.payment.end = 9;
  task.payment.waiting = 3;
  task.payment.stream_time = from_millis(1'700'000'000'000);
  task.stock.waiting = 1;
  join_.workers[0].tasks = {task};
  join_.workers[0].commits = 5;
  table_view_.partitions = {{0, 10, 15}, {1, 0, -1}};
  intake_.status_.accepted = 8;
  intake_.status_.unchecked = 3;
  const auto status = json::parse(get("/api/status").body);
  EXPECT_EQ(status.at("join").at("fates").at("joined"), 6);
  EXPECT_EQ(status.at("join").at("fates").at("carried"), -2);
  EXPECT_EQ(status.at("join").at("fates").at("refused"), 1);
  EXPECT_EQ(status.at("join").at("fates").at("letters_dropped"), 2);
  EXPECT_EQ(status.at("join").at("waiting"), 4);
  EXPECT_EQ(status.at("join").at("rebuilds"), 3);
  const auto& worker = status.at("join").at("workers").at(0);
  EXPECT_EQ(worker.at("name"), "one-1");
  EXPECT_EQ(worker.at("state"), "running");
  EXPECT_EQ(worker.at("commits"), 5);
  EXPECT_EQ(worker.at("last_commit"), nullptr);
  const auto& shown = worker.at("tasks").at(0);
  EXPECT_EQ(shown.at("partition"), 4);
  EXPECT_EQ(shown.at("state"), "running");
  EXPECT_EQ(shown.at("payment").at("lag"), 2);
  EXPECT_EQ(shown.at("payment").at("stream_time"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(shown.at("stock").at("lag"), nullptr);
  EXPECT_EQ(status.at("views").at("table").at("lag"), 5);
  EXPECT_EQ(status.at("views").at("table").at("partitions").at(1).at("end"), nullptr);
  EXPECT_EQ(status.at("views").at("database").at("state"), "current");
  EXPECT_EQ(status.at("intake").at("accepted"), 8);
  EXPECT_EQ(status.at("intake").at("unchecked"), 3);
}

TEST_F(Api, TheStatusHasTheLatencyOfTheLastMinuteAndInAllOnceThereAreResults) {
  const auto join = [&] { return json::parse(get("/api/status").body).at("join"); };
  EXPECT_EQ(join().at("latency"), nullptr);
  EXPECT_EQ(join().at("latency_total"), nullptr);
  for (const int duration : {3, 5, 8, 12'345}) join_.latency.total.add(Milliseconds{duration});
  EXPECT_EQ(join().at("latency"), nullptr) << "none of late";
  EXPECT_EQ(join().at("latency_total"),
            json({{"p50_ms", 5}, {"p90_ms", 12'345}, {"p99_ms", 12'345}, {"max_ms", 12'345}, {"results", 4}}));
  join_.latency.recent.add(Milliseconds{7});
  EXPECT_EQ(join().at("latency"),
            json({{"p50_ms", 7}, {"p90_ms", 7}, {"p99_ms", 7}, {"max_ms", 7}, {"results", 1}, {"window_s", 60}}));
}

TEST_F(Api, TheStatusHasEachWorkersLastErrorThoughItIsOvercome) {
  const auto worker = [&] { return json::parse(get("/api/status").body).at("join").at("workers").at(0); };
  EXPECT_EQ(worker().at("last_error"), nullptr);
  join_.workers[0].last_error = {.at = from_millis(1'700'000'000'000), .message = "the broker is away"};
  EXPECT_EQ(worker().at("last_error"), json({{"at", "2023-11-14T22:13:20.000Z"}, {"message", "the broker is away"}}));
  EXPECT_EQ(worker().at("state"), "running");
}

class AwayCatalog : public catalog::Catalog {
 public:
  std::vector<Result<catalog::Standing>> look_up(std::span<const std::string>, Clock::time_point) override { return {}; }
  std::optional<catalog::Status> status() const override { return shown; }
  catalog::Status shown;
};

TEST_F(Api, TheStatusShowsACatalogThatCanBeAway) {
  AwayCatalog catalog;
  services_.catalog = &catalog;
  catalog.shown.requests = 7;
  catalog.shown.failures = 2;
  catalog.shown.hits = 40;
  const auto shown = [&] { return json::parse(get("/api/status").body).at("catalog"); };
  EXPECT_EQ(shown(), json({{"state", "running"},
                           {"reason", ""},
                           {"breaker", "closed"},
                           {"unavailable", "refuse"},
                           {"requests", 7},
                           {"failures", 2},
                           {"hits", 40},
                           {"last_error", nullptr}}));
  EXPECT_EQ(get("/readyz").status, 200);
  catalog.shown.breaker = catalog::Breaker::State::half_open;
  catalog.shown.reason = "can't reach it";
  catalog.shown.last_error = {.at = from_millis(1'700'000'000'000), .message = "can't reach it"};
  EXPECT_EQ(shown().at("state"), "degraded");
  EXPECT_EQ(shown().at("breaker"), "half_open");
  EXPECT_EQ(shown().at("last_error"), json({{"at", "2023-11-14T22:13:20.000Z"}, {"message", "can't reach it"}}));
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(json::parse(ready.body).at("reasons"), json({"catalog: can't reach it"}));
  catalog.shown.refuses = false;
  EXPECT_EQ(shown().at("state"), "degraded");
  EXPECT_EQ(shown().at("unavailable"), "accept");
  EXPECT_EQ(get("/readyz").status, 200) << "orders are accepted all the same";
}

TEST_F(Api, PartsThatAreNotThereAreNull) {
  services_.join = nullptr;
  services_.table_status = nullptr;
  services_.database_status = nullptr;
  services_.intake = nullptr;
  services_.trouble = nullptr;
  const auto status = json::parse(get("/api/status").body);
  EXPECT_EQ(status.at("join"), nullptr);
  EXPECT_EQ(status.at("views"), json::parse(R"({"table":null,"database":null})"));
  EXPECT_EQ(status.at("intake"), nullptr);
  EXPECT_EQ(status.at("catalog"), nullptr);
  EXPECT_EQ(status.at("state"), "running");
}

TEST_F(Api, TheWorstPartNamesTheStateAndAllAreNamed) {
  using Worker = topology::WorkerStatus::State;
  using View = view::ViewStatus::State;
  const auto state = [&] { return json::parse(get("/api/status").body).at("state").get<std::string>(); };
  table_view_.state = View::catching_up;
  EXPECT_EQ(state(), "running");
  table_view_.state = View::starting;
  EXPECT_EQ(state(), "starting");
  join_.workers[0].state = Worker::starting;
  join_.workers[0].reason = "initialising transactions: not allowed";
  EXPECT_EQ(state(), "degraded") << "what does not get on is no mere start";
  join_.workers[0].reason.clear();
  join_.workers[0].state = Worker::rebuilding;
  EXPECT_EQ(state(), "rebuilding");
  database_view_.state = View::degraded;
  database_view_.reason = "PostgreSQL is away";
  EXPECT_EQ(state(), "degraded");
  intake_.status_.degraded = true;
  intake_.status_.reason = "database: away";
  trouble_ = {"disk is full"};
  const auto ready = get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(json::parse(ready.body).at("reasons"),
            json({"disk is full", "worker one-1: rebuilding", "table view: starting",
                  "database view: PostgreSQL is away", "intake: database: away"}));
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(Api, EachPartAloneTakesReadinessAway) {
  using Worker = topology::WorkerStatus::State;
  for (const auto state :
       {Worker::starting, Worker::rebalancing, Worker::rebuilding, Worker::degraded, Worker::stopped}) {
    join_.workers[0].state = state;
    EXPECT_EQ(get("/readyz").status, 503);
    EXPECT_EQ(header(get("/readyz"), "Retry-After"), "1");
  }
  join_.workers[0].state = Worker::running;
  EXPECT_EQ(get("/readyz").status, 200);
  topology::TaskStatus task;
  task.partition = 3;
  task.state = topology::TaskStatus::State::stopped;
  task.reason = "offset 5 is gone";
  join_.workers[0].tasks = {task};
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_THAT(get("/readyz").body, HasSubstr("partition 3: offset 5 is gone"));
  join_.workers.clear();
  EXPECT_EQ(get("/readyz").status, 503);
}

TEST_F(Api, TheStatusCountsWhoWasTurnedAway) {
  EXPECT_EQ(json::parse(get("/api/status").body).at("api"), nullptr);
  const auto refusals = std::make_shared<Refusals>();
  services_.refusals = refusals;
  for (int i = 0; i < 3; ++i) refusals->count(Refusals::Why::token);
  refusals->count(Refusals::Why::slow);
  EXPECT_EQ(json::parse(get("/api/status").body).at("api").at("refused"),
            json({{"token", 3}, {"host", 0}, {"busy", 0}, {"slow", 1}}));
}

TEST_F(Api, OnlyThatItIsAliveIsToldWithoutAToken) {
  for (const auto& route : routes(services_)) EXPECT_EQ(route.open, route.pattern == "/livez") << route.pattern;
}

TEST_F(Api, OnlyWhatNeverWaitsIsAnsweredAtOnce) {
  std::set<std::string> immediate;
  for (const auto& route : routes(services_)) {
    if (route.immediate) immediate.insert(route.pattern);
  }
  EXPECT_THAT(immediate, ElementsAre("/", "/api/log-level", "/api/status", "/livez", "/metrics", "/readyz"));
}

}  // namespace
}  // namespace orders::api
