// What the database's tests share: a database of either backend, and short ways to say what goes in.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "database/database.h"
#include "support/postgres.h"
#include "support/temp_folder.h"
#include "support/wait_until.h"

namespace orders::database {

/// Prints an error instead of "false".
template <class T>
testing::AssertionResult ok(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_string(result.error().error_class) << ": " << result.error().text();
}

inline order::Item item(std::int64_t id, const std::string& product = "mug", std::int32_t quantity = 2,
                        const std::string& price = "12.50") {
  return {id, product, quantity, *order::Price::parse(price)};
}

inline order::Order order_of(OrderId id, const std::string& status, std::optional<std::string> source = {}) {
  return {id, id % 10, status, std::move(source), {item(1), item(2, "plate", 1, "3.999")}};
}

inline NewOrder new_order(OrderId id, const std::string& key = {}) { return {order_of(id, "NEW"), key}; }

constexpr Timestamp record_time = from_millis(1'700'000'000'123);

/// A record of `orders` with all that a row needs.
inline Change change(std::int32_t partition, std::int64_t offset, OrderId id, const std::string& status,
                     std::optional<std::string> source = {}) {
  Change result;
  result.partition = partition;
  result.offset = offset;
  result.timestamp = record_time + Milliseconds{offset};
  result.order_id = id;
  result.is_new = status == "NEW";
  result.order = order_of(id, status, std::move(source));
  result.insertable = true;
  return result;
}

/// A record of which only id, status and source could be read.
inline Change bare(Change full) {
  full.insertable = false;
  full.order.items.clear();
  full.order.customer_id = 0;
  return full;
}

/// One partition's batch whose position moves from `expected` to behind the last change.
inline Batch batch_of(std::int64_t expected, std::vector<Change> changes) {
  Batch batch;
  batch.moves = {{changes.empty() ? 0 : changes.front().partition, expected,
                  changes.empty() ? expected + 1 : changes.back().offset + 1}};
  batch.changes = std::move(changes);
  return batch;
}

/// Applied counts what `batch` was given.
inline std::uint64_t sum(const Applied& applied) {
  return applied.applied + applied.superseded + applied.missing.size() + applied.refused.size();
}

inline std::int64_t position(Session& session, std::int32_t partition = 0) {
  const auto positions = session.positions();
  EXPECT_TRUE(ok(positions));
  for (const auto& found : positions.value_or(std::vector<Position>{})) {
    if (found.partition == partition) return found.next_offset;
  }
  return 0;
}

inline std::string status_of(Session& session, OrderId id) {
  const auto row = session.find(id);
  EXPECT_TRUE(ok(row));
  if (!row || !*row) return "(no row)";
  return (*row)->order.status;
}

inline Options postgres_options(const std::string& url) {
  Options options;
  options.config.backend = config::DatabaseBackend::postgresql;
  options.config.url = url;
  options.application_id = "app";
  options.topic = "orders";
  return options;
}

/// A migrated database of the backend, empty; sessions on it as many as a test likes.
class TestDatabase {
 public:
  explicit TestDatabase(config::DatabaseBackend backend) {
    if (backend == config::DatabaseBackend::postgresql) {
      postgres_.emplace();
      options_ = postgres_options(postgres_->url());
    } else {
      folder_.emplace("embedded");
      options_.config.backend = backend;
      options_.application_id = "app";
      options_.topic = "orders";
      options_.embedded_path = *folder_ / "orders";
    }
    reopen();
    const auto migrated = database_->migrate();
    if (!migrated) throw std::runtime_error(migrated.error().text());
  }

  /// With other options, the data as they are; all sessions must be gone.
  void reopen() {
    database_.reset();  // the embedded one can be open once only
    auto opened = open(options_);
    if (!opened) throw std::runtime_error(opened.error().text());
    database_ = std::move(*opened);
  }

  [[nodiscard]] Options& options() { return options_; }
  [[nodiscard]] Database& operator*() { return *database_; }
  [[nodiscard]] Database* operator->() { return database_.get(); }
  [[nodiscard]] test::PostgresDatabase& postgres() { return *postgres_; }

 private:
  std::optional<test::PostgresDatabase> postgres_;
  std::optional<test::TempFolder> folder_;
  Options options_;
  std::unique_ptr<Database> database_;
};

inline std::string backend_name(const testing::TestParamInfo<config::DatabaseBackend>& info) {
  return info.param == config::DatabaseBackend::postgresql ? "PostgreSql" : "Embedded";
}

inline auto both_backends() {
  return testing::Values(config::DatabaseBackend::postgresql, config::DatabaseBackend::embedded);
}

/// A test of what both backends do alike.
class BothBackends : public testing::TestWithParam<config::DatabaseBackend> {
 protected:
  void reopen_with(config::MissingOrder missing_order) {
    session_.reset();
    database_.options().config.missing_order = missing_order;
    database_.reopen();
    session_ = database_->session();
  }

  TestDatabase database_{GetParam()};
  std::unique_ptr<Session> session_ = database_->session();
};

/// A test of PostgreSQL alone.
class Postgres : public testing::Test {
 protected:
  [[nodiscard]] test::PostgresDatabase& server_side() { return database_.postgres(); }
  /// As the server sees the test's own user: a session ends there a moment after its connection was closed.
  [[nodiscard]] bool becomes_connected(int times) {
    const auto count = "SELECT count(*) FROM pg_stat_activity WHERE usename = '" + server_side().name() + "'";
    return test::wait_until(std::chrono::seconds{30},
                            [&] { return server_side().query(count) == std::to_string(times); });
  }
  TestDatabase database_{config::DatabaseBackend::postgresql};
  std::unique_ptr<Session> session_ = database_->session();
};

}  // namespace orders::database
