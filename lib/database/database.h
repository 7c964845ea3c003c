// Orders in a database: rows and items, the outbox of new orders, and the position up to which `orders` was applied.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "order/document.h"

namespace orders::database {

using order::OrderId;

/// An order as it stands in the database.
struct OrderRow {
  order::Order order;
  Timestamp created;
  Timestamp updated;
  std::int32_t result_partition = -1;  ///< of the `orders` record applied last; -1: none yet
  std::int64_t result_offset = -1;
};

/// A new order to be saved together with its outbox row.
struct NewOrder {
  order::Order order;           ///< status NEW
  std::string idempotency_key;  ///< empty: none. Unique where it is not
};

/// What save_new did with each, in the order given.
struct Saved {
  order::Order order;    ///< as it is in the database: the earlier one, if the idempotency key was there already
  bool existed = false;  ///< the key was there already; nothing was written
  bool pending = false;  ///< then: its outbox row is still there, whichever instance publishes it
};

/// A saved order that is still to be published.
struct OutboxRow {
  OrderId order_id = 0;
  std::string claimant;  ///< the instance that publishes it
  Timestamp created;
};

struct ListFilter {
  std::optional<std::string> status;
  std::optional<std::int64_t> customer_id;
  std::optional<OrderId> after;  ///< ids above this one
  std::size_t limit = 100;
};

/// A position in the log of `orders`, per partition.
struct Position {
  std::int32_t partition = 0;
  std::int64_t next_offset = 0;
};

/// One record of `orders`, as the database view hands it over. An id lives on one partition: there the offset says
/// which of two changes is newer. Should an id show up on two partitions, the later timestamp wins within a batch, and
/// a row whose last result came from another partition is overwritten (the topic was made anew).
struct Change {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp;  ///< becomes `created` of a row that is inserted, moved into the years 1970 to 9999
  OrderId order_id = 0;
  bool is_new = false;      ///< status NEW: inserts the order if it is missing, and changes nothing else
  order::Order order;       ///< complete where `insertable`, else id, status, source only
  bool insertable = false;  ///< all members that a row needs were there
};

/// A change whose row the database refuses: written alone, after the position had moved, in the transaction that then
/// took the others. Nothing that befalls the transaction as a whole (locks, timeouts, a lost connection, a position that
/// was not the expected one) ever makes one.
struct Refusal {
  std::size_t change = 0;  ///< its index
  std::string message;
  /// False: the data or a constraint (SQLSTATE 22, 23, 54; NUL in a text; an item twice). True: a rule that somebody
  /// added, as a trigger's RAISE or a view's check (P0, 44), which may say something else the next time.
  bool may_pass = false;
};

/// What became of the changes; their sum is the batch's changes.
struct Applied {
  std::uint64_t applied = 0;  ///< rows updated or inserted
  std::uint64_t superseded =
      0;  ///< a newer change of the same id was there (in the batch or the row), or NEW of a row that is there
  std::vector<std::size_t>
      missing;  ///< indices of changes whose row is missing (missing_order other than create, or not insertable)
  std::vector<Refusal> refused;
};

/// A view's batch: positions move from `expected` to `next` in the same transaction as the rows (compare-and-set).
struct Batch {
  struct Move {
    std::int32_t partition = 0;
    std::int64_t expected = 0;  ///< 0 where the database has no row yet
    std::int64_t next = 0;
  };
  std::vector<Move> moves;
  std::vector<Change> changes;  ///< in offset order within a partition; several for one id are allowed
  /// Called by apply() once at the most, inside its transaction, after the rows and positions are written and before
  /// the commit; so dead letters of refused and missing rows are out before the position moves past them. An error
  /// rolls the transaction back and is apply()'s own error, unchanged. May be empty. It must not use the session.
  std::function<Result<>(const Applied&)> before_commit;
  /// Rows whose last result is of one of these partitions forget its place before the changes come, in the same
  /// transaction: the topic was made anew, so its offsets say nothing any more. Looks at every row.
  std::vector<std::int32_t> forgotten{};
};

/// One session; one thread; must not outlive its Database. Every call is a transaction of its own. Error classes:
/// `wait` (away, out of connections, read-only, shutting down: SQLSTATE 08, 25006, 53, 57, 58; also refused at the door
/// or for lack of a privilege: 28, 3D, 42501, which are mended without a restart), `abort` (40, 55: try again; a
/// position that was not the expected one; a commit whose outcome is unknown), `invalid` (no such table or column:
/// 42P01, 42703; not migrated), `record` (see Refusal for the codes), `bug` otherwise. After any error the session must
/// be asked for its positions again. The next call has a new connection after `wait`: a session may have begun with what
/// is mended since, as one that is read-only.
class Session {
 public:
  virtual ~Session() = default;

  // --- intake
  /// All or none. `record` when the database refuses one of them (which, it does not say); `abort` when an id is taken
  /// already, and when the outcome is unknown: find() tells whether they were saved.
  [[nodiscard]] virtual Result<std::vector<Saved>> save_new(std::span<const NewOrder> orders,
                                                            std::string_view claimant) = 0;
  /// Rows claimed by `claimant`, oldest first.
  [[nodiscard]] virtual Result<std::vector<OutboxRow>> outbox(std::string_view claimant, std::size_t limit) = 0;
  /// Claimants that have rows older than `age`.
  [[nodiscard]] virtual Result<std::vector<std::string>> outbox_claimants(Milliseconds age) = 0;
  /// Moves rows of `from` to `to`; the number moved.
  [[nodiscard]] virtual Result<std::uint64_t> outbox_claim(std::string_view from, std::string_view to) = 0;
  [[nodiscard]] virtual Result<> outbox_remove(std::span<const OrderId> ids) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> outbox_depth() = 0;

  // --- view
  /// The positions of (application, topic); partitions without one are left out.
  [[nodiscard]] virtual Result<std::vector<Position>> positions() = 0;
  [[nodiscard]] virtual Result<Applied> apply(const Batch& batch) = 0;

  // --- queries
  [[nodiscard]] virtual Result<std::optional<OrderRow>> find(OrderId id) = 0;
  [[nodiscard]] virtual Result<std::vector<OrderRow>> list(const ListFilter& filter) = 0;
  struct StatusCount {
    std::string status;
    std::uint64_t count = 0;
  };
  [[nodiscard]] virtual Result<std::vector<StatusCount>> count_by_status() = 0;
};

/// The database's schema against the one this program needs.
struct SchemaState {
  int found = 0;  ///< 0: none
  int needed = 0;
  [[nodiscard]] bool matches() const { return found == needed; }
};

/// Limits of every session with PostgreSQL. Those of the server can be changed with `options` in the URL.
struct Timeouts {
  Milliseconds connect{5'000};               ///< per address; libpq counts whole seconds, at least 2
  Milliseconds lock{5'000};                  ///< the server's lock_timeout
  Milliseconds statement{30'000};            ///< the server's statement_timeout
  Milliseconds idle_in_transaction{30'000};  ///< the server's: how long a paused writer can hold its rows
  Milliseconds network{10'000};              ///< TCP_USER_TIMEOUT and keepalives
  Milliseconds hung{40'000};  ///< a statement without an answer is cut off here: a stopped server keeps no limits
};

struct Options {
  config::Database config;
  std::string application_id;
  std::string topic;          ///< of `orders`; part of the positions' key
  std::string embedded_path;  ///< folder of the embedded database
  std::uint64_t embedded_memory = 32ull << 20;
  Timeouts timeouts;
};

/// Any thread. There is none for the backend `none`.
class Database {
 public:
  virtual ~Database() = default;
  /// Neither PostgreSQL's nor RocksDB's: connects lazily, so it never fails for a database that is away.
  [[nodiscard]] virtual std::unique_ptr<Session> session() = 0;
  /// The version found and the one needed; `wait` when away. See require_schema().
  [[nodiscard]] virtual Result<SchemaState> schema() = 0;
  /// Brings the schema up to date, one transaction a version; returns the versions applied, none when it was up to
  /// date. Safe to run twice at once. `invalid` for a schema that is newer than this program.
  [[nodiscard]] virtual Result<std::vector<int>> migrate() = 0;
  /// "PostgreSQL 15.3 at localhost:5432/orders", never the password.
  [[nodiscard]] virtual std::string describe() const = 0;
  /// Calls under way that wait for an answer fail at once, with `wait` (or `abort` in a commit); later calls work. For
  /// a stop while PostgreSQL hangs.
  virtual void interrupt() {}
};

/// Fails with `invalid` for a URL that can't be understood; `none` gives a null pointer.
[[nodiscard]] Result<std::unique_ptr<Database>> open(const Options& options);

/// Fails with `invalid` and the command that mends it unless the schema is the one that this program needs; `wait` when
/// the database is away.
[[nodiscard]] Result<> require_schema(Database& database);

}  // namespace orders::database
