#include <fmt/format.h>

#include <iterator>

#include "base/bytes.h"
#include "order/key.h"
#include "replay/capture.h"
#include "replay/json_text.h"

namespace orders::replay {
namespace {

void append_base64(std::string& out, std::string_view bytes) { ((out += '"') += base64(bytes)) += '"'; }

void append_key(std::string& out, const std::optional<std::string>& key, config::KeyFormat format) {
  const auto id = key ? order::decode_key(*key, format) : std::nullopt;
  if (!key) {
    out += R"(,"key":null)";
  } else if (!id) {
    append_base64(out += R"(,"key_base64":)", *key);
  } else {
    const std::string_view quote = format == config::KeyFormat::int64 ? "" : "\"";
    fmt::format_to(std::back_inserter(out), R"(,"key":{0}{1}{0})", quote, *id);
  }
}

void append_value(std::string& out, const std::optional<std::string>& value) {
  if (!value) {
    out += R"(,"value":null)";
  } else if (*value != "null" && value->find_first_of("\r\n") == std::string::npos && is_bare_json(*value)) {
    (out += R"(,"value":)") += *value;
  } else {
    append_base64(out += R"(,"value_base64":)", *value);
  }
}

/// Headers hold any bytes.
void append_text(std::string& out, std::string_view bytes) {
  if (is_utf8(bytes)) return append_json_string(out, bytes);
  append_base64(out += R"({"base64":)", bytes);
  out += '}';
}

void append_headers(std::string& out, const std::vector<kafka::Header>& headers) {
  if (headers.empty()) return;
  out += R"(,"headers":[)";
  for (const auto& [name, value] : headers) {
    if (out.back() != '[') out += ',';
    append_text(out += '[', name);
    out += ',';
    if (value) {
      append_text(out, *value);
    } else {
      out += "null";
    }
    out += ']';
  }
  out += ']';
}

}  // namespace

void append_line(std::string& out, const Record& record, config::KeyFormat key_format) {
  append_json_string(out += R"({"topic":)", record.topic);
  const auto put = std::back_inserter(out);
  fmt::format_to(put, R"(,"partition":{})", record.partition);
  if (record.offset != no_offset) fmt::format_to(put, R"(,"offset":{})", record.offset);
  fmt::format_to(put, R"(,"timestamp":{})", to_millis(record.timestamp));
  append_key(out, record.key, key_format);
  append_value(out, record.value);
  append_headers(out, record.headers);
  out += "}\n";
}

}  // namespace orders::replay
