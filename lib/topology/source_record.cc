#include "topology/source_record.h"

#include "base/bytes.h"

namespace orders::topology {
namespace {
constexpr std::uint32_t null_length = 0xFFFFFFFF;  // of a header whose value is null, not empty
}

std::string pack(const std::vector<kafka::HeaderView>& headers) {
  std::string packed;
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

}  // namespace orders::topology
