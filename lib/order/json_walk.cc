#include "order/json_walk.h"

namespace orders::order {
namespace {

Kind kind_of(char first) {
  switch (first) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

bool is_of_a_word(char c) {
  switch (c) {
    case ',':
    case ':':
    case '[':
    case ']':
    case '{':
    case '}':
    case '"':
      return false;
    default:
      return !is_json_space(c);
  }
}

/// What a number or literal can't be followed by: 01, truee, null"".
bool spoils_a_word(char c) { return c == '"' || is_of_a_word(c); }

/// Passes one value. Apart from JsonWalk, so that all of it is held in registers: most of a record's bytes go by here.
struct Skip {
  const char* at;
  const char* const end;
  HighBits high_bits;
  const int outside;  ///< the depth at which the value stands
  int depth = outside;
  std::uint64_t objects = 0;  ///< a bit for each open container, the innermost lowest: it is an object
  bool is_too_deep = false;
  bool has_escapes = false;  ///< nobody asks

  static_assert(JsonWalk::max_depth <= 64);
  [[nodiscard]] bool in_object() const { return (objects & 1) != 0; }
  [[nodiscard]] char closing() const { return in_object() ? '}' : ']'; }

  [[gnu::always_inline]] bool name() {
    at = past_space(at, end);
    if (at == end || *at != '"') return false;
    const char* const behind = end_of_string(at, end, high_bits, has_escapes);
    if (!behind) return false;
    at = past_space(behind, end);
    if (at == end || *at != ':') return false;
    ++at;
    return true;
  }

  /// A scalar, or a container's beginning up to its first value or to its end.
  [[gnu::always_inline]] bool value() {
    for (;;) {
      at = past_space(at, end);
      if (at == end) return false;
      const bool is_object = *at == '{';
      if (!is_object && *at != '[') {
        const char* const behind = *at == '"' ? end_of_string(at, end, high_bits, has_escapes) : end_of_word(at, end);
        if (behind) at = behind;
        return behind != nullptr;
      }
      is_too_deep = depth == JsonWalk::max_depth;
      if (is_too_deep) return false;
      ++depth;
      objects = objects << 1 | static_cast<std::uint64_t>(is_object);
      at = past_space(at + 1, end);
      if (at != end && *at == closing()) return true;
      if (is_object && !name()) return false;
    }
  }

  /// From a value's end to the next value.
  [[gnu::always_inline]] bool next() {
    while (depth != outside) {
      at = past_space(at, end);
      if (at == end) return false;
      if (*at == ',') {
        ++at;
        return !in_object() || name();
      }
      if (*at != closing()) return false;
      ++at;
      --depth;
      objects >>= 1;
    }
    return true;
  }
};

}  // namespace

bool JsonWalk::skip(int depth) {
  Skip skip{.at = at_, .end = end_, .high_bits = high_bits_, .outside = depth};
  bool is_json = false;
  do {
    is_json = skip.value() && skip.next();
  } while (is_json && skip.depth != depth);
  at_ = skip.at;
  high_bits_ = skip.high_bits;
  is_too_deep_ = skip.is_too_deep;
  return is_json;
}

bool JsonWalk::value(Token& token) {
  at_ = past_space(at_, end_);
  if (at_ == end_) return false;
  token = Token{};
  token.kind = kind_of(*at_);
  const char* behind = at_ + 1;
  switch (token.kind) {
    case Kind::object:
    case Kind::array:
      break;
    case Kind::string:
      behind = end_of_string(at_, end_, high_bits_, token.has_escapes);
      if (!behind) return false;
      break;
    default:
      behind = end_of_word(at_, end_);
      // Here, not only at the next step, so that nobody complains of the kind or size of a number that is none.
      if (!behind || (behind != end_ && spoils_a_word(*behind))) return false;
  }
  token.text = {at_, behind};
  at_ = behind;
  return true;
}

std::size_t JsonWalk::fault() const {
  const char* at = at_;
  if (at != end_ && spoils_a_word(*at)) {
    while (at != begin_ && is_of_a_word(at[-1])) --at;
  }
  return static_cast<std::size_t>(at - begin_);
}

}  // namespace orders::order
