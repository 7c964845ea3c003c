#include "database/embedded_codec.h"

#include "base/bytes.h"
#include "order/key.h"

namespace orders::database {
namespace {

void append_text(std::string& out, std::string_view text) {
  append_be32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void append_number(std::string& out, std::int64_t number) { append_be64(out, static_cast<std::uint64_t>(number)); }

/// Reads what append_* wrote; after the first thing that is not there everything is empty and ok() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::int64_t number() {
    const auto bytes = take(8);
    return ok_ ? static_cast<std::int64_t>(load_be64(bytes.data())) : 0;
  }
  std::uint32_t length() {
    const auto bytes = take(4);
    return ok_ ? load_be32(bytes.data()) : 0;
  }
  std::string text() { return std::string(take(length())); }
  bool flag() {
    const auto byte = take(1);
    return ok_ && byte[0] != 0;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t n) {
    if (!ok_ || rest_.size() < n) {
      ok_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string order_key(OrderId id) { return "o" + order::sortable_key(id); }

// A NUL within is followed by 0xff and the end by a second NUL, so that no status is another's prefix.
std::string status_prefix(std::string_view status) {
  std::string key = "s";
  for (const char c : status) {
    key += c;
    if (c == '\0') key += '\xff';
  }
  key.append(2, '\0');
  return key;
}

std::string status_key(std::string_view status, OrderId id) { return status_prefix(status) + order::sortable_key(id); }

std::string status_of_key(std::string_view key) {
  key.remove_prefix(1);
  key.remove_suffix(2 + sizeof(OrderId));
  std::string status;
  for (std::size_t i = 0; i < key.size(); ++i) {
    status += key[i];
    if (key[i] == '\0') ++i;
  }
  return status;
}

std::string customer_prefix(std::int64_t customer_id) { return "c" + order::sortable_key(customer_id); }
std::string customer_key(std::int64_t customer_id, OrderId id) {
  return customer_prefix(customer_id) + order::sortable_key(id);
}
std::string idempotency_key(std::string_view key) { return "k" + std::string(key); }
std::string outbox_key(OrderId id) { return "x" + order::sortable_key(id); }

std::string positions_prefix(std::string_view application_id, std::string_view topic) {
  std::string prefix = "p";
  for (const auto name : {application_id, topic}) {
    prefix += name;
    prefix += '\0';
  }
  return prefix;
}

std::string position_key(std::string_view application_id, std::string_view topic, std::int32_t partition) {
  std::string key = positions_prefix(application_id, topic);
  append_be32(key, static_cast<std::uint32_t>(partition));
  return key;
}

OrderId id_of_key(std::string_view key) {
  return order::from_sortable_key(key.substr(key.size() - sizeof(OrderId))).value_or(0);
}

std::string encode(const OrderRow& row) {
  std::string bytes;
  append_number(bytes, row.order.customer_id);
  append_number(bytes, to_millis(row.created));
  append_number(bytes, to_millis(row.updated));
  append_number(bytes, row.result_partition);
  append_number(bytes, row.result_offset);
  append_text(bytes, row.order.status);
  bytes += row.order.source ? '\1' : '\0';
  if (row.order.source) append_text(bytes, *row.order.source);
  append_be32(bytes, static_cast<std::uint32_t>(row.order.items.size()));
  for (const auto& item : row.order.items) {
    append_number(bytes, item.item_id);
    append_text(bytes, item.product_id);
    append_number(bytes, item.quantity);
    append_text(bytes, item.price.text());
  }
  return bytes;
}

std::optional<OrderRow> decode_order(OrderId id, std::string_view bytes) {
  Reader reader(bytes);
  OrderRow row;
  row.order.id = id;
  row.order.customer_id = reader.number();
  row.created = from_millis(reader.number());
  row.updated = from_millis(reader.number());
  row.result_partition = static_cast<std::int32_t>(reader.number());
  row.result_offset = reader.number();
  row.order.status = reader.text();
  if (reader.flag()) row.order.source = reader.text();
  for (std::uint32_t items = reader.length(); items > 0 && reader.ok(); --items) {
    order::Item item;
    item.item_id = reader.number();
    item.product_id = reader.text();
    item.quantity = static_cast<std::int32_t>(reader.number());
    const auto price = order::Price::parse(reader.text());
    if (!price) return {};
    item.price = *price;
    row.order.items.push_back(std::move(item));
  }
  if (!reader.at_end()) return {};
  return row;
}

std::string encode(const OutboxRow& row) {
  std::string bytes;
  append_number(bytes, to_millis(row.created));
  bytes += row.claimant;
  return bytes;
}

std::optional<OutboxRow> decode_outbox(OrderId id, std::string_view bytes) {
  if (bytes.size() < 8) return {};
  const auto created = static_cast<std::int64_t>(load_be64(bytes.data()));
  return OutboxRow{id, std::string(bytes.substr(8)), from_millis(created)};
}

std::string encode_number(std::int64_t number) {
  std::string bytes;
  append_number(bytes, number);
  return bytes;
}

std::optional<std::int64_t> decode_number(std::string_view bytes) {
  if (bytes.size() != 8) return {};
  return static_cast<std::int64_t>(load_be64(bytes.data()));
}

}  // namespace orders::database
