// The embedded database: one process, no server.
#include "base/bytes.h"
#include "base/heartbeat.h"
#include "database/backends.h"
#include "database/embedded_codec.h"
#include "database/embedded_session.h"

namespace orders::database {
namespace {

constexpr auto restore =
    "it is left as it is, for nothing makes it anew: docs/recovery.md, 'The embedded database is damaged'";

}  // namespace

Error corrupt(const Options& options, std::string_view what) {
  return {ErrorClass::gap, "the embedded database in " + options.embedded_path + " is corrupt: " + std::string(what),
          restore};
}

Result<EmbeddedStore::Locked> EmbeddedStore::lock() {
  const heartbeat::Wait wait("waiting for the embedded database", heartbeat::slow_disk);
  std::unique_lock lock(mutex_);
  if (!store_) {
    if (auto opened = open(); !opened) return fail(opened.error());
  }
  return Locked(std::move(lock), *store_);
}

Result<> EmbeddedStore::open() {
  auto store = rocks::Store::open({.path = options_.embedded_path,
                                   .memory = options_.embedded_memory,
                                   .cache = options_.embedded_memory / 4,
                                   .write_ahead_log = true,
                                   .when_damaged = restore});
  if (!store) return fail(store.error());
  const auto version = store->get(version_key);
  if (!version) return fail(version.error());
  if (!*version) {
    rocks::Batch batch;
    batch.put(version_key, std::to_string(embedded_version));
    if (auto written = store->write(batch, true); !written) return fail(written.error());
  } else if (const auto found = parse_int64(**version); !found || *found > embedded_version) {
    return fail(ErrorClass::invalid,
                "this ordersd is too old for the embedded database in " + options_.embedded_path + " (layout " +
                    printable(**version) + ")",
                "upgrade it");
  }
  store_.emplace(std::move(*store));
  return {};
}

Result<std::optional<OrderRow>> read_row(const EmbeddedStore& owner, const rocks::Store& store, OrderId id) {
  const auto bytes = store.get(order_key(id));
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return std::nullopt;
  auto row = decode_order(id, **bytes);
  if (!row) return fail(corrupt(owner.options(), "order " + std::to_string(id)));
  return row;
}

void insert_row(rocks::Batch& batch, OrderRow row) {
  const auto by_id = [](const order::Item& a, const order::Item& b) { return a.item_id < b.item_id; };
  std::sort(row.order.items.begin(), row.order.items.end(), by_id);
  batch.put(order_key(row.order.id), encode(row));
  batch.put(status_key(row.order.status, row.order.id), {});
  batch.put(customer_key(row.order.customer_id, row.order.id), {});
}

namespace {

class EmbeddedDatabase final : public Database {
 public:
  explicit EmbeddedDatabase(const Options& options) : store_(options) {}

  std::unique_ptr<Session> session() override { return std::make_unique<EmbeddedSession>(store_); }
  // Made and migrated when it is opened: nobody else shares it.
  Result<SchemaState> schema() override {
    if (auto store = store_.lock(); !store) return fail(store.error());
    return SchemaState{embedded_version, embedded_version};
  }
  Result<std::vector<int>> migrate() override {
    if (auto store = store_.lock(); !store) return fail(store.error());
    return std::vector<int>{};
  }
  std::string describe() const override { return "the embedded database in " + store_.options().embedded_path; }

 private:
  EmbeddedStore store_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_embedded(const Options& options) {
  if (options.embedded_path.empty()) return fail(ErrorClass::invalid, "the embedded database has no folder");
  return std::make_unique<EmbeddedDatabase>(options);
}

}  // namespace orders::database
