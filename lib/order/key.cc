#include "order/key.h"

#include "base/bytes.h"

namespace orders::order {
namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
constexpr std::size_t width = sizeof(OrderId);

}  // namespace

std::string encode_key(OrderId id, config::KeyFormat format) {
  if (format == config::KeyFormat::string) return std::to_string(id);
  std::string bytes;
  append_be64(bytes, static_cast<std::uint64_t>(id));
  return bytes;
}

std::optional<OrderId> decode_key(std::string_view bytes, config::KeyFormat format) {
  if (format == config::KeyFormat::string) return parse_int64(bytes);
  if (bytes.size() != width) return std::nullopt;
  return static_cast<OrderId>(load_be64(bytes.data()));
}

std::string sortable_key(OrderId id) {
  std::string bytes;
  append_be64(bytes, static_cast<std::uint64_t>(id) ^ sign_bit);
  return bytes;
}

std::optional<OrderId> from_sortable_key(std::string_view bytes) {
  if (bytes.size() != width) return std::nullopt;
  return static_cast<OrderId>(load_be64(bytes.data()) ^ sign_bit);
}

}  // namespace orders::order
