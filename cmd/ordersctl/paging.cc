#include "ordersctl/paging.h"

#include <fmt/format.h>

#include <algorithm>

#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

constexpr std::int64_t page_size = 1'000;

class Printer {
 public:
  Printer(Context& context, const ListRequest& request)
      : context_(context), request_(request), table_(request.titles) {}

  void page(const std::vector<std::string_view>& elements) {
    for (const auto element : elements) {
      switch (context_.format()) {
        case Format::ndjson:
          text_.append(raw_json::one_line(element)).append("\n");
          break;
        case Format::json:
          text_.append(text_.empty() ? "" : ",").append(element);
          break;
        case Format::table:
          table_.add(request_.row(element));
          break;
      }
    }
    if (context_.format() == Format::ndjson) {
      write_out(text_);
      text_.clear();
    }
  }

  /// `body` is the last page's.
  void finish(const std::string& next, std::string_view body) {
    if (context_.format() == Format::json) {
      std::string beside;
      for (const auto& [name, value] : raw_json::members(body)) {
        if (name != request_.member && name != "next") beside += fmt::format(",\"{}\":{}", name, value);
      }
      write_out(fmt::format("{{\"{}\":[{}],\"next\":{}{}}}\n", request_.member, text_,
                            raw_json::member(body, "next").value_or("null"), beside));
    } else if (context_.format() == Format::table) {
      write_out(table_.text(context_.colour()));
    }
    if (!next.empty() && context_.format() != Format::json && !context_.quiet()) {
      note(fmt::format("more: --after {}", next));
    }
    note_lag(context_, body);
  }

 private:
  Context& context_;
  const ListRequest& request_;
  Table table_;
  std::string text_;
};

Result<std::string> daemons_page(Context& context, const ListRequest& request, const std::string& after,
                                 std::int64_t limit) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  auto query = request.filter;
  if (!after.empty()) query.emplace_back("after", after);
  query.emplace_back("limit", std::to_string(limit));
  return (*daemon)->get(request.path, query);
}

}  // namespace

void note_lag(const Context& context, std::string_view body) {
  const auto lag = raw_json::member(body, "lag");
  if (!lag || context.format() == Format::json || context.quiet() || raw_json::is_true(body, "offline")) return;
  const auto records = raw_json::integer(body, "lag");
  if (!records) return note("how far the table is behind is not known: see ordersctl status");
  if (*records > 0)
    note(fmt::format("the table is {} behind", counted(static_cast<std::uint64_t>(*records), "record")));
}

Result<ExitCode> print_list(Context& context, const ListRequest& request) {
  std::string last_page;
  return print_list(context, request, last_page);
}

Result<ExitCode> print_list(Context& context, const ListRequest& request, std::string& last_page) {
  Printer printer(context, request);
  std::string after = request.after;
  for (std::int64_t left = request.limit; left > 0;) {
    const auto limit = std::min(left, page_size);
    auto body = request.page ? request.page(after, limit) : daemons_page(context, request, after, limit);
    if (!body) return fail(std::move(body.error()));
    const auto elements = raw_json::elements(raw_json::member(*body, request.member).value_or("[]"));
    printer.page(elements);
    left -= static_cast<std::int64_t>(elements.size());
    after = raw_json::text(*body, "next");
    last_page = *std::move(body);
    if (after.empty()) break;
  }
  printer.finish(after, last_page);
  return ExitCode::done;
}

}  // namespace orders::ctl
