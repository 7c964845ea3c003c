#include "database/migrations.h"

#include <iterator>

namespace orders::database {
namespace {

// Quantities and prices carry no checks: what another program put on the topic is kept as it is. Keys of requests are
// indexed only where there is one. (customer_id, id) serves `order list`, which pages by id.
//
// No index holds a column that a result changes, and half of every page is left free for the row's next version: so a
// result is one heap-only update, which no index has to follow. With an index on (status, id) PostgreSQL's CPU time for
// a result was more than twice as high (82,000 results per CPU second without it, 38,000 with it). `order list
// --status` walks the primary key instead and stops at its limit; for a status that is rare it reads the table.
constexpr Migration all[] = {
    {1, "orders, items, outbox, positions", R"sql(
CREATE TABLE orders (
  id               bigint      PRIMARY KEY,
  customer_id      bigint      NOT NULL,
  status           text        NOT NULL,
  source           text,
  idempotency_key  text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  result_partition int,
  result_offset    bigint
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX orders_idempotency_key ON orders (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX orders_customer ON orders (customer_id, id);
COMMENT ON COLUMN orders.result_offset IS 'of the record on the orders topic that was applied last';

CREATE TABLE order_items (
  order_id      bigint  NOT NULL REFERENCES orders ON DELETE CASCADE,
  item_id       bigint  NOT NULL,
  product_id    text    NOT NULL,
  quantity      int     NOT NULL,
  product_price numeric NOT NULL,
  PRIMARY KEY (order_id, item_id)
);

CREATE TABLE outbox (
  order_id   bigint      PRIMARY KEY REFERENCES orders ON DELETE CASCADE,
  claimant   text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_claimant ON outbox (claimant, created_at);
COMMENT ON TABLE outbox IS 'orders saved but not yet published; claimant: the instance that publishes them';

CREATE TABLE positions (
  application_id text        NOT NULL,
  topic          text        NOT NULL,
  partition      int         NOT NULL,
  next_offset    bigint      NOT NULL,
  updated_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (application_id, topic, partition)
);
COMMENT ON TABLE positions IS 'how far the orders topic has been applied to orders; moved in the same transaction';
)sql"},
};

}  // namespace

std::span<const Migration> migrations() { return all; }
int needed_version() { return std::prev(std::end(all))->version; }

}  // namespace orders::database
