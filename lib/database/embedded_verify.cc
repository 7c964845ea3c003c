#include <fmt/format.h>

#include "base/bytes.h"
#include "database/embedded_codec.h"
#include "database/verify.h"
#include "order/key.h"

namespace orders::database {
namespace {

constexpr std::size_t shown = 40;  ///< bytes of a key
constexpr std::size_t id_size = sizeof(OrderId);

/// The keys of embedded_codec.h.
class Check {
 public:
  void see(std::string_view key, std::string_view value) {
    empty_ = false;
    if (!is_known(key, value)) {
      contents_.damages.add(fmt::format("key {}", printable(key, shown)), "is not of the database's layout");
    }
  }
  EmbeddedContents finish(const Result<>& read) {
    if (!read) {
      contents_.damages.add("orders", fmt::format("{} could be read: {}", contents_.orders, read.error().message));
    } else if (!versioned_ && !empty_) {  // empty is one whose making was cut off
      contents_.damages.add("version", "is not there: this is no embedded database");
    }
    return std::move(contents_);
  }

 private:
  bool is_known(std::string_view key, std::string_view value) {
    if (key == version_key) return is_version(value);
    if (key.empty()) return false;
    switch (key.front()) {
      case 'o':
        return is_order(key, value);
      case 's':
        return key.size() >= 1 + 2 + id_size && value.empty();
      case 'c':
        return key.size() == 1 + 2 * id_size && value.empty();
      case 'k':
        return decode_number(value).has_value();
      case 'x':
        return key.size() == 1 + id_size && decode_outbox(id_of_key(key), value).has_value();
      case 'p':
        return is_position(key.substr(1), value);
      default:
        return false;
    }
  }
  bool is_version(std::string_view value) {
    versioned_ = true;
    const auto version = parse_int64(value);
    return version && *version > 0 && *version <= embedded_version;
  }
  bool is_order(std::string_view key, std::string_view value) {
    if (key.size() != 1 + id_size || !decode_order(id_of_key(key), value)) return false;
    ++contents_.orders;
    return true;
  }
  bool is_position(std::string_view rest, std::string_view value) {
    EmbeddedContents::Position position;
    position.application_id = take_until(rest, '\0');
    position.topic = take_until(rest, '\0');
    const auto next = decode_number(value);
    if (rest.size() != 4 || !next || *next < 0) return false;
    position.partition = static_cast<std::int32_t>(load_be32(rest.data()));
    position.next_offset = *next;
    contents_.positions.push_back(std::move(position));
    return contents_.positions.back().partition >= 0;
  }

  EmbeddedContents contents_;
  bool versioned_ = false;
  bool empty_ = true;
};

}  // namespace

EmbeddedContents check_embedded(const rocks::Store& store) {
  Check check;
  auto cursor = store.scan({});
  for (; cursor.valid(); cursor.next()) check.see(cursor.key(), cursor.value());
  return check.finish(cursor.status());
}

}  // namespace orders::database
