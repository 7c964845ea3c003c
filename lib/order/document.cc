// The one source that includes simdjson.
//
// On-demand parsing is lazy: it checks what it is asked for and skips the rest. Here everything is asked for. The first
// stage, which simdjson runs over the whole text at once, checks UTF-8, control characters and that strings are closed;
// the walk below checks the structure, each token's grammar, and that nothing follows the object.
#include "order/document.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "order/json_grammar.h"

namespace orders::order {
namespace {

namespace od = simdjson::ondemand;

constexpr int max_depth = 64;  // the object itself is 1
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

enum class Kind : std::uint8_t { object, array, string, number, boolean, null, none };

std::string_view describe(Kind kind) {
  switch (kind) {
    case Kind::object:
      return "an object";
    case Kind::array:
      return "an array";
    case Kind::string:
      return "a string";
    case Kind::number:
      return "a number";
    case Kind::boolean:
      return "a boolean";
    case Kind::null:
      return "null";
    case Kind::none:
      break;
  }
  return "nothing";
}

/// A value as it stands in the text; of a container only its opening bracket.
struct Token {
  Kind kind = Kind::none;
  bool has_escapes = false;
  std::string_view text;
};

Kind kind_of(std::string_view text) {
  switch (text.empty() ? '\0' : text.front()) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
      return text == "true" ? Kind::boolean : Kind::none;
    case 'f':
      return text == "false" ? Kind::boolean : Kind::none;
    case 'n':
      return text == "null" ? Kind::null : Kind::none;
    default:
      return is_json_number(text) ? Kind::number : Kind::none;
  }
}

/// The members that every order has.
struct Head {
  std::optional<OrderId> id;
  std::optional<std::string_view> status;
  std::optional<std::string_view> source;
  bool has_source = false;
  Splice splice;
};

bool is_head(std::string_view name) {
  if (name.size() == 6) return name == "status" || name == "source";
  return name.size() == 7 && name == "orderId";
}

}  // namespace

/// The walk. Methods that return bool say whether to go on; where they return false, `problem` says why not.
struct Parser::Impl {
  od::parser parser;
  od::document document;
  std::string scratch;  ///< the text and simdjson's padding; grows, never shrinks
  std::size_t size = 0;
  bool has_backslash = false;       ///< somewhere in the text; rare, and without one no string needs a closer look
  std::optional<std::size_t> item;  ///< the index of the item that is being read
  Error problem;

  template <class OnMember>
  bool root(std::string_view json, OnMember&& on_member);
  template <class OnField>
  bool fields(od::object& object, OnField&& on_field);
  template <class OnMember>
  bool members(od::object& object, OnMember&& on_member);
  template <class OnElement>
  bool elements(od::array& array, OnElement&& on_element);
  bool name_of(od::field& field, std::string_view& name);
  bool scan(od::value& value, Token& token);
  bool skip(od::value& value, int depth);

  bool read_head(std::string_view json, Head& head);
  bool head_member(Head& head, std::string_view name, od::value& value);
  bool check_head(const Head& head);
  bool read_items(od::value& value, std::vector<Item>& items);
  bool read_item(od::value& value, Item& item);

  template <class Int>
  bool take_integer(std::string_view name, od::value& value, std::optional<Int>& out);
  bool take_string(std::string_view name, od::value& value, const Token& token, std::optional<std::string_view>& out);
  bool take_price(std::string_view name, od::value& value, std::optional<Price>& out);

  bool copy_to_scratch(std::string_view json);
  bool refuse(std::string message);
  bool refuse_member(std::string_view name, std::string_view what);
  bool refuse_kind(std::string_view name, Kind kind, std::string_view expected);
  bool not_json(const char* at);
  bool not_json_here();
  bool stage_one_failed(simdjson::error_code error);
  [[nodiscard]] std::uint32_t offset_of(const char* at) const {
    return static_cast<std::uint32_t>(at - scratch.data());
  }
};

bool Parser::Impl::refuse(std::string message) {
  problem = Error{ErrorClass::record, std::move(message), {}};
  return false;
}

bool Parser::Impl::refuse_member(std::string_view name, std::string_view what) {
  return refuse(item ? fmt::format("items[{}].{} {}", *item, name, what) : fmt::format("{} {}", name, what));
}

bool Parser::Impl::refuse_kind(std::string_view name, Kind kind, std::string_view expected) {
  return refuse_member(name, fmt::format("is {}, expected {}", describe(kind), expected));
}

bool Parser::Impl::not_json(const char* at) {
  return refuse(fmt::format("not valid JSON at byte {}", std::min<std::size_t>(offset_of(at), size)));
}

bool Parser::Impl::not_json_here() {
  const char* at = nullptr;
  return not_json(document.current_location().get(at) ? scratch.data() + size : at);
}

bool Parser::Impl::stage_one_failed(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return refuse("not valid JSON: nothing there");
    case simdjson::UTF8_ERROR:
      return refuse("not valid JSON: not UTF-8");
    case simdjson::UNCLOSED_STRING:
      return refuse("not valid JSON: a string is not closed");
    case simdjson::UNESCAPED_CHARS:
      return refuse("not valid JSON: a control character in a string");
    case simdjson::MEMALLOC:
      throw std::bad_alloc();
    default:
      return refuse(fmt::format("not valid JSON: {}", simdjson::error_message(error)));
  }
}

bool Parser::Impl::copy_to_scratch(std::string_view json) {
  if (json.size() > std::numeric_limits<std::uint32_t>::max() - simdjson::SIMDJSON_PADDING) {
    return refuse("larger than 4 GiB");
  }
  size = json.size();
  if (scratch.size() < size + simdjson::SIMDJSON_PADDING) scratch.resize(size + simdjson::SIMDJSON_PADDING);
  if (size > 0) std::memcpy(scratch.data(), json.data(), size);
  has_backslash = json.find('\\') != std::string_view::npos;
  std::memset(scratch.data() + size, ' ', simdjson::SIMDJSON_PADDING);  // an old text there could look like this one's
  return true;
}

template <class OnMember>
bool Parser::Impl::root(std::string_view json, OnMember&& on_member) {
  item.reset();
  if (!copy_to_scratch(json)) return false;
  if (auto error = parser.iterate(scratch.data(), size, scratch.size()).get(document)) return stage_one_failed(error);
  if (*std::find_if_not(scratch.begin(), scratch.end(), is_space) != '{') return refuse("not a JSON object");
  od::object object;
  if (document.get_object().get(object)) return refuse("not valid JSON: does not end with the object's closing brace");
  if (!members(object, on_member)) return false;
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS || not_json_here();
}

template <class OnField>
bool Parser::Impl::fields(od::object& object, OnField&& on_field) {
  for (auto next : object) {
    od::field field;
    if (std::move(next).get(field)) return not_json_here();
    if (!on_field(field)) return false;
  }
  return true;
}

template <class OnMember>
bool Parser::Impl::members(od::object& object, OnMember&& on_member) {
  return fields(object, [&](od::field& field) {
    std::string_view name;
    return name_of(field, name) && on_member(name, field.value());
  });
}

template <class OnElement>
bool Parser::Impl::elements(od::array& array, OnElement&& on_element) {
  for (auto next : array) {
    od::value value;
    if (std::move(next).get(value)) return not_json_here();
    if (!on_element(value)) return false;
  }
  return true;
}

bool Parser::Impl::name_of(od::field& field, std::string_view& name) {
  const char* const begin = field.key().raw();
  const char* end = begin;
  while (*end != '"') end += *end == '\\' ? 2 : 1;  // closed: the first stage has seen to it
  name = {begin, static_cast<std::size_t>(end - begin)};
  if (!has_backslash || name.find('\\') == std::string_view::npos) return true;
  if (!has_valid_escapes(name)) return not_json(begin - 1);
  if (field.unescaped_key().get(name)) name = {};  // a lone surrogate: valid, and none of ours
  return true;
}

/// Checks a scalar completely. A string is not consumed yet: skip() or take_string() must follow.
bool Parser::Impl::scan(od::value& value, Token& token) {
  token.text = trimmed(value.raw_json_token());
  token.kind = kind_of(token.text);
  if (token.kind == Kind::none) return not_json(token.text.data());
  if (token.kind != Kind::string) return true;
  if (token.text.size() < 2 || token.text.back() != '"') return not_json(token.text.data());
  const auto body = token.text.substr(1, token.text.size() - 2);
  token.has_escapes = has_backslash && body.find('\\') != std::string_view::npos;
  return !token.has_escapes || has_valid_escapes(body) || not_json(token.text.data());
}

bool Parser::Impl::skip(od::value& value, int depth) {
  Token token;
  if (!scan(value, token)) return false;
  if (token.kind == Kind::string) {
    // Left unconsumed, a string before a colon would be taken for a member's name.
    return !value.get_raw_json_string().error() || not_json(token.text.data());
  }
  if (token.kind != Kind::object && token.kind != Kind::array) return true;
  if (depth >= max_depth) return refuse(fmt::format("nested deeper than {}", max_depth));
  if (token.kind == Kind::array) {
    od::array array;
    if (value.get_array().get(array)) return not_json(token.text.data());
    return elements(array, [&](od::value& element) { return skip(element, depth + 1); });
  }
  od::object object;
  if (value.get_object().get(object)) return not_json(token.text.data());
  return fields(object, [&](od::field& field) {
    std::string_view name;
    if (has_backslash && !name_of(field, name)) return false;
    return skip(field.value(), depth + 1);
  });
}

template <class Int>
bool Parser::Impl::take_integer(std::string_view name, od::value& value, std::optional<Int>& out) {
  if (out) return refuse_member(name, "is there twice");
  Token token;
  if (!scan(value, token)) return false;
  if (token.kind != Kind::number) return refuse_kind(name, token.kind, "an integer");
  if (!is_json_integer(token.text)) return refuse_member(name, "is not an integer");
  Int number = 0;
  const auto parsed = std::from_chars(token.text.data(), token.text.data() + token.text.size(), number);
  if (parsed.ec != std::errc{}) return refuse_member(name, fmt::format("does not fit in {} bits", sizeof(Int) * 8));
  out = number;
  return true;
}

bool Parser::Impl::take_string(std::string_view name, od::value& value, const Token& token,
                               std::optional<std::string_view>& out) {
  if (token.kind != Kind::string) return refuse_kind(name, token.kind, "a string");
  if (!token.has_escapes) {
    out = token.text.substr(1, token.text.size() - 2);
    return !value.get_raw_json_string().error() || not_json(token.text.data());
  }
  std::string_view text;
  if (value.get_string().get(text)) return refuse_member(name, "holds half a surrogate pair");
  out = text;
  return true;
}

bool Parser::Impl::take_price(std::string_view name, od::value& value, std::optional<Price>& out) {
  if (out) return refuse_member(name, "is there twice");
  Token token;
  if (!scan(value, token)) return false;
  std::optional<std::string_view> text = token.text;
  if (token.kind == Kind::string) {
    if (!take_string(name, value, token, text)) return false;
  } else if (token.kind != Kind::number) {
    return refuse_kind(name, token.kind, "a decimal");
  }
  out = Price::parse(*text);
  return out || refuse_member(name, "is not a decimal of at most 64 bits and 18 decimal places");
}

bool Parser::Impl::head_member(Head& head, std::string_view name, od::value& value) {
  if (name == "orderId") return take_integer(name, value, head.id);
  const bool is_status = name == "status";
  if (is_status ? head.status.has_value() : head.has_source) return refuse_member(name, "is there twice");
  Token token;
  if (!scan(value, token)) return false;
  const std::uint32_t begin = offset_of(token.text.data());
  const auto end = begin + static_cast<std::uint32_t>(token.text.size());
  if (is_status) {
    head.splice.status_begin = begin;
    head.splice.status_end = end;
    return take_string(name, value, token, head.status);
  }
  head.splice.source_begin = begin;
  head.splice.source_end = end;
  head.has_source = true;
  if (token.kind == Kind::null) return true;
  if (token.kind != Kind::string) return refuse_kind(name, token.kind, "a string or null");
  return take_string(name, value, token, head.source);
}

bool Parser::Impl::check_head(const Head& head) {
  if (!head.id) return refuse_member("orderId", "is missing");
  return head.status || refuse_member("status", "is missing");
}

bool Parser::Impl::read_head(std::string_view json, Head& head) {
  const bool read = root(json, [&](std::string_view name, od::value& value) {
    head.splice.has_members = true;
    return is_head(name) ? head_member(head, name, value) : skip(value, 1);
  });
  if (!read || !check_head(head)) return false;
  head.splice.close = static_cast<std::uint32_t>(trimmed(json).size() - 1);
  return true;
}

bool Parser::Impl::read_item(od::value& value, Item& out) {
  Token token;
  if (!scan(value, token)) return false;
  od::object object;
  if (token.kind != Kind::object)
    return refuse(fmt::format("items[{}] is {}, expected an object", *item, describe(token.kind)));
  if (value.get_object().get(object)) return not_json(token.text.data());
  std::optional<std::int64_t> item_id;
  std::optional<std::int32_t> quantity;
  std::optional<std::string_view> product_id;
  std::optional<Price> price;
  const bool read = members(object, [&](std::string_view name, od::value& member) {
    if (name == "itemId") return take_integer(name, member, item_id);
    if (name == "quantity") return take_integer(name, member, quantity);
    if (name == "productPrice") return take_price(name, member, price);
    if (name != "productId") return skip(member, 3);
    if (product_id) return refuse_member(name, "is there twice");
    return scan(member, token) && take_string(name, member, token, product_id);
  });
  if (!read) return false;
  if (!item_id) return refuse_member("itemId", "is missing");
  if (!product_id) return refuse_member("productId", "is missing");
  if (!quantity) return refuse_member("quantity", "is missing");
  if (!price) return refuse_member("productPrice", "is missing");
  out = Item{*item_id, std::string(*product_id), *quantity, *price};
  return true;
}

bool Parser::Impl::read_items(od::value& value, std::vector<Item>& items) {
  Token token;
  if (!scan(value, token)) return false;
  od::array array;
  if (token.kind != Kind::array) return refuse_kind("items", token.kind, "an array");
  if (value.get_array().get(array)) return not_json(token.text.data());
  const bool read = elements(array, [&](od::value& element) {
    item = items.size();
    return read_item(element, items.emplace_back());
  });
  item.reset();
  return read;
}

Parser::Parser() : impl_(std::make_unique<Impl>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

Result<Answer> Parser::parse_answer(std::string_view json) {
  Head head;
  if (!impl_->read_head(json, head)) return fail(std::move(impl_->problem));
  return Answer{*head.id, parse_status(*head.status), head.splice};
}

Result<Order> Parser::parse_result(std::string_view json) {
  Head head;
  if (!impl_->read_head(json, head)) return fail(std::move(impl_->problem));
  Order order;
  order.id = *head.id;
  order.status = *head.status;
  if (head.source) order.source = *head.source;
  return order;
}

Result<Order> Parser::parse_order(std::string_view json) {
  Impl& impl = *impl_;
  Head head;
  Order order;
  std::optional<std::int64_t> customer_id;
  bool has_items = false;
  const bool read = impl.root(json, [&](std::string_view name, od::value& value) {
    if (is_head(name)) return impl.head_member(head, name, value);
    if (name == "customerId") return impl.take_integer(name, value, customer_id);
    if (name != "items") return impl.skip(value, 1);
    if (std::exchange(has_items, true)) return impl.refuse_member(name, "is there twice");
    return impl.read_items(value, order.items);
  });
  if (!read || !impl.check_head(head)) return fail(std::move(impl.problem));
  if (!customer_id) return fail(ErrorClass::record, "customerId is missing");
  if (!has_items) return fail(ErrorClass::record, "items is missing");
  order.id = *head.id;
  order.customer_id = *customer_id;
  order.status = *head.status;
  if (head.source) order.source = *head.source;
  return order;
}

}  // namespace orders::order
