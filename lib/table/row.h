// A row of the table.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "order/key.h"

namespace orders::table {

struct TableRow {
  order::OrderId id = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::string value;  ///< the record's value, byte for byte
};

}  // namespace orders::table
