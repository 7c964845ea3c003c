// Rows of the table as lines of a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "table/row.h"

namespace orders::ctl {

enum class ExportFormat : std::uint8_t { ndjson, csv };

/// "" where the format has none.
[[nodiscard]] std::string_view export_header(ExportFormat format);

/// Appends a row. NDJSON: as of GET /api/orders/store/{id}. CSV: key, partition, offset, timestamp (ms), customerId,
/// status, source, value, value_base64; the three members are empty where the value does not have them, one of the last
/// two always is, as in NDJSON.
void append_row(std::string& out, const table::TableRow& row, ExportFormat format);

/// A field as RFC 4180 has it: in quotes where it holds a comma, a quote or the end of a line; else as it is.
void append_csv_field(std::string& out, std::string_view text);

}  // namespace orders::ctl
