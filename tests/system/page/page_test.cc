// The status page in a real browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>

#include "api/client.h"
#include "api/server.h"
#include "api/status_page.h"
#include "browser.h"
#include "support/daemon.h"
#include "support/dev_command.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* token = "0123456789abcdef";

/// Where a browser finds the page, with what it would ask its user for.
std::string with_credentials(std::string url) {
  return url.insert(url.find("://") + 3, std::string("anybody:") + token + "@") + "/";
}

/// Everything there is, and names from outside that would be markup.
const std::string busy =
    R"({"version":"1.2.3","application_id":"<i>orders</i>","instance_id":"a&b\"'","state":"degraded",
  "reason":"","reasons":["the disk is <b>full</b>","worker one-1: the broker is away"],"uptime_seconds":93784,
  "started":"2026-01-31T12:00:00.123Z","join":{"fates":{"read":1234567,"joined":1000000,"unmatched":7,"late":8,
  "duplicate":9,"invalid":10,"skipped":11,"results":500000,"refused":12,"letters_dropped":1,"carried":-3},
  "latency":{"p50_ms":9,"p90_ms":9999,"p99_ms":34567,"max_ms":720000,"results":4,"window_s":60},
  "latency_total":{"p50_ms":9,"p90_ms":10000,"p99_ms":599999,"max_ms":9000000,"results":4},"waiting":13,
  "identity":{"holds":false,"off_by":2},"rebuilds":0,"workers":[
  {"name":"one-0","state":"running","reason":"","commits":1000,"aborts":2,"recreated":3,
   "last_commit":"2026-01-31T12:00:00.123Z","last_error":{"at":"2026-01-31T11:00:00.000Z","message":"<script>1</script>"},
   "tasks":[{"partition":0,"state":"running","reason":"","store":"memory","buffer_bytes":1,
     "payment":{"lag":1000,"stream_time":"2026-01-31T12:00:00.123Z","waiting":5,"next_offset":1},
     "stock":{"lag":4,"stream_time":null,"waiting":0,"next_offset":1}},
    {"partition":2,"state":"stopped","reason":"payment-orders[2] begins at 5","store":"disk","buffer_bytes":1,
     "payment":{"lag":null,"stream_time":null,"waiting":8,"next_offset":1},
     "stock":{"lag":0,"stream_time":null,"waiting":0,"next_offset":1}}]},
  {"name":"one-1","state":"degraded","reason":"the broker is away","commits":0,"aborts":0,"recreated":0,
   "last_commit":null,"last_error":null,"tasks":[]}]},
  "views":{"table":{"name":"table","state":"catching_up","reason":"","lag":77,"read":5,"applied":4,"superseded":3,
    "tombstone":2,"missing":1,"invalid":0,"failed":0,"letters_dropped":0,"identity":{"holds":true,"off_by":0}},
   "database":{"name":"database","state":"current","reason":"","lag":0,"read":5,"applied":4,"superseded":3,
    "tombstone":2,"missing":1,"invalid":6,"failed":7,"letters_dropped":0,"identity":{"holds":true,"off_by":0}}},
  "intake":{"state":"running","reason":"","accepted":5,"published":4,"repeated":3,"failed":2,"outbox":1},
  "api":{"refused":{"token":1,"host":2,"busy":3,"slow":4}}})";

/// As little as there can be.
const std::string bare = R"({"version":"1.2.3","application_id":"orders","instance_id":"one","state":"running",
  "reason":"","reasons":[],"uptime_seconds":5,"started":"2026-01-31T12:00:00.123Z","join":null,
  "views":{"table":{"name":"table","state":"current","reason":"","lag":0,"read":0,"applied":0,"superseded":0,
   "tombstone":0,"missing":0,"invalid":0,"failed":0,"letters_dropped":0,"identity":{"holds":true,"off_by":0}},
   "database":null},"intake":null,"api":null})";

/// As a browser without JavaScript has it: with that turned off, headless Chromium can tell nothing.
std::string without_script(std::string html) {
  const auto at = html.find("<script");
  return html.erase(at, html.find("</script>") - at);
}

/// A server that has the page of one status and then tells of another one.
class PageInABrowser : public testing::Test {
 protected:
  using Change = std::string (*)(std::string html);
  void serve(const std::string& first, const api::Handler& status, Change change = nullptr) {
    write_secret(folder_ / "token", token);
    api::Route page{"GET", "/", [first, change](const api::Request&) {
                      auto reply = api::status_page(first, {}, nullptr, wall_clock_now());
                      if (change != nullptr) reply.body = change(reply.body);
                      return reply;
                    }};
    page.basic = api::Route::Basic::asked_for;
    api::Route told{"GET", "/api/status", status};
    told.basic = api::Route::Basic::taken;
    api::ServerOptions options;
    options.socket = folder_ / "api.sock";
    options.tcp.listen = "127.0.0.1:0";
    options.tcp.token_file = folder_ / "token";
    server_.reset();
    auto started = api::Server::start(options, {page, told});
    ASSERT_TRUE(started) << started.error().text();
    server_.emplace(*std::move(started));
  }
  static api::Handler tells(const std::string& status) {
    return [status](const api::Request&) {
      api::Reply reply;
      reply.body = status;
      return reply;
    };
  }
  Loaded load_page() const { return load(with_credentials(server_->tcp_url())); }

  TempFolder folder_{"page"};
  std::optional<api::Server> server_;
};

TEST_F(PageInABrowser, ShowsWithJavaScriptWhatTheDaemonWritesWithout) {
  for (const auto& [first, then] : {std::pair(bare, busy), std::pair(busy, bare)}) {
    ASSERT_NO_FATAL_FAILURE(serve(first, tells(then)));
    const auto watched = load_page();
    ASSERT_NO_FATAL_FAILURE(serve(then, tells(then), without_script));
    const auto written = load_page();
    EXPECT_EQ(marks(watched.dom), marks(written.dom));
    EXPECT_GT(marks(watched.dom).size(), 60U);
    EXPECT_THAT(watched.console + written.console, Not(HasSubstr("CONSOLE")));
    EXPECT_THAT(watched.dom, HasSubstr("<span id=\"live\">, live</span>"));
    EXPECT_THAT(written.dom, HasSubstr("<span id=\"live\"></span>"));
  }
}

TEST_F(PageInABrowser, SaysThatWhatItShowsIsOldWhenNobodyAnswers) {
  ASSERT_NO_FATAL_FAILURE(
      serve(bare, [](const api::Request&) { return api::problem(503, "Service Unavailable", ""); }));
  const auto page = load_page();
  EXPECT_EQ(shown(page.dom, "/state", "state"), "no answer");
  EXPECT_THAT(page.dom, AllOf(HasSubstr("The daemon does not answer."), HasSubstr("<body class=\"stale\">")));
}

/// For what the other tests say of the console: a breach shows there.
TEST_F(PageInABrowser, RunsNoScriptThatIsNotItsOwn) {
  ASSERT_NO_FATAL_FAILURE(serve(
      bare, tells(bare), [](std::string html) { return html + "<script>document.title = 'taken over'</script>"; }));
  const auto page = load_page();
  EXPECT_THAT(page.console, AllOf(HasSubstr("CONSOLE"), HasSubstr("Content Security Policy")));
  EXPECT_THAT(page.dom, HasSubstr(">running · orders/one</title>"));
}

/// `ordersd --dev` with the token for its page.
class PageOfADaemon : public testing::Test {
 protected:
  Command command(const std::string& program, const std::vector<std::string>& arguments) const {
    return dev_command(folder_.path(), program, arguments);
  }
  nlohmann::json status() const {
    const auto output = run(command("ordersctl", {"--output", "json", "status"}));
    return output.exit_code == 0 ? nlohmann::json::parse(output.out) : nlohmann::json::object();
  }

  TempFolder folder_{"page-dev"};
};

TEST_F(PageOfADaemon, HasItsFiguresWithAndWithoutJavaScript) {
  const TempFolder outside("page-outside");
  write_secret(outside / "token", token);
  const auto address = "127.0.0.1:" + std::to_string(free_port());
  auto dev = command("ordersd", {"--dev", "--set", "api.listen=" + address, "--set",
                                 "api.token_file=" + (outside / "token").string()});
  dev.output = outside / "ordersd.log";
  auto daemon = Process::spawn(dev);
  ASSERT_TRUE(wait_until(30s, [&] { return status().value("state", "") == "running"; })) << slurp(dev.output);
  const auto traffic = run(command("ordersctl", {"-q", "simulate", "--make", "100", "--count", "100"}));
  ASSERT_EQ(traffic.exit_code, 0) << traffic.text();
  ASSERT_TRUE(wait_until(30s, [&] {
    const auto now = status();
    return now.contains("join") && now["join"]["fates"]["joined"] == 200 && now["views"]["database"]["read"] == 200 &&
           now["views"]["table"]["read"] == 200 && now["intake"]["published"] == 100;
  })) << status().dump(2);

  const auto url = with_credentials("http://" + address);
  const auto watched = load(url);
  const auto written = api::Client(api::Target{{}, "http://" + address, token, {}}).get("/", 30s);
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_THAT(written->body, HasSubstr("<noscript><meta http-equiv=\"refresh\""));
  for (const auto& html : {watched.dom, written->body}) {
    EXPECT_EQ(shown(html, "/state", "state"), "running");
    EXPECT_EQ(shown(html, "/join/fates/joined", "count"), "200");
    EXPECT_EQ(shown(html, "/intake/published", "count"), "100");
    EXPECT_EQ(shown(html, "/views/table/read", "count"), "200");
  }
  EXPECT_THAT(watched.dom, AllOf(HasSubstr(", live</span>"), HasSubstr("class=\"charts drawn\"")));
  EXPECT_THAT(watched.console, Not(HasSubstr("CONSOLE")));
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(30s), 0) << slurp(dev.output);
}

}  // namespace
}  // namespace orders::test
