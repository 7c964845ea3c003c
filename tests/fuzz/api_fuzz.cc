// Requests to the HTTP interface, behind libmicrohttpd, over fakes of the daemon's parts. The input is a request as
// HTTP has it, without its escapes: "POST /api/orders?limit=5", lines "name: value", an empty line, the body.
#include <algorithm>
#include <array>

#include "check.h"
#include "order/document.h"
#include "unit/api/fakes.h"

namespace orders::api {
namespace {

std::vector<std::pair<std::string, std::string>> parameters(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    auto value = fuzz::take(query, '&');
    const auto name = fuzz::take(value, '=');
    parameters.emplace_back(name, value);
  }
  return parameters;
}

Request request_of(std::string_view text) {
  Request request;
  auto target = fuzz::take(text, '\n');
  request.method = fuzz::take(target, ' ');
  request.path = fuzz::take(target, '?');
  request.query = parameters(target);
  while (!text.empty()) {
    auto value = fuzz::take(text, '\n');
    if (value.empty()) break;
    const auto name = fuzz::take(value, ':');
    request.headers.emplace_back(name, value.substr(value.starts_with(' ') ? 1 : 0));
  }
  request.body = text;
  return request;
}

/// The daemon over fakes; its table holds the request's body, as anybody may put it on the topic.
struct Daemon {
  explicit Daemon(const Request& request) {
    table.put(5, request.body);
    database.rows.rows[5].order = test::make_order(5);
    services.application_id = "orders";
    services.intake = &intake;
    services.database = &database;
    services.table = &table;
    services.topology = [] { return graph::Graph(); };
    services.waiting = [](const topology::WaitingQuery& query) -> Result<topology::WaitingPage> {
      topology::WaitingPage page;
      page.next = query.after;
      if (query.partition) page.partitions = {*query.partition};
      return page;
    };
  }
  test::FakeIntake intake;
  test::FakeDatabase database;
  test::FakeTable table;
  Services services;
};

bool is_json_lines(std::string_view text) {
  while (!text.empty()) {
    if (!test::json::accept(fuzz::take(text, '\n'))) return false;
  }
  return true;
}

void check_created(const Reply& reply) {
  const auto order = order::Parser().parse_order(reply.body);
  FUZZ_CHECK(order && order->status == "NEW" && order->customer_id > 0 && !order->items.empty());
  for (const auto& item : order->items) {
    FUZZ_CHECK(item.quantity > 0 && !item.price.negative() && item.price.scale() <= 2 && !item.product_id.empty());
  }
}

void check(const Request& request, const Reply& reply) {
  constexpr std::array expected{200, 201, 400, 404, 413};
  FUZZ_CHECK(std::ranges::find(expected, reply.status) != expected.end());
  const bool is_list = reply.content_type == "application/x-ndjson";
  FUZZ_CHECK(is_list ? is_json_lines(reply.body) : test::json::accept(reply.body));
  for (const auto& [name, value] : reply.headers) FUZZ_CHECK(fuzz::can_be_shown(value));
  if (reply.status == 201) check_created(reply);
  if (reply.status >= 400) FUZZ_CHECK(test::json::parse(reply.body).at("status") == reply.status);
  FUZZ_CHECK(request.method != "GET" || reply.status != 201);
}

}  // namespace
}  // namespace orders::api

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orders::api;
  auto request = request_of(orders::fuzz::text_of(data, size));
  Daemon daemon(request);
  const Router router(routes(daemon.services));
  auto match = router.find(request.method, request.path);
  FUZZ_CHECK(orders::fuzz::can_be_shown(match.allow));
  if (match.route == nullptr) return 0;
  request.captures = std::move(match.captures);
  check(request, match.route->handler(request));
  return 0;
}
