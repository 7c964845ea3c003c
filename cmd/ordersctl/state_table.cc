#include "ordersctl/state_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <vector>

#include "base/bytes.h"
#include "ordersctl/output.h"
#include "state/verify.h"
#include "table/json.h"

namespace orders::ctl {
namespace {

namespace fs = std::filesystem;

constexpr auto not_live = R"(,"lag":null,"offline":true)";
constexpr std::uint64_t read_memory = 64ull << 20;

Pairs pairs_of(const table::Filter& filter) {
  Pairs pairs;
  if (filter.status) pairs.emplace_back("status", *filter.status);
  if (filter.source) pairs.emplace_back("source", *filter.source);
  if (filter.customer_id) pairs.emplace_back("customer", std::to_string(*filter.customer_id));
  if (filter.since) pairs.emplace_back("since", std::to_string(to_millis(*filter.since)));
  return pairs;
}

std::string order_in_table(order::OrderId id) { return fmt::format("order {} in the table", id); }

class LiveTable final : public StateTable {
 public:
  explicit LiveTable(Daemon& daemon) : daemon_(daemon) {}

  Result<std::string> get(order::OrderId id) override {
    return daemon_.get(fmt::format("/api/orders/store/{}", id), {}, order_in_table(id));
  }
  Result<std::string> list(const std::string& after, std::int64_t limit, const table::Filter& filter) override {
    auto query = pairs_of(filter);
    if (!after.empty()) query.emplace_back("after", after);
    query.emplace_back("limit", std::to_string(limit));
    return daemon_.get("/api/orders/store", query);
  }
  Result<std::string> count(const table::Filter& filter, Milliseconds timeout) override {
    return daemon_.get("/api/orders/store/count", pairs_of(filter), {}, timeout);
  }
  Result<std::string> stats(bool) override { return daemon_.get("/api/orders/store/stats", {}); }

 private:
  Daemon& daemon_;
};

class OfflineTable final : public StateTable {
 public:
  OfflineTable(Context& context, table::Table table) : context_(context), table_(std::move(table)) {}

  Result<std::string> get(order::OrderId id) override {
    auto row = table_.get(id);
    if (!row) return fail(file_error(row.error()));
    if (!*row) return fail(ErrorClass::not_found, order_in_table(id) + " is not there");
    return table::row_json(**row, not_live);
  }
  Result<std::string> list(const std::string& after, std::int64_t limit, const table::Filter& filter) override {
    auto page = table_.list(parse_int64(after), static_cast<std::size_t>(limit), filter);
    if (!page) return fail(file_error(page.error()));
    return table::page_json(*page, not_live);
  }
  Result<std::string> count(const table::Filter& filter, Milliseconds) override {
    auto count = table_.count(filter);
    if (!count) return fail(file_error(count.error()));
    return fmt::format(R"({{"count":{}{}}})", *count, not_live);
  }
  Result<std::string> stats(bool with_ends) override {
    auto stats = table_.stats();
    if (!stats) return fail(file_error(stats.error()));
    std::map<std::int32_t, std::int64_t> ends;
    if (with_ends) {
      auto asked = ask_ends(stats->positions);
      if (!asked) return fail(asked.error());
      ends = *std::move(asked);
    }
    return table::stats_json(*stats, ends, not_live);
  }

 private:
  Result<std::map<std::int32_t, std::int64_t>> ask_ends(const std::vector<table::TablePosition>& positions) {
    auto config = context_.config();
    if (!config) return fail(config.error());
    auto connection = context_.connection();
    if (!connection) return fail(connection.error());
    std::vector<state::StoreReport> reports(1);
    for (const auto& at : positions)
      reports.front().positions.push_back({{(*config)->topics.orders, at.partition}, at.next_offset, {}});
    if (auto identity = table_.identity(); identity && *identity) reports.front().cluster_id = (*identity)->cluster_id;
    if (auto compared = state::compare_with_ends(reports, *connection); !compared) return fail(compared.error());
    for (const auto& [where, what] : reports.front().damages.found) note(fmt::format("{}: {}", where, what));
    std::map<std::int32_t, std::int64_t> ends;
    for (const auto& position : reports.front().positions) {
      if (position.marks) ends[position.at.partition] = position.marks->high;
    }
    return ends;
  }

  Context& context_;
  table::Table table_;
};

/// Nobody listens at the socket, and there is a table to be read.
bool goes_offline(const Result<>& listening, const config::Config& config, const fs::path& folder) {
  if (listening || listening.error().error_class != ErrorClass::wait || !config.api.url.empty()) return false;
  std::error_code ignored;
  return fs::exists(folder / "CURRENT", ignored);
}

}  // namespace

Error file_error(Error error) {
  if (error.error_class == ErrorClass::wait) error.error_class = ErrorClass::bug;
  if (error.error_class == ErrorClass::gap && error.hint.empty()) {
    error.hint = "ordersctl state verify tells what is damaged, and how to mend it";
  }
  return error;
}

Result<fs::path> table_folder(Context& context) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  return fs::path((*config)->state.directory) / (*config)->application_id / "table";
}

Result<table::Table> open_table(const fs::path& folder) {
  std::error_code error;
  (void)fs::exists(folder / "CURRENT", error);
  if (error == std::errc::permission_denied) {
    return fail(ErrorClass::denied, fmt::format("reading {}: {}", folder.string(), error.message()),
                "it takes the user that ordersd runs as");
  }
  auto table =
      table::Table::open({.path = folder, .memory = read_memory, .cache = read_memory / 2, .read_only = true});
  if (!table) return fail(file_error(std::move(table.error())));
  return table;
}

Result<std::unique_ptr<StateTable>> open_state(Context& context, bool offline) {
  auto folder = table_folder(context);
  if (!folder) return fail(std::move(folder.error()));
  if (!offline) {
    auto daemon = context.daemon();
    if (!daemon) return fail(std::move(daemon.error()));
    auto config = context.config();
    if (!config) return fail(std::move(config.error()));
    const auto url = !(*config)->api.url.empty();
    offline = !url && goes_offline((*daemon)->listening(), **config, *folder);
    if (!offline) return std::make_unique<LiveTable>(**daemon);
    if (!context.quiet()) note(fmt::format("ordersd is not running: {} is read as it was left", folder->string()));
  }
  auto table = open_table(*folder);
  if (!table) return fail(std::move(table.error()));
  return std::make_unique<OfflineTable>(context, *std::move(table));
}

}  // namespace orders::ctl
