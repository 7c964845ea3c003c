#include "database/json.h"

#include <fmt/format.h>

#include "order/document.h"

namespace orders::database {

std::string row_json(const OrderRow& row) {
  auto json = order::to_json(row.order);
  json.pop_back();
  json += fmt::format(R"(,"createdAt":"{}","updatedAt":"{}","result":)", format_timestamp(row.created),
                      format_timestamp(row.updated));
  json += row.result_partition < 0
              ? "null"
              : fmt::format(R"({{"partition":{},"offset":{}}})", row.result_partition, row.result_offset);
  return json + "}";
}

}  // namespace orders::database
