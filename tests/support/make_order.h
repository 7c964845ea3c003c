// An order for tests that do not care what it holds.
#pragma once

#include <string>
#include <utility>

#include "order/document.h"

namespace orders::test {

inline order::Order make_order(order::OrderId id, std::string status = "NEW") {
  order::Order order;
  order.id = id;
  order.customer_id = 7;
  order.status = std::move(status);
  order.items = {{1, "A", 2, order::Price(1050, 2)}};
  return order;
}

}  // namespace orders::test
