#include "topology/source_record.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace orders::topology {
namespace {
constexpr std::uint32_t null_length = 0xFFFFFFFF;  // of a header whose value is null, not empty
// At the front, where the first name's length would stand: the next byte is the timestamp type.
constexpr std::uint32_t type_mark = 0xFFFFFFFF;
constexpr std::size_t type_size = 4 + 1;
constexpr std::array<std::string_view, 3> types{"CreateTime", "LogAppendTime", "NoTimestampType"};

bool has_type(std::string_view packed) { return packed.size() >= type_size && load_be32(packed.data()) == type_mark; }
}  // namespace

std::vector<kafka::HeaderView> SourceHeaders::read() const {
  if (record_ != nullptr) return record_->headers();
  std::vector<kafka::HeaderView> views;
  for (const auto& [name, value] : headers_) views.push_back({name, value});
  return views;
}

std::string pack(const std::vector<kafka::HeaderView>& headers, std::string_view timestamp_type) {
  std::string packed;
  if (timestamp_type != types[0]) {
    append_be32(packed, type_mark);
    packed += static_cast<char>(std::ranges::find(types, timestamp_type) - types.begin());
  }
  for (const auto& [name, value] : headers) {
    append_be32(packed, static_cast<std::uint32_t>(name.size()));
    packed += name;
    append_be32(packed, value ? static_cast<std::uint32_t>(value->size()) : null_length);
    if (value) packed += *value;
  }
  return packed;
}

std::vector<kafka::Header> unpack(std::string_view packed) {
  std::vector<kafka::Header> headers;
  if (has_type(packed)) packed.remove_prefix(type_size);
  const auto take = [&](std::size_t length) {
    const auto front = packed.substr(0, length);
    packed.remove_prefix(front.size());
    return front;
  };
  const auto take_length = [&]() -> std::uint32_t {
    const auto bytes = take(4);
    return bytes.size() == 4 ? load_be32(bytes.data()) : 0;
  };
  while (!packed.empty()) {
    auto& header = headers.emplace_back();
    header.name = take(take_length());
    if (const auto length = take_length(); length != null_length) header.value = take(length);
  }
  return headers;
}

std::string_view timestamp_type(std::string_view packed) {
  if (!has_type(packed)) return types[0];
  return types[std::min<std::size_t>(static_cast<unsigned char>(packed[4]), types.size() - 1)];
}

}  // namespace orders::topology
