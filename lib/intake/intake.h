// New orders: checked, saved with their outbox row, published, confirmed.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_counts.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "database/database.h"
#include "kafka/types.h"

namespace orders::intake {

/// A request for an order, not yet checked. `problems` of check() name the members.
struct Request {
  std::int64_t customer_id = 0;
  std::vector<order::Item> items;  ///< item_id 0: numbered from 1
  std::string idempotency_key;
  bool unchecked = false;  ///< taken though the catalog could not tell of its products
};

/// One bad member of a request: {"items[2].quantity", "must be at least 1"}.
struct Problem {
  std::string member;
  std::string message;
};

/// JSON {customerId, items:[{productId, quantity, productPrice}]} to a Request; every bad member is named: customer
/// missing, no item, quantity below 1, price negative or with more than two decimals, an item twice, members of the wrong
/// type, unknown members. Fails with `invalid` for what is not a JSON object. Prices are read from their text, never
/// through a binary float.
struct Checked {
  Request request;
  std::vector<Problem> problems;
  std::optional<Error> unanswered;  ///< why the catalog did not tell of a product
};
[[nodiscard]] Result<Checked> check(std::string_view json);

/// Asks the catalog for the products of all of them at once. Each product that it does not have is a problem; a request
/// with one that it could not tell of, and accepts all the same, is `unchecked`.
void check_products(std::span<Result<Checked>> requests, catalog::Catalog& catalog,
                    catalog::Catalog::Clock::time_point deadline);

struct Accepted {
  order::Order order;
  bool existed = false;    ///< the idempotency key had been used: this is the order of that time
  bool published = false;  ///< else: saved, and published when the broker is back
  std::string topic;
  std::int32_t partition = -1;  ///< -1 where not published, or where that was not seen: before this start
  std::int64_t offset = -1;
};

struct IntakeOptions {
  kafka::Connection connection;
  std::string application_id;
  std::string instance_id;
  std::string topic;  ///< `orders`
  config::KeyFormat key_format = config::KeyFormat::int64;
  Milliseconds transaction_timeout{10'000};
  Milliseconds publish_timeout{5'000};  ///< after that the client hears "saved, will be published"
  std::size_t batch = 1'000;            ///< requests that share one transaction
  /// Called from one of intake's threads, at most once by each, when that can't go on (see GuardedThread): class `bug`.
  /// Whatever is submitted then is answered all the same.
  std::function<void(const Error&)> failed = {};
};

struct IntakeStatus {
  bool degraded = false;
  std::string reason;
  std::uint64_t accepted = 0, published = 0, repeated = 0, failed = 0;
  std::uint64_t unchecked = 0;  ///< of those accepted
  std::uint64_t outbox = 0;  ///< saved, not yet published, as last seen
  ErrorCounts retries{};     ///< calls that failed
};

/// Is an order in the table already, once the table has passed the read_uncommitted end of `orders`? Given by the
/// wiring, so that intake and view do not know one another. `wait` when the table can't say yet. Called on intake's
/// thread, which publishes nothing else in the meantime: it must answer within a few seconds.
using PublishedCheck = std::function<Result<std::vector<bool>>(const std::vector<order::OrderId>&)>;

/// Owns two threads. One takes what has been submitted and saves it in one database transaction; it never waits for the
/// broker. The other, with the producer of `<application_id>-intake-<instance_id>`, publishes what is saved in one
/// Kafka transaction, removes the outbox rows and answers. It also settles the leftovers of a crash: its own at the
/// start, a dead instance's after 30 s, under that instance's transactional id. The database must outlive it.
class Intake {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Intake>> start(const IntakeOptions& options, database::Database& database,
                                                             PublishedCheck published);
  virtual ~Intake() = default;
  /// Any thread. The futures become ready in any case: with `wait` when the database is away (nothing saved),
  /// `recreate` when it is not known whether the order was saved.
  [[nodiscard]] virtual std::vector<std::future<Result<Accepted>>> submit(std::vector<Request> requests) = 0;
  [[nodiscard]] virtual IntakeStatus status() const = 0;
  /// Finishes the batch under way; later submissions fail with `wait`.
  virtual void stop() = 0;
};

}  // namespace orders::intake
