#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "order/key.h"
#include "replay/capture.h"
#include "replay/json_text.h"

namespace orders::replay {
namespace {

constexpr std::array<std::string_view, 8> names{"topic", "partition",  "offset", "timestamp",
                                                "key",   "key_base64", "value",  "value_base64"};
constexpr std::string_view headers_name = "headers";
constexpr std::string_view utf8_bom = "\xEF\xBB\xBF";

std::size_t index_of(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

/// Reads one line's members into a record.
struct Line {
  JsonText& json;
  config::KeyFormat key_format;
  Record record;
  bool headers_found = false;

  bool member(std::string_view name) {
    if (name == "topic") return topic();
    if (name == "partition") return partition();
    if (name == "offset") return offset();
    if (name == "timestamp") return timestamp();
    if (name == "key") return key();
    if (name == "key_base64") return base64(record.key.emplace());
    if (name == "value") return value();
    if (name == "value_base64") return base64(record.value.emplace());
    return headers();
  }

  bool topic() {
    const auto at = json.at();
    return json.string(record.topic) && (!record.topic.empty() || json.refuse(at, "the topic has no name"));
  }
  bool partition() {
    const auto at = json.at();
    std::int64_t number = 0;
    if (!json.integer(number)) return false;
    if (number < any_partition || number > std::numeric_limits<std::int32_t>::max()) {
      return json.refuse(at, fmt::format("{} is no partition number", number));
    }
    record.partition = static_cast<std::int32_t>(number);
    return true;
  }
  bool offset() {
    const auto at = json.at();
    return json.integer(record.offset) &&
           (record.offset >= 0 || json.refuse(at, fmt::format("{} is no offset", record.offset)));
  }
  bool timestamp() {
    std::int64_t millis = 0;
    if (!json.integer(millis)) return false;
    record.timestamp = from_millis(millis);
    return true;
  }

  bool key() {
    if (json.take_null()) return true;
    const auto at = json.at();
    const bool as_number = key_format == config::KeyFormat::int64;
    if ((json.peek() == '"') == as_number) {
      return json.refuse(at, as_number ? "the key is no number, but topics.key_format is int64"
                                       : "the key is no string, but topics.key_format is string");
    }
    if (!as_number) return json.string(record.key.emplace());
    order::OrderId id = 0;
    if (!json.integer(id)) return false;
    record.key = order::encode_key(id, key_format);
    return true;
  }

  bool value() {
    if (json.take_null()) return true;
    std::string_view raw;
    if (!json.value(raw)) return false;
    record.value = raw;
    return true;
  }

  bool base64(std::string& bytes) {
    const auto at = json.at();
    std::string text;
    if (!json.string(text)) return false;
    auto decoded = decode_base64(text);
    if (!decoded) return json.refuse(at, "this is not base64");
    bytes = *std::move(decoded);
    return true;
  }

  bool headers() {
    headers_found = true;
    return json.array([&] {
      const auto at = json.at();
      auto& header = record.headers.emplace_back();
      int part = 0;
      const bool read = json.array([&] {
        ++part;
        if (part == 1) return text(header.name);
        if (part == 2) return json.take_null() || text(header.value.emplace());
        return json.refuse(at, "a header is a name and a value");
      });
      return read && (part == 2 || json.refuse(at, "a header is a name and a value"));
    });
  }
  bool text(std::string& bytes) {
    if (json.peek() != '{') return json.string(bytes);
    const auto at = json.at();
    bool found = false;
    const bool read = json.object([&](std::string_view name) {
      if (name != "base64" || std::exchange(found, true)) return refuse_bytes(at);
      return base64(bytes);
    });
    return read && (found || refuse_bytes(at));
  }
  bool refuse_bytes(std::size_t at) { return json.refuse(at, R"(a header's bytes are {"base64": "…"})"); }
};

std::string unknown_member(std::string_view name) {
  auto known = std::vector<std::string_view>(names.begin(), names.end());
  known.push_back(headers_name);
  const auto meant = nearest(name, known);
  return fmt::format("a capture knows no member '{}'{}", printable(name, 40),
                     meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
}

}  // namespace

CaptureReader::CaptureReader(std::istream& in, std::string name, config::KeyFormat key_format)
    : in_(in), name_(std::move(name)), key_format_(key_format) {
  static_assert(names.size() == members_);
}

Error CaptureReader::mistake_at(std::size_t at, std::string message, std::string hint) const {
  const auto before = std::string_view(text_).substr(0, at);
  const auto column = std::ranges::count_if(before, [](char c) { return (c & 0xC0) != 0x80; }) + 1;
  return {ErrorClass::invalid, fmt::format("{}:{}:{}: {}", name_, line_, column, message), std::move(hint)};
}

Error CaptureReader::mistake(std::string_view member, std::string message, std::string hint) const {
  const auto i = index_of(member);
  return mistake_at(i < found_.size() ? found_[i].value_or(0) : 0, std::move(message), std::move(hint));
}

Result<> CaptureReader::skip_to(std::int64_t line) {
  for (; line_ < line; ++line_) {
    if (!std::getline(in_, text_)) {
      return fail(ErrorClass::invalid, fmt::format("{}: there is no line {}", name_, line));
    }
  }
  return {};
}

Result<std::optional<Record>> CaptureReader::next() {
  do {
    if (!std::getline(in_, text_)) {
      if (in_.bad()) return fail(ErrorClass::bug, fmt::format("{}: can't be read any further", name_));
      return std::nullopt;
    }
    if (++line_ == 1 && text_.starts_with(utf8_bom)) text_.erase(0, utf8_bom.size());
  } while (text_.find_first_not_of(" \t\r") == std::string::npos);
  auto record = parse();
  if (!record) return fail(std::move(record.error()));
  return *std::move(record);
}

Result<Record> CaptureReader::parse() {
  found_ = {};
  JsonText json(text_);
  Line line{json, key_format_, {}};
  std::string hint;
  const bool read = json.object([&](std::string_view name) {
    const auto i = index_of(name);
    const auto at = json.at();
    if (i == names.size() && name != headers_name) return json.refuse(json.member_at(), unknown_member(name));
    if (i == names.size() ? line.headers_found : found_[i].has_value()) {
      return json.refuse(json.member_at(), fmt::format("{} is there twice", name));
    }
    if (i < names.size()) found_[i] = at;
    const bool good = line.member(name);
    if (!good && name == "key" && json.mistake_at() == at) {
      hint = "bytes that are not of the format stand in key_base64; another format: --set topics.key_format=…";
    }
    return good;
  });
  if (!read || !json.end()) return fail(mistake_at(json.mistake_at(), json.mistake(), std::move(hint)));

  const auto there = [&](std::string_view name) { return found_[index_of(name)].has_value(); };
  for (const std::string_view name : {"topic", "partition", "timestamp"}) {
    if (!there(name)) return fail(mistake_at(0, fmt::format("{} is missing", name)));
  }
  for (const std::string_view name : {"key", "value"}) {
    const auto base64_name = fmt::format("{}_base64", name);
    if (there(name) && there(base64_name)) {
      return fail(mistake(base64_name, fmt::format("{} is there already", name)));
    }
    if (!there(name) && !there(base64_name)) {
      return fail(mistake_at(0, fmt::format("{} is missing (null for none)", name)));
    }
  }
  return std::move(line.record);
}

}  // namespace orders::replay
