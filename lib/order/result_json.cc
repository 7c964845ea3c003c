// The JSON that we write: a result spliced from the stock record, and a whole new order.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "order/document.h"

namespace orders::order {
namespace {

/// What to put instead of the bytes [begin, end).
struct Edit {
  std::uint32_t begin = 0, end = 0;
  std::string_view member;
  std::string_view text;

  [[nodiscard]] bool is_missing() const { return end == 0; }
};

std::string_view source_text(SourceChange change) {
  switch (change) {
    case SourceChange::null:
      return "null";
    case SourceChange::payment:
      return R"("PAYMENT")";
    case SourceChange::inventory:
      return R"("INVENTORY")";
    case SourceChange::keep:
      break;
  }
  return {};
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

bool is_splice_of(std::string_view json, const Splice& splice, Status status) {
  const auto& [status_begin, status_end, source_begin, source_end, close, has_members] = splice;
  if (close >= json.size() || json[close] != '}') return false;
  if (status_end > close || status_begin >= status_end || status_end - status_begin < 2) return false;
  if (json[status_begin] != '"' || json[status_end - 1] != '"') return false;
  if (source_end != 0 && (source_end > close || source_begin >= source_end)) return false;
  const auto written = parse_status(json.substr(status_begin + 1, status_end - status_begin - 2));
  return written == Status::unknown || written == status;  // a known one may be written with escapes
}

std::string splice_result(std::string_view stock_json, const Splice& splice, const Resolution& resolution) {
  if (resolution.as_it_came) return std::string(stock_json);
  std::string status(1, '"');
  (status += to_string(resolution.status)) += '"';
  std::array<Edit, 2> edits{{
      {splice.status_begin, splice.status_end, "status", status},
      {splice.source_begin, splice.source_end, "source", source_text(resolution.source)},
  }};
  if (edits[1].begin < edits[0].begin && !edits[1].is_missing()) std::swap(edits[0], edits[1]);

  std::string out;
  out.reserve(stock_json.size() + 48);  // room for both members where they are missing
  std::size_t copied = 0;
  for (const Edit& edit : edits) {
    if (edit.text.empty() || edit.is_missing()) continue;
    out.append(stock_json, copied, edit.begin - copied);
    out += edit.text;
    copied = edit.end;
  }
  out.append(stock_json, copied, splice.close - copied);
  bool needs_comma = splice.has_members;
  for (const Edit& edit : edits) {
    if (edit.text.empty() || !edit.is_missing()) continue;
    if (std::exchange(needs_comma, true)) out += ',';
    ((((out += '"') += edit.member) += "\":") += edit.text);
  }
  return out.append(stock_json, splice.close);
}

std::string to_json(const Order& order) {
  std::string out = fmt::format(R"({{"orderId":{},"customerId":{},"status":)", order.id, order.customer_id);
  append_string(out, order.status);
  out += R"(,"source":)";
  if (order.source) {
    append_string(out, *order.source);
  } else {
    out += "null";
  }
  out += R"(,"items":[)";
  for (const Item& item : order.items) {
    if (&item != &order.items.front()) out += ',';
    out += fmt::format(R"({{"itemId":{},"productId":)", item.item_id);
    append_string(out, item.product_id);
    out += fmt::format(R"(,"quantity":{},"productPrice":{}}})", item.quantity, item.price.text());
  }
  return out += "]}";
}

}  // namespace orders::order
