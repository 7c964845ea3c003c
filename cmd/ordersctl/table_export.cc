#include "ordersctl/table_export.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "ordersctl/raw_json.h"
#include "table/filter.h"
#include "table/json.h"

namespace orders::ctl {
namespace {

void append_csv(std::string& out, const table::TableRow& row) {
  const auto members = table::members_of(row.value);
  out += fmt::format("{},{},{},{},", row.id, row.partition, row.offset, to_millis(row.timestamp));
  if (members.customer_id) out += std::to_string(*members.customer_id);
  out += ',';
  append_csv_field(out, members.status.value_or(""));
  out += ',';
  append_csv_field(out, members.source.value_or(""));
  out += ',';
  const bool as_it_is = is_json(row.value);
  if (as_it_is) append_csv_field(out, row.value);
  out += ',';
  if (!as_it_is) out += base64(row.value);
  out += '\n';
}

}  // namespace

std::string_view export_header(ExportFormat format) {
  if (format == ExportFormat::ndjson) return "";
  return "key,partition,offset,timestamp,customerId,status,source,value,value_base64\n";
}

void append_csv_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_row(std::string& out, const table::TableRow& row, ExportFormat format) {
  if (format == ExportFormat::csv) return append_csv(out, row);
  out += raw_json::one_line(table::row_json(row));
  out += '\n';
}

}  // namespace orders::ctl
