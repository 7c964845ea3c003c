#include "api/numbered_pages.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "api/json_text.h"
#include "api/parameters.h"
#include "base/json.h"

namespace orders::api {
namespace {

constexpr std::int64_t last_row = 1'000'000;  ///< a second's walk
constexpr std::size_t step = 10'000;

/// The rows from number `first` on (from 0).
Result<std::vector<table::TableRow>> rows_from(const TableQueries& table, std::size_t first, std::size_t count) {
  std::vector<table::TableRow> rows;
  std::optional<order::OrderId> after;
  std::size_t passed = 0;
  do {
    auto page = table.list(after, std::min(step, first + count - passed), {});
    if (!page) return fail(page.error());
    for (auto& row : page->rows) {
      if (passed++ >= first) rows.push_back(std::move(row));
    }
    after = page->next;
  } while (after && passed < first + count);
  return rows;
}

std::string link(std::int64_t number, std::int64_t size, const char* relation) {
  return "</api/orders/store?pageNo=" + std::to_string(number) + "&pageSize=" + std::to_string(size) + ">; rel=\"" +
         relation + "\"";
}

}  // namespace

bool asks_for_numbered_page(const Request& request) {
  return request.parameter("pageNo") || request.parameter("pageSize");
}

Reply numbered_page(const TableQueries& table, const Request& request) {
  Parameters parameters(request, {"pageNo", "pageSize", "status", "customer", "source", "since", "after", "limit"});
  for (const auto* name : {"status", "customer", "source", "since", "after", "limit"}) {
    if (request.parameter(name)) parameters.refuse(name, "can't stand together with pageNo or pageSize");
  }
  const auto size = parameters.number("pageSize", {1, 1'000, 10});
  const auto number = parameters.number("pageNo", {0, last_row / size - 1, 0});
  if (auto refused = parameters.refused()) return std::move(*refused);
  auto rows = rows_from(table, static_cast<std::size_t>(number * size), static_cast<std::size_t>(size) + 1);
  if (!rows) return failed(rows.error());
  std::string links = number > 0 ? link(number - 1, size, "prev") : "";
  if (rows->size() > static_cast<std::size_t>(size)) {  // one more than the page has: there is a next one
    rows->pop_back();
    links += (links.empty() ? "" : ", ") + link(number + 1, size, "next");
  }
  Reply reply;
  if (!links.empty()) reply.headers.emplace_back("Link", std::move(links));
  for (const auto& row : *rows) {
    reply.body += (reply.body.empty() ? "[" : ",") + (is_json(row.value) ? row.value : "null");
  }
  reply.body += reply.body.empty() ? "[]" : "]";
  return reply;
}

}  // namespace orders::api
