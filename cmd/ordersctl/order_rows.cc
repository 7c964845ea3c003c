#include "ordersctl/order_rows.h"

#include <fmt/format.h>

#include "base/time.h"
#include "ordersctl/output.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {

namespace {

/// Where the order was published, or its result's place on `orders`.
std::string record_of(std::string_view order) {
  const auto result = raw_json::member(order, "result").value_or(order);
  if (!raw_json::integer(result, "offset")) return "-";
  const auto topic = raw_json::text(result, "topic");
  const auto partition = raw_json::text(result, "partition"), offset = raw_json::text(result, "offset");
  return topic.empty() ? fmt::format("partition {}, offset {}", partition, offset)
                       : fmt::format("{}[{}]@{}", topic, partition, offset);
}

}  // namespace

std::vector<std::string> order_titles() { return {">ORDER", ">CUSTOMER", "STATUS", "SOURCE", ">ITEMS", "UPDATED"}; }

std::vector<std::string> order_cells(std::string_view order) {
  const auto items = raw_json::elements(raw_json::member(order, "items").value_or("[]"));
  return {raw_json::text(order, "orderId"), raw_json::text(order, "customerId"), raw_json::text(order, "status"),
          raw_json::text(order, "source"),  std::to_string(items.size()),        raw_json::text(order, "updatedAt")};
}

std::string order_text(std::string_view order, bool colour) {
  Table table({">ORDER", ">CUSTOMER", "STATUS", "SOURCE", "RECORD"});
  table.add({raw_json::text(order, "orderId"), raw_json::text(order, "customerId"), raw_json::text(order, "status"),
             raw_json::text(order, "source"), record_of(order)});
  Table items({">ITEM", "PRODUCT", ">QUANTITY", ">PRICE"});
  for (const auto item : raw_json::elements(raw_json::member(order, "items").value_or("[]"))) {
    items.add({raw_json::text(item, "itemId"), raw_json::text(item, "productId"), raw_json::text(item, "quantity"),
               raw_json::text(item, "productPrice")});
  }
  return items.empty() ? table.text(colour) : table.text(colour) + "\n" + items.text(colour);
}

std::string record_time(std::string_view row) {
  const auto millis = raw_json::integer(row, "timestamp");
  return millis && *millis >= 0 ? format_timestamp(from_millis(*millis)) : raw_json::text(row, "timestamp");
}

}  // namespace orders::ctl
