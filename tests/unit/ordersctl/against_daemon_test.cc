// The program against a daemon of canned answers, on a real socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "api/server.h"
#include "ctl.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using api::Reply;
using api::Request;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Reply json_reply(int status, std::string body) { return {status, std::move(body), "application/json", {}}; }

constexpr auto order_42 =
    R"({"orderId":42,"customerId":7,"status":"NEW","source":null,"items":[{"itemId":1,"productId":"mug","quantity":2,)"
    R"("productPrice":12.50}],"published":true,"topic":"orders","partition":3,"offset":1042})";

/// Keeps orders by idempotency key, as the real one does.
class FakeIntake {
 public:
  Reply batch(const Request& request) {
    ++requests;
    if (away) return api::problem(503, "Service Unavailable", "the database is away");
    const auto key = request.header("idempotency-key").value_or("");
    auto line = std::stoll(request.header("batch-first-line").value_or("1"));
    std::string answer;
    const std::lock_guard lock(mutex_);
    std::istringstream lines(request.body);
    for (std::string text; std::getline(lines, text); ++line) {
      answer += "{\"line\":" + std::to_string(line) + "," + one(key + "/" + std::to_string(line), text) + "}\n";
    }
    return {200, answer, "application/x-ndjson", {}};
  }
  std::size_t saved() {
    const std::lock_guard lock(mutex_);
    return keys_.size();
  }

  std::atomic<bool> away = false;
  std::atomic<int> requests = 0;
  int status_of_new = 201;

 private:
  std::string one(const std::string& key, const std::string& text) {
    if (text.find("customerId") == std::string::npos) {
      return R"("status":400,"body":{"title":"Bad Request","errors":[{"member":"customerId","message":"is missing"}]})";
    }
    const bool fresh = keys_.insert(key).second;
    return "\"status\":" + std::to_string(fresh ? status_of_new : 200) + ",\"body\":" + order_42;
  }
  std::mutex mutex_;
  std::set<std::string> keys_;
};

class AgainstDaemon : public testing::Test {
 protected:
  void serve(std::vector<api::Route> routes) {
    server_.reset();
    api::ServerOptions options;
    options.socket = (ctl_.folder() / "api.sock").string();
    auto server = api::Server::start(options, std::move(routes));
    ASSERT_TRUE(server.has_value()) << server.error().text();
    server_.emplace(std::move(*server));
  }
  void serve_intake() {
    serve({{"POST", "/api/orders/batch", [this](const Request& request) { return intake_.batch(request); }}});
  }
  void serve_one(const std::string& method, const std::string& pattern, Reply reply) {
    serve({{method, pattern, [reply](const Request&) { return reply; }}});
  }
  Output run(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    return ctl_.run(arguments, input);
  }
  static std::string batch(int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i) text += "{\"customerId\":1,\"items\":[]}\n";
    return text;
  }

  Ctl ctl_;
  std::filesystem::path config_ =
      ctl_.file("ordersd.yaml", "api: {socket: " + (ctl_.folder() / "api.sock").string() + "}\n");
  FakeIntake intake_;
  std::optional<api::Server> server_;
};

const std::vector<std::string> one_order = {"order", "create", "--customer", "7", "--item", "mug:2@12.50"};

TEST_F(AgainstDaemon, CreatesAnOrderAndSaysWhereItIs) {
  std::string body, key;
  serve({{"POST", "/api/orders", [&](const Request& request) {
            body = request.body;
            key = request.header("idempotency-key").value_or("");
            return json_reply(201, order_42);
          }}});
  const auto output = run(one_order);
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_THAT(output.out, HasSubstr("orders[3]@1042"));
  EXPECT_EQ(body, R"({"customerId":7,"items":[{"productId":"mug","quantity":2,"productPrice":12.50}]})");
  EXPECT_EQ(key.size(), 36u);
  auto json = one_order;
  json.insert(json.end(), {"--output", "json"});
  EXPECT_EQ(run(json).out, std::string(order_42) + "\n");
}

TEST_F(AgainstDaemon, SendsAFileAsItIs) {
  std::string body;
  serve({{"POST", "/api/orders", [&](const Request& request) {
            body = request.body;
            return json_reply(201, order_42);
          }}});
  EXPECT_EQ(run({"order", "create", "--file", "-"}, "{\"customerId\": 1.0}").exit_code, 0);
  EXPECT_EQ(body, "{\"customerId\": 1.0}");
  (void)ctl_.file("one.json", "{ }");
  EXPECT_EQ(run({"order", "create", "--file", "one.json"}).exit_code, 0);
  EXPECT_EQ(body, "{ }");
}

TEST_F(AgainstDaemon, ARefusedOrderIsWrongUseAndNamesTheMembers) {
  serve_one(
      "POST", "/api/orders",
      {400,
       R"({"title":"Bad Request","detail":"x","errors":[{"member":"items[0].productId","message":"is unknown"}]})",
       "application/problem+json",
       {}});
  const auto output = run(one_order);
  EXPECT_EQ(output.exit_code, 2) << output.text();
  EXPECT_THAT(output.err, HasSubstr("items[0].productId: is unknown"));
  EXPECT_EQ(output.out, "");
}

TEST_F(AgainstDaemon, AnOrderThatIsSavedButNotPublishedIsShownAndSaysSo) {
  serve_one("POST", "/api/orders",
            json_reply(202, R"({"orderId":42,"customerId":7,"status":"NEW","published":false})"));
  const auto output = run(one_order);
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.out, HasSubstr("42"));
  EXPECT_THAT(output.err, HasSubstr("saved, and will be published when the broker is back"));
}

TEST_F(AgainstDaemon, AnOrderThatCouldNotBeSavedSaysSo) {
  serve_one("POST", "/api/orders", api::problem(503, "Service Unavailable", "the database is away"));
  const auto output = run(one_order);
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.err, AllOf(HasSubstr("the database is away"), HasSubstr("nothing was saved")));
}

TEST_F(AgainstDaemon, WaitsForADaemonThatComesBackAndCreatesTheOrderOnce) {
  std::set<std::string> keys;
  std::atomic<int> tries = 0;
  serve({{"POST", "/api/orders", [&](const Request& request) {
            keys.insert(request.header("idempotency-key").value_or(""));
            return ++tries < 3 ? api::problem(503, "Service Unavailable", "the database is away")
                               : json_reply(201, order_42);
          }}});
  auto command = one_order;
  command.insert(command.end(), {"--wait", "PT30S"});
  const auto output = run(command);
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(keys.size(), 1u);
}

TEST_F(AgainstDaemon, ABatchGoesInChunksAndPrintsALineForEachOrder) {
  serve_intake();
  (void)ctl_.file("batch.ndjson", batch(1'001));
  const auto output = run({"-q", "--output", "ndjson", "order", "create", "--batch", "batch.ndjson"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_EQ(output.err, "");
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 1'001);
  const auto first = nlohmann::json::parse(output.out.substr(0, output.out.find('\n')));
  EXPECT_EQ(first.at("line"), 1);
  EXPECT_EQ(first.at("orderId"), 42);
  EXPECT_EQ(first.at("topic"), "orders");
  EXPECT_EQ(intake_.requests, 3);
  EXPECT_EQ(intake_.saved(), 1'001u);
}

TEST_F(AgainstDaemon, ABatchFromStandardInputIsOneDocumentAsJson) {
  serve_intake();
  const auto output = run({"order", "create", "--batch", "-", "--output", "json"}, batch(3));
  EXPECT_EQ(output.exit_code, 0) << output.text();
  const auto document = nlohmann::json::parse(output.out);
  EXPECT_EQ(document.at("created"), 3);
  EXPECT_EQ(document.at("orders").size(), 3u);
}

TEST_F(AgainstDaemon, ARepeatedBatchWithTheSameKeyCreatesNothing) {
  serve_intake();
  (void)ctl_.file("batch.ndjson", batch(10));
  const std::vector<std::string> command = {"order", "create", "--batch", "batch.ndjson", "--idempotency-key", "k"};
  EXPECT_EQ(run(command).exit_code, 0);
  auto json = command;
  json.insert(json.end(), {"--output", "json"});
  const auto document = nlohmann::json::parse(run(json).out);
  EXPECT_EQ(document.at("created"), 0);
  EXPECT_EQ(document.at("existed"), 10);
  EXPECT_EQ(intake_.saved(), 10u);
}

TEST_F(AgainstDaemon, RefusedLinesAreNamedAndTheOthersAreCreated) {
  serve_intake();
  (void)ctl_.file("batch.ndjson", batch(2) + "{}\n" + batch(1));
  const auto output = run({"order", "create", "--batch", "batch.ndjson"});
  EXPECT_EQ(output.exit_code, 1) << output.text();
  EXPECT_THAT(output.err,
              AllOf(HasSubstr("batch.ndjson:3: refused: customerId: is missing"), HasSubstr("1 line was refused")));
  EXPECT_EQ(intake_.saved(), 3u);
}

TEST_F(AgainstDaemon, ABatchThatIsSavedButNotPublishedSaysSo) {
  intake_.status_of_new = 202;
  serve_intake();
  const auto output = run({"order", "create", "--batch", "-"}, batch(2));
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.err, HasSubstr("2 orders are saved, and will be published"));
}

TEST_F(AgainstDaemon, ABatchSaysHowToGoOnWhenTheDatabaseIsAway) {
  intake_.away = true;
  serve_intake();
  const auto output = run({"order", "create", "--batch", "-", "--idempotency-key", "k9"}, batch(2));
  EXPECT_EQ(output.exit_code, 4) << output.text();
  EXPECT_THAT(output.err, AllOf(HasSubstr("the database is away"), HasSubstr("--idempotency-key k9")));
  EXPECT_EQ(intake_.requests, 1) << "without --wait it does not try again";
}

TEST_F(AgainstDaemon, ABatchFromStandardInputThatIsInterruptedSaysWhatWasDoneAndFails) {
  serve_intake();
  const auto pipe = ctl_.folder() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::fstream lines(pipe, std::ios::in | std::ios::out);  // it has no end
  lines << batch(500) << std::flush;
  auto command = ctl_.command({});
  command.arguments = {"bash", "-c", "exec " BINARY_DIR "/ordersctl order create --batch - <pipe"};
  command.output = ctl_.folder() / "output";
  auto process = Process::spawn(command);
  ASSERT_TRUE(wait_until(std::chrono::seconds{30}, [&] { return intake_.saved() == 500; }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(std::chrono::seconds{30}), 1);
  EXPECT_THAT(slurp(command.output), AllOf(HasSubstr("stopped before line 501"), HasSubstr("500 orders were saved"),
                                           HasSubstr("--idempotency-key")));
}

TEST_F(AgainstDaemon, ABatchWaitsForADaemonThatRestarts) {
  intake_.away = true;
  serve_intake();
  (void)ctl_.file("batch.ndjson", batch(600));
  auto command = ctl_.command({"-q", "order", "create", "--batch", "batch.ndjson", "--wait", "PT1M"});
  command.output = ctl_.folder() / "log";
  auto process = Process::spawn(command);
  while (intake_.requests < 2 && process.running()) std::this_thread::yield();
  server_.reset();  // away for good…
  intake_.away = false;
  serve_intake();  // …and back
  EXPECT_EQ(process.wait(std::chrono::seconds(30)), 0) << slurp(command.output);
  EXPECT_EQ(intake_.saved(), 600u);
}

TEST_F(AgainstDaemon, FindsNothing) {
  serve({{"GET", "/api/orders/{id}", [](const Request&) { return api::problem(404, "Not Found", "no order"); }},
         {"GET", "/api/orders/store/{id}", [](const Request&) { return api::problem(404, "Not Found", "no order"); }}});
  const auto order = run({"order", "get", "5"});
  EXPECT_EQ(order.exit_code, 3) << order.text();
  EXPECT_THAT(order.err, HasSubstr("order 5 is not there"));
  EXPECT_EQ(run({"state", "get", "5"}).exit_code, 3);
}

TEST_F(AgainstDaemon, ShowsARowByteForByte) {
  const std::string row =
      R"({"key":5,"partition":1,"offset":9,"timestamp":1700000000000,"value":{"orderId":5, "price":1.10}})";
  serve_one("GET", "/api/orders/store/{id}", json_reply(200, row));
  const auto table = run({"state", "get", "5"});
  EXPECT_THAT(table.out, AllOf(HasSubstr("2023-11-14T22:13:20.000Z"), HasSubstr(R"({"orderId":5, "price":1.10})")));
  EXPECT_EQ(run({"state", "get", "5", "--output", "json"}).out, row + "\n");
}

/// 2,500 orders in pages.
Reply page_of_orders(const Request& request) {
  const auto after = std::stoi(request.parameter("after").value_or("0"));
  const auto limit = std::stoi(request.parameter("limit").value_or("100"));
  if (limit > 1'000) return api::problem(400, "Bad Request", "limit");
  std::string list;
  int id = after;
  while (id < 2'500 && id < after + limit) {
    list += (list.empty() ? "" : ",") + std::string("{\"orderId\":") + std::to_string(++id) + ",\"status\":\"NEW\"}";
  }
  return json_reply(200, "{\"orders\":[" + list + "],\"next\":" + (id < 2'500 ? std::to_string(id) : "null") + "}");
}

TEST_F(AgainstDaemon, ListsPageAfterPage) {
  serve({{"GET", "/api/orders", page_of_orders}});
  const auto all = run({"--output", "ndjson", "order", "list", "--limit", "100000"});
  EXPECT_EQ(all.exit_code, 0) << all.text();
  EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 2'500);
  const auto some =
      nlohmann::json::parse(run({"--output", "json", "order", "list", "--limit", "1500", "--after", "10"}).out);
  EXPECT_EQ(some.at("orders").size(), 1'500u);
  EXPECT_EQ(some.at("orders").front().at("orderId"), 11);
  EXPECT_EQ(some.at("next"), 1'510);
  const auto table = run({"order", "list", "--limit", "2"});
  EXPECT_THAT(table.err, HasSubstr("more: --after 2"));
  EXPECT_EQ(run({"-q", "order", "list", "--limit", "2"}).err, "");
}

TEST_F(AgainstDaemon, CountsAndStatusAreTheDaemonsDocuments) {
  const std::string counts = R"({"counts":{"NEW":3,"CONFIRMED":1234567},"total":1234570})";
  serve(
      {{"GET", "/api/orders/counts", [&](const Request&) { return json_reply(200, counts); }},
       {"GET", "/api/orders/store/count", [](const Request&) { return json_reply(200, R"({"count":7,"lag":0})"); }},
       {"GET", "/api/status", [](const Request&) { return json_reply(200, R"({"state":"running","reasons":[]})"); }}});
  EXPECT_EQ(run({"order", "count", "--output", "json"}).out, counts + "\n");
  EXPECT_THAT(run({"order", "count"}).out, testing::ContainsRegex("CONFIRMED +1,234,567\n"));
  EXPECT_EQ(run({"state", "count"}).out, "7\n");
  EXPECT_EQ(run({"status", "--output", "json"}).out, "{\"state\":\"running\",\"reasons\":[]}\n");
  EXPECT_THAT(run({"status"}).out, HasSubstr("running"));
}

TEST_F(AgainstDaemon, TheLogLevelIsShownAndChanged) {
  std::string asked;
  serve({{"GET", "/api/log-level",
          [](const Request&) { return json_reply(200, R"({"level":"info","configured":"info","until":null})"); }},
         {"PUT", "/api/log-level", [&](const Request& request) {
            asked = request.body;
            return json_reply(200, R"({"level":"debug","configured":"info","until":"2026-01-31T03:05:00.000Z"})");
          }}});
  EXPECT_EQ(run({"log-level"}).out, "info\n");
  EXPECT_EQ(asked, "");
  const auto changed = run({"log-level", "debug", "--for", "5m"});
  EXPECT_EQ(changed.exit_code, 0) << changed.text();
  EXPECT_EQ(changed.out, "debug until 2026-01-31T03:05:00.000Z, then info\n");
  EXPECT_EQ(asked, R"({"level":"debug","for":"PT5M"})");
  EXPECT_EQ(nlohmann::json::parse(run({"log-level", "warn", "--output", "json"}).out).at("level"), "debug");
  EXPECT_EQ(asked, R"({"level":"warn"})");
  asked.clear();
  EXPECT_EQ(run({"log-level", "loud"}).exit_code, 2);
  EXPECT_EQ(run({"log-level", "--for", "5m"}).exit_code, 2);
  EXPECT_EQ(asked, "");
}

TEST_F(AgainstDaemon, ATableThatIsBehindSaysSoBesideItsAnswer) {
  std::string lag = "2";
  serve({{"GET", "/api/orders/store/count",
          [&](const Request&) { return json_reply(200, R"({"count":7,"lag":)" + lag + "}"); }},
         {"GET", "/api/orders/store/{id}",
          [&](const Request&) { return json_reply(200, R"({"key":5,"lag":)" + lag + R"(,"value":{}})"); }},
         {"GET", "/api/orders/store", [&](const Request&) {
            return json_reply(200, R"({"rows":[{"key":5,"value":{}}],"next":null,"lag":)" + lag + "}");
          }}});
  const std::vector<std::vector<std::string>> commands = {
      {"state", "count"}, {"state", "get", "5"}, {"state", "list"}, {"state", "list", "--output", "ndjson"}};
  for (const auto& command : commands) EXPECT_THAT(run(command).err, HasSubstr("the table is 2 records behind"));
  EXPECT_EQ(run({"state", "count"}).out, "7\n");
  EXPECT_EQ(run({"-q", "state", "count"}).err, "");
  const auto list = run({"state", "list", "--output", "json"});
  EXPECT_EQ(list.err, "");
  EXPECT_EQ(nlohmann::json::parse(list.out).at("lag"), 2);
  lag = "null";
  for (const auto& command : commands) EXPECT_THAT(run(command).err, HasSubstr("not known"));
  lag = "0";
  for (const auto& command : commands) EXPECT_EQ(run(command).err, "");
}

TEST_F(AgainstDaemon, AnswersOfAnotherKindAreReported) {
  serve_one("GET", "/api/status", {200, "<html>", "text/html", {}});
  const auto output = run({"status"});
  EXPECT_EQ(output.exit_code, 1) << output.text();
  EXPECT_THAT(output.err, AllOf(HasSubstr("not JSON"), Not(HasSubstr("html>"))));
}

}  // namespace
}  // namespace orders::test
