// GET /, the status page.
#include <atomic>

#include "routes_fixture.h"
#include "support/wait_until.h"

namespace orders::api {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* hostile =
    R"(<script>alert('1')</script>"&--><!--script-->{letters} data-v="/state" data-as="text">)";

class Page : public Api {
 protected:
  std::string html() { return get("/").body; }
  /// The text of the first element with this mark, whatever else its tag has.
  static std::string shown(const std::string& page, const std::string& mark) {
    const auto at = page.find(mark);
    if (at == std::string::npos) return "no " + mark;
    const auto begin = page.find('>', at) + 1;
    return page.substr(begin, page.find('<', begin) - begin);
  }
  static std::string figure(const std::string& page, const std::string& paths, const std::string& format) {
    return shown(page, "data-v=\"" + paths + "\" data-as=\"" + format + "\"");
  }
  static std::size_t count(const std::string& page, const std::string& what) {
    std::size_t found = 0;
    for (auto at = page.find(what); at != std::string::npos; at = page.find(what, at + 1)) ++found;
    return found;
  }
  /// Of the policy, the source of this kind.
  static std::string policy(const Reply& reply, const std::string& kind) {
    const auto all = header(reply, "Content-Security-Policy") + ";";
    const auto at = all.find(kind + " ");
    if (at == std::string::npos) return "no " + kind;
    const auto begin = at + kind.size() + 1;
    return all.substr(begin, all.find(';', begin) - begin);
  }
  static std::string nonce_of(const std::string& page, const std::string& tag) {
    const std::string begin = "<" + tag + " nonce=\"";
    const auto at = page.find(begin);
    if (at == std::string::npos) return "no " + tag;
    return page.substr(at + begin.size(), page.find('"', at + begin.size()) - at - begin.size());
  }
};

TEST_F(Page, HasTheFiguresOfTheStatusAsText) {
  join_.fates.read = 1'234'567;
  join_.fates.late = 3;
  join_.fates.invalid = 4;
  topology::TaskStatus task;
  task.state = topology::TaskStatus::State::running;
  task.payment.next_offset = 5;
  task.payment.end = 1'007;
  task.stock.next_offset = 9;
  join_.workers[0].tasks = {task, task};
  join_.workers[0].tasks[1].partition = 1;
  join_.latency.recent.add(Milliseconds{45'000});
  table_view_.state = view::ViewStatus::State::catching_up;
  table_view_.partitions = {{0, 10, 15}};
  const auto page = html();
  EXPECT_EQ(shown(page, "<title"), "running · orders/one");
  EXPECT_EQ(figure(page, "/state", "state"), "running");
  EXPECT_EQ(figure(page, "/join/fates/read", "count"), "1,234,567");
  EXPECT_EQ(figure(page, "/join/workers/*/tasks/*/payment/lag", "count"), "2,004") << "of both tasks";
  EXPECT_EQ(figure(page, "/join/workers/*/tasks/*/stock/lag", "count"), "–") << "an end is not known";
  EXPECT_EQ(figure(page, "/join/latency/p50_ms", "ms"), "45.0 s");
  EXPECT_EQ(figure(page, "/join/latency_total/p50_ms", "ms"), "–");
  EXPECT_EQ(figure(page, "/views/table/state", "state"), "catching up");
  EXPECT_THAT(page, HasSubstr(R"(data-v="/views/table/state" data-as="state" data-is="catching_up">catching up<)"));
  EXPECT_EQ(figure(page, "/views/table/lag", "count"), "5");
  EXPECT_EQ(figure(page, "/join/fates/read", "rate"), "–") << "of one moment there is none";
  EXPECT_EQ(count(page, R"(data-v="partition" data-as="count">)"), 4u) << "two templates' and two tasks'";
  EXPECT_THAT(page, HasSubstr(R"(data-v="partition" data-as="count">1</th>)"));
}

TEST_F(Page, SaysFirstWhatIsWrong) {
  EXPECT_EQ(count(html(), R"(<li data-v="." data-as="text">)"), 1u) << "the template's";
  database_view_.state = view::ViewStatus::State::degraded;
  database_view_.reason = "PostgreSQL is away";
  trouble_ = {"the disk is full"};
  const auto page = html();
  EXPECT_THAT(page, HasSubstr(R"(<li data-v="." data-as="text">database view: PostgreSQL is away</li>)"));
  EXPECT_LT(page.find("the disk is full"), page.find("<main>"));
  EXPECT_EQ(shown(page, "<title"), "degraded · orders/one");
}

TEST_F(Page, ShowsTheJoinAsItsWorstWorker) {
  auto worker = join_.workers[0];
  worker.state = topology::WorkerStatus::State::rebuilding;
  join_.workers.insert(join_.workers.begin(), worker);
  EXPECT_EQ(shown(html(), R"(id="join-state")"), "rebuilding");
  join_.workers.clear();
  EXPECT_EQ(shown(html(), R"(id="join-state")"), "starting");
}

TEST_F(Page, CountsAsDeadLettersWhatIsNotDroppedByTheConfiguration) {
  join_.fates.late = 1;
  join_.fates.unmatched = 20;
  join_.fates.invalid = 300;
  database_view_.missing = 4'000;
  const auto in_all = [&] { return shown(html(), "in all <i class=\"num\""); };
  EXPECT_EQ(in_all(), "4,321");
  services_.page.late = config::Disposition::drop;
  EXPECT_EQ(in_all(), "4,320");
  services_.page.unmatched = config::Disposition::drop;
  services_.page.missing_order = config::MissingOrder::ignore;
  EXPECT_EQ(in_all(), "300");
  EXPECT_EQ(shown(html(), R"(data-fix="/becomes/late")"), "dropped");
  EXPECT_EQ(shown(html(), R"(data-fix="/becomes/missing")"), "ignored");
}

TEST_F(Page, HidesWhatThisDaemonHasNot) {
  const std::string database = R"(data-if="/views/database" hidden)", intake = R"(data-if="/intake" hidden)";
  const auto all = html();
  EXPECT_EQ(count(all, database) + count(all, intake), 0u);
  services_.database_status = nullptr;
  services_.intake = nullptr;
  const auto page = html();
  EXPECT_EQ(count(page, database), count(page, R"(data-if="/views/database")"));
  EXPECT_EQ(count(page, intake), count(page, R"(data-if="/intake")"));
  EXPECT_GT(count(page, intake), 2u);
}

TEST_F(Page, EscapesWhatComesFromOutside) {
  const auto scripts = count(html(), "<script");
  EXPECT_EQ(scripts, 1u);
  services_.application_id = services_.instance_id = services_.version = hostile;
  services_.page.topics.orders = services_.page.topics.payments = services_.page.topics.dead_letter = hostile;
  trouble_ = {hostile};
  join_.workers[0].name = join_.workers[0].reason = hostile;
  join_.workers[0].last_error = {.at = from_millis(0), .message = hostile};
  join_.workers[0].tasks.resize(1);
  join_.workers[0].tasks[0].reason = hostile;
  const auto page = html();
  EXPECT_EQ(count(page, "<script"), scripts);
  EXPECT_EQ(count(page, "</script"), scripts);
  EXPECT_EQ(page.find("alert('1')"), std::string::npos);
  const std::string as_text =
      "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;--&gt;&lt;!--script--&gt;{letters}";
  EXPECT_GE(count(page, as_text), 10u);
}

TEST_F(Page, RunsNothingButWhatItBringsAlong) {
  const auto reply = get("/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/html; charset=utf-8");
  const auto nonce = nonce_of(reply.body, "script");
  EXPECT_GE(nonce.size(), 32u);
  EXPECT_EQ(nonce_of(reply.body, "style"), nonce);
  EXPECT_EQ(policy(reply, "default-src"), "'none'");
  EXPECT_EQ(policy(reply, "script-src"), "'nonce-" + nonce + "'");
  EXPECT_EQ(policy(reply, "style-src"), "'nonce-" + nonce + "'");
  EXPECT_EQ(policy(reply, "connect-src"), "'self'");
  EXPECT_EQ(policy(reply, "frame-ancestors"), "'none'");
  EXPECT_EQ(header(reply, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(reply, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
  EXPECT_NE(nonce_of(html(), "script"), nonce) << "nobody can know the next one";
  EXPECT_EQ(reply.body.find(" style="), std::string::npos) << "the policy forbids it";
  EXPECT_EQ(count(reply.body, "<style"), 1u);
}

TEST_F(Page, NeedsNothingFromElsewhereAndIsSmall) {
  const auto page = html();
  for (const char* outside : {"http:", "https:", " src=", "@import", "url(h", "url(/", "url(\"", "href=\"/"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_EQ(count(page, "href="), 1u);
  EXPECT_THAT(page, HasSubstr("href=\"data:,\"")) << "without an icon the browser asks for one";
  EXPECT_LT(page.size(), 64u << 10);
}

TEST_F(Page, HasTheLastMinutesWhereTheyAreKept) {
  EXPECT_THAT(html(), HasSubstr(R"(data-samples="[]")"));
  services_.history_interval = Milliseconds{1};
  std::atomic<std::uint64_t> read{0};
  services_.join = [&] {
    topology::Status join;
    join.fates.read = read += 1'000;
    return join;
  };
  // Each request has routes of its own here, so one handler is kept.
  const Router router(routes(services_));
  const auto match = router.find("GET", "/");
  ASSERT_NE(match.route, nullptr);
  EXPECT_TRUE(match.route->immediate);
  std::string page;
  EXPECT_TRUE(orders::test::wait_until(30s, [&] {
    page = match.route->handler({}).body;
    return figure(page, "/join/fates/read", "rate") != "–";
  }));
  EXPECT_THAT(figure(page, "/join/fates/read", "rate"), testing::EndsWith("/s"));
  EXPECT_THAT(page, AllOf(Not(HasSubstr(R"(data-samples="[]")")), HasSubstr(R"(data-samples="[[)")));
}

TEST_F(Page, AsksABrowserForTheTokenAndLetsItWatch) {
  const Router router(routes(services_));
  const auto basic = [&](const char* path) { return router.find("GET", path).route->basic; };
  EXPECT_EQ(basic("/"), Route::Basic::asked_for);
  EXPECT_EQ(basic("/api/status"), Route::Basic::taken) << "no question every second";
  EXPECT_EQ(basic("/readyz"), Route::Basic::refused);
  EXPECT_EQ(basic("/api/orders"), Route::Basic::refused);
  EXPECT_EQ(router.find("POST", "/").route, nullptr);
}

}  // namespace
}  // namespace orders::api
