// The story as people read it, and as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "ordersctl/order_rows.h"
#include "ordersctl/order_story.h"
#include "ordersctl/output.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

using Kind = TracedRecord::Kind;
using State = Holding::State;

constexpr std::array kinds = {Kind::announced, Kind::payment, Kind::stock, Kind::result, Kind::dead_letter};

/// Its status, or what became of it.
std::string headline(const OrderTrace& trace, const OrderState& state) {
  const auto& results = trace.records.of(Kind::result);
  if (!results.empty()) return results.back().status;
  if (state.kind == OrderState::Kind::stored && trace.row.state == State::present) {
    return raw_json::text(trace.row.json, "status");
  }
  return std::string(to_string(state.kind));
}

std::string record_line(const TracedRecord& record) {
  if (record.kind != Kind::dead_letter) return record.source;
  return fmt::format("{}{}: {}", record.origin.empty() ? "" : record.origin + ", ",
                     record.original.empty() ? "unknown record" : record.original, record.message);
}

std::string records_text(const TracedRecords& records, bool colour) {
  Table table({"RECORD", "WHERE", "TIME", "STATUS", "SOURCE"});
  std::string letters, more;
  for (const auto& record : records.all()) {
    const bool letter = record.kind == Kind::dead_letter;
    table.add({letter ? "dead letter" : std::string(to_string(record.kind)), record.where(),
               format_timestamp(record.time), letter ? record.reason : record.status, letter ? "" : record.source});
    if (letter) letters += fmt::format("  {}: {}\n", record.where(), printable(record_line(record)));
  }
  for (const auto kind : kinds) {
    if (const auto count = records.left_out(kind)) {
      more += fmt::format("  and {} older of kind {}\n", grouped(count), to_string(kind));
    }
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour) + letters + more;
}

std::string row_text(const Holding& row) {
  switch (row.state) {
    case State::absent:
      return "no row";
    case State::not_kept:
      return row.why;
    case State::unknown:
      return "could not be asked: " + row.why;
    case State::present:
      break;
  }
  return fmt::format("{}, updated {}", raw_json::text(row.json, "status"), raw_json::text(row.json, "updatedAt"));
}

std::string table_text(const Holding& table) {
  switch (table.state) {
    case State::absent:
      return "no row";
    case State::not_kept:
      return table.why;
    case State::unknown:
      return "could not be asked: " + table.why;
    case State::present:
      break;
  }
  const auto value = raw_json::member(table.json, "value").value_or("{}");
  return fmt::format("{}, partition {}, offset {}, {}", raw_json::text(value, "status"),
                     raw_json::text(table.json, "partition"), raw_json::text(table.json, "offset"),
                     record_time(table.json));
}

std::string text_or_null(const std::string& text) { return text.empty() ? "null" : raw_json::quote(text); }

std::string strings_json(const std::vector<std::string>& strings) {
  std::string list;
  for (const auto& text : strings) list += (list.empty() ? "" : ",") + raw_json::quote(text);
  return "[" + list + "]";
}

std::string record_json(const TracedRecord& record) {
  return fmt::format(
      R"({{"kind":"{}","topic":{},"partition":{},"offset":{},"timestamp":{},"status":{},"source":{},"reason":{},)"
      R"("message":{},"origin":{},"original":{}}})",
      to_string(record.kind), raw_json::quote(record.at.topic), record.at.partition, record.offset,
      to_millis(record.time), text_or_null(record.status), text_or_null(record.source), text_or_null(record.reason),
      text_or_null(record.message), text_or_null(record.origin), text_or_null(record.original));
}

}  // namespace

std::string story_text(const OrderTrace& trace, const OrderState& state, bool colour) {
  std::string text = fmt::format("order {}: {}\n", trace.id, headline(trace, state));
  for (const auto& words : state.words) text += fmt::format("  {}\n", words);
  text += records_text(trace.records, colour);
  return text + fmt::format("\ndatabase: {}\ntable: {}\n", row_text(trace.row), table_text(trace.table));
}

std::string story_json(const OrderTrace& trace, const OrderState& state) {
  std::string records;
  std::uint64_t left_out = 0;
  for (const auto& record : trace.records.all()) records += (records.empty() ? "" : ",") + record_json(record);
  for (const auto kind : kinds) left_out += trace.records.left_out(kind);
  std::vector<std::string> unavailable;
  if (trace.row.state == State::unknown) unavailable.push_back("database: " + trace.row.why);
  if (trace.table.state == State::unknown) unavailable.push_back("table: " + trace.table.why);
  return fmt::format(
             R"({{"orderId":{},"state":"{}","waitsFor":{},"since":{},"words":{},"records":[{}],"leftOut":{},)"
             R"("row":{},"table":{},"unavailable":{},"lookedBack":{}}})",
             trace.id, to_string(state.kind), strings_json(state.waits_for),
             state.since ? raw_json::quote(format_timestamp(*state.since)) : "null", strings_json(state.words),
             records, left_out, trace.row.json.empty() ? "null" : trace.row.json,
             trace.table.json.empty() ? "null" : trace.table.json, strings_json(unavailable),
             raw_json::quote(format_duration(trace.looked_back))) +
         "\n";
}

}  // namespace orders::ctl
