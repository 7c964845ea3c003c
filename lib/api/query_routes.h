// What can be asked of the database and of the table.
#pragma once

#include <memory>
#include <mutex>
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

/// `lag` of the table's view, shown with what it answers.
[[nodiscard]] Reply find_row(const TableQueries& table, const Request& request);
[[nodiscard]] Reply list_rows(const TableQueries& table, std::int64_t lag, const Request& request);
[[nodiscard]] Reply count_rows(const TableQueries& table, std::int64_t lag, const Request& request);

}  // namespace orders::api
