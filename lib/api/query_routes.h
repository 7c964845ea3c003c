// What can be asked of the database and of the table.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "api/routes.h"
#include "api/server.h"
#include "database/database.h"

namespace orders::api {

/// Sessions belong to one thread at a time: each query borrows one, and the pool grows to the queries that ran at once.
class SessionPool {
 public:
  explicit SessionPool(database::Database& database) : database_(database) {}

  /// Runs `query` with a session.
  template <class Query>
  auto with(Query query) {
    auto session = take();
    auto result = query(*session);
    give_back(std::move(session));
    return result;
  }

 private:
  [[nodiscard]] std::unique_ptr<database::Session> take();
  void give_back(std::unique_ptr<database::Session> session);

  database::Database& database_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<database::Session>> idle_;
};

[[nodiscard]] Reply find_order(SessionPool& sessions, const Request& request);
[[nodiscard]] Reply list_orders(SessionPool& sessions, const Request& request);
[[nodiscard]] Reply count_orders(SessionPool& sessions, const Request& request);

/// Of the table's view when it was asked, shown with what it answers; nothing while it is not known.
using Lag = std::optional<std::int64_t>;
[[nodiscard]] Reply find_row(const TableQueries& table, Lag lag, const Request& request);
/// The same where it needs not block; nothing: ask find_row().
[[nodiscard]] std::optional<Reply> peek_row(const TableQueries& table, Lag lag, const Request& request);
[[nodiscard]] Reply list_rows(const TableQueries& table, Lag lag, const Request& request);
[[nodiscard]] Reply count_rows(const TableQueries& table, Lag lag, const Request& request);
[[nodiscard]] Reply table_stats(const TableQueries& table, const std::optional<view::ViewStatus>& view,
                                const Request& request);
[[nodiscard]] Reply flush_table(const TableQueries& table, const Request& request);

}  // namespace orders::api
