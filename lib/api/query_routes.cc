#include "api/query_routes.h"

#include <map>
#include <utility>

#include "api/json_text.h"
#include "api/numbered_pages.h"
#include "api/parameters.h"
#include "database/json.h"
#include "order/document.h"
#include "table/json.h"

namespace orders::api {
namespace {

Reply json_reply(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

std::string list_json(const std::vector<database::OrderRow>& rows) {
  std::string json = "[";
  for (const auto& row : rows) json += (json.size() > 1 ? "," : "") + database::row_json(row);
  return json + "]";
}

std::string number_or_null(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

std::string lag_member(Lag lag) { return ",\"lag\":" + number_or_null(lag); }

Reply row_reply(order::OrderId id, const std::optional<table::TableRow>& row, Lag lag) {
  if (row) return json_reply(table::row_json(*row, lag_member(lag)));
  std::string detail = "the state store has no order " + std::to_string(id);
  if (!lag) detail += "; how far it is behind is not known";
  if (lag && *lag > 0) detail += "; it is " + std::to_string(*lag) + " records behind";
  return problem(404, "Not Found", detail);
}

table::Filter filter_of(Parameters& parameters) {
  table::Filter filter;
  filter.status = parameters.text("status");
  filter.source = parameters.text("source");
  filter.customer_id = parameters.integer("customer");
  if (const auto since = parameters.integer("since")) filter.since = from_millis(*since);
  return filter;
}

}  // namespace

std::unique_ptr<database::Session> SessionPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  return database_.session();
}

void SessionPool::give_back(std::unique_ptr<database::Session> session) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(session));
}

Reply find_order(SessionPool& sessions, const Request& request) {
  const auto id = id_of(request);
  if (!id) return id.error();
  const auto row = sessions.with([&](database::Session& session) { return session.find(*id); });
  if (!row) return failed(row.error());
  if (!*row) return problem(404, "Not Found", "there is no order " + std::to_string(*id));
  return json_reply(database::row_json(**row));
}

Reply list_orders(SessionPool& sessions, const Request& request) {
  Parameters parameters(request, {"status", "customer", "after", "limit"});
  database::ListFilter filter;
  filter.status = parameters.text("status");
  filter.customer_id = parameters.integer("customer");
  filter.after = parameters.integer("after");
  const std::size_t limit = parameters.limit();
  if (auto refused = parameters.refused()) return std::move(*refused);
  filter.limit = limit + 1;  // one more, to know whether there is a next page
  auto rows = sessions.with([&](database::Session& session) { return session.list(filter); });
  if (!rows) return failed(rows.error());
  std::optional<order::OrderId> next;
  if (rows->size() > limit) {
    rows->resize(limit);
    next = rows->back().order.id;
  }
  return json_reply("{\"orders\":" + list_json(*rows) + ",\"next\":" + number_or_null(next) + "}");
}

Reply count_orders(SessionPool& sessions, const Request& request) {
  if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
  const auto counts = sessions.with([](database::Session& session) { return session.count_by_status(); });
  if (!counts) return failed(counts.error());
  std::uint64_t total = 0;
  std::string members;
  for (const auto& [status, count] : *counts) {
    total += count;
    members += (members.empty() ? "" : ",") + json_string(status) + ":" + std::to_string(count);
  }
  return json_reply("{\"counts\":{" + members + "},\"total\":" + std::to_string(total) + "}");
}

Reply find_row(const TableQueries& table, Lag lag, const Request& request) {
  const auto id = id_of(request);
  if (!id) return id.error();
  const auto row = table.get(*id);
  if (!row) return failed(row.error());
  return row_reply(*id, *row, lag);
}

std::optional<Reply> peek_row(const TableQueries& table, Lag lag, const Request& request) {
  const auto id = id_of(request);
  if (!id) return id.error();
  const auto row = table.peek(*id);
  if (!row) return std::nullopt;
  return row_reply(*id, *row, lag);
}

Reply list_rows(const TableQueries& table, Lag lag, const Request& request) {
  if (asks_for_numbered_page(request)) return numbered_page(table, request);
  Parameters parameters(request, {"status", "customer", "source", "since", "after", "limit"});
  const auto filter = filter_of(parameters);
  const auto after = parameters.integer("after");
  const auto limit = parameters.limit();
  if (auto refused = parameters.refused()) return std::move(*refused);
  const auto page = table.list(after, limit, filter);
  if (!page) return failed(page.error());
  return json_reply(table::page_json(*page, lag_member(lag)));
}

Reply count_rows(const TableQueries& table, Lag lag, const Request& request) {
  Parameters parameters(request, {"status", "customer", "source", "since"});
  const auto filter = filter_of(parameters);
  if (auto refused = parameters.refused()) return std::move(*refused);
  const auto count = table.count(filter);
  if (!count) return failed(count.error());
  return json_reply("{\"count\":" + std::to_string(*count) + lag_member(lag) + "}");
}

Reply table_stats(const TableQueries& table, const std::optional<view::ViewStatus>& view, const Request& request) {
  if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
  const auto stats = table.stats();
  if (!stats) return failed(stats.error());
  std::map<std::int32_t, std::int64_t> ends;
  if (view) {
    for (const auto& at : view->partitions) {
      if (at.end >= 0) ends[at.partition] = at.end;
    }
  }
  return json_reply(table::stats_json(*stats, ends, lag_member(view ? view->known_lag() : std::nullopt)));
}

Reply flush_table(const TableQueries& table, const Request& request) {
  if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
  if (auto flushed = table.flush(); !flushed) return failed(flushed.error());
  return json_reply(R"({"flushed":true})");
}

}  // namespace orders::api
