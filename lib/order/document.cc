// The one source that includes simdjson, for its check of UTF-8.
//
// Records are parsed on the hot path: a single pass over the text as it came, without simdjson's structural index,
// which costs as much as all of this and needs a padded copy.
#include "order/document.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "base/prefetch.h"
#include "order/json_grammar.h"
#include "order/json_scan.h"
#include "order/json_walk.h"

namespace orders::order {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_json_space(text.front())) text.remove_prefix(1);
  return text;
}

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

/// The members that every order has.
struct Head {
  Head() {}  // not implied: that one clears the whole of it first, which is slower
  std::optional<OrderId> id;
  std::optional<std::string_view> status;
  std::optional<std::string_view> source;
  bool has_source = false;
  Splice splice;
};

/// The length is a constant to memcmp: no call.
template <std::size_t size>
bool is(std::string_view name, const char (&literal)[size]) {
  return name.size() == size - 1 && std::memcmp(name.data(), literal, size - 1) == 0;
}

bool is_head(std::string_view name) { return is(name, "status") || is(name, "source") || is(name, "orderId"); }

/// What is wrong with the text as a whole, which says more than where the walk has stopped; or nothing.
std::string_view describe_text(std::string_view json) {
  const auto text = trimmed(json);
  bool in_string = false, escaped = false, has_control = false;
  for (const char c : text) {
    has_control |= in_string && static_cast<unsigned char>(c) < 0x20;
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = c == '\\' && !escaped;
  }
  if (in_string) return "not valid JSON: a string is not closed";
  if (has_control) return "not valid JSON: a control character in a string";
  if (text.empty()) return "not valid JSON: nothing there";
  if (!simdjson::validate_utf8(text)) return "not valid JSON: not UTF-8";
  if (text.front() != '{') return "not a JSON object";
  if (text.back() != '}') return "not valid JSON: does not end with the object's closing brace";
  return {};
}

/// One text being read. Methods that return bool say whether to go on; where they return false, `problem` says why not.
class Reading {
 public:
  Reading(std::string_view json, std::string& unescaped) : json_(json), walk_(json), unescaped_(unescaped) {
    // Records come from far away, and the walk would wait for one cache line after the other: up to a third of its time
    // (bench_micro's parse_answer).
    prefetch(json.data(), json.size());
    unescaped_.clear();
  }

  bool read_head(Head& head);
  bool read_order(Head& head, Order& order);
  Error problem;

 private:
  template <class OnMember>
  bool root(OnMember&& on_member);
  template <class OnMember>
  bool members(OnMember&& on_member);

  bool head_member(Head& head, std::string_view name);
  bool check_head(const Head& head);
  bool read_items(std::vector<Item>& items);
  bool read_item(Item& item);

  bool value(Token& token) { return walk_.value(token) || refuse_json(); }
  bool skip(int depth) { return walk_.skip(depth) || refuse_json(); }
  template <class Int>
  bool take_integer(std::string_view name, std::optional<Int>& out);
  bool take_string(std::string_view name, const Token& token, std::optional<std::string_view>& out);
  bool take_price(std::string_view name, std::optional<Price>& out);
  bool unescape(std::string_view body, std::string_view& out);

  bool refuse(std::string message);
  bool refuse_json();
  bool refuse_text();
  bool refuse_member(std::string_view name, std::string_view what);
  bool refuse_kind(std::string_view name, Kind kind, std::string_view expected);

  std::string_view json_;
  JsonWalk walk_;
  std::string& unescaped_;
  std::optional<std::size_t> item_;  ///< the index of the item that is being read
};

bool Reading::refuse(std::string message) {
  problem = Error{ErrorClass::record, std::move(message), {}};
  return false;
}

bool Reading::refuse_json() {
  if (walk_.is_too_deep()) return refuse(fmt::format("nested deeper than {}", JsonWalk::max_depth));
  return refuse(fmt::format("not valid JSON at byte {}", walk_.fault()));
}

bool Reading::refuse_text() {
  const auto what = describe_text(json_);
  return what.empty() ? false : refuse(std::string(what));
}

bool Reading::refuse_member(std::string_view name, std::string_view what) {
  return refuse(item_ ? fmt::format("items[{}].{} {}", *item_, name, what) : fmt::format("{} {}", name, what));
}

bool Reading::refuse_kind(std::string_view name, Kind kind, std::string_view expected) {
  return refuse_member(name, fmt::format("is {}, expected {}", describe(kind), expected));
}

template <class OnMember>
bool Reading::root(OnMember&& on_member) {
  if (json_.size() > std::numeric_limits<std::uint32_t>::max()) return refuse("larger than 4 GiB");
  const bool is_json = walk_.take('{') && members(on_member) && (walk_.is_done() || refuse_json()) &&
                       (!walk_.may_hold_more_than_ascii() || simdjson::validate_utf8(json_));
  return is_json || refuse_text();
}

/// Behind the object's opening brace.
template <class OnMember>
bool Reading::members(OnMember&& on_member) {
  Token token;
  for (bool is_first = true;; is_first = false) {
    const auto next = walk_.next_member(is_first, token);
    if (next == Next::end) return true;
    if (next == Next::fault) return refuse_json();
    std::string_view name = token.body();
    if (token.has_escapes && !unescape(name, name)) name = {};  // half a surrogate pair: valid, and none of ours
    if (!on_member(name)) return false;
  }
}

/// False for half a surrogate pair, which no text can hold.
bool Reading::unescape(std::string_view body, std::string_view& out) {
  unescaped_.reserve(json_.size());  // enough for all of them: what was taken out before stays where it is
  const auto begin = unescaped_.size();
  const bool is_text = append_unescaped(body, unescaped_);
  out = std::string_view(unescaped_).substr(begin);
  return is_text;
}

template <class Int>
bool Reading::take_integer(std::string_view name, std::optional<Int>& out) {
  if (out) return refuse_member(name, "is there twice");
  Token token;
  if (!value(token)) return false;
  if (token.kind != Kind::number) return refuse_kind(name, token.kind, "an integer");
  if (!is_json_integer(token.text)) return refuse_member(name, "is not an integer");
  Int number = 0;
  const auto parsed = std::from_chars(token.text.data(), token.text.data() + token.text.size(), number);
  if (parsed.ec != std::errc{}) return refuse_member(name, fmt::format("does not fit in {} bits", sizeof(Int) * 8));
  out = number;
  return true;
}

bool Reading::take_string(std::string_view name, const Token& token, std::optional<std::string_view>& out) {
  if (token.kind != Kind::string) return refuse_kind(name, token.kind, "a string");
  std::string_view text = token.body();
  if (token.has_escapes && !unescape(text, text)) return refuse_member(name, "holds half a surrogate pair");
  out = text;
  return true;
}

bool Reading::take_price(std::string_view name, std::optional<Price>& out) {
  if (out) return refuse_member(name, "is there twice");
  Token token;
  if (!value(token)) return false;
  std::optional<std::string_view> text = token.text;
  if (token.kind == Kind::string) {
    if (!take_string(name, token, text)) return false;
  } else if (token.kind != Kind::number) {
    return refuse_kind(name, token.kind, "a decimal");
  }
  out = Price::parse(*text);
  return out || refuse_member(name, "is not a decimal of at most 64 bits and 18 decimal places");
}

bool Reading::head_member(Head& head, std::string_view name) {
  if (is(name, "orderId")) return take_integer(name, head.id);
  const bool is_status = is(name, "status");
  if (is_status ? head.status.has_value() : head.has_source) return refuse_member(name, "is there twice");
  Token token;
  if (!value(token)) return false;
  const auto begin = static_cast<std::uint32_t>(token.text.data() - json_.data());
  const auto end = begin + static_cast<std::uint32_t>(token.text.size());
  if (is_status) {
    head.splice.status_begin = begin;
    head.splice.status_end = end;
    return take_string(name, token, head.status);
  }
  head.splice.source_begin = begin;
  head.splice.source_end = end;
  head.has_source = true;
  if (token.kind == Kind::null) return true;
  if (token.kind != Kind::string) return refuse_kind(name, token.kind, "a string or null");
  return take_string(name, token, head.source);
}

bool Reading::check_head(const Head& head) {
  if (!head.id) return refuse_member("orderId", "is missing");
  return head.status || refuse_member("status", "is missing");
}

bool Reading::read_head(Head& head) {
  const bool read = root([&](std::string_view name) {
    head.splice.has_members = true;
    return is_head(name) ? head_member(head, name) : skip(1);
  });
  if (!read || !check_head(head)) return false;
  head.splice.close = static_cast<std::uint32_t>(json_.rfind('}'));
  return true;
}

bool Reading::read_item(Item& out) {
  Token token;
  if (!value(token)) return false;
  if (token.kind != Kind::object)
    return refuse(fmt::format("items[{}] is {}, expected an object", *item_, describe(token.kind)));
  std::optional<std::int64_t> item_id;
  std::optional<std::int32_t> quantity;
  std::optional<std::string_view> product_id;
  std::optional<Price> price;
  const bool read = members([&](std::string_view name) {
    if (is(name, "itemId")) return take_integer(name, item_id);
    if (is(name, "quantity")) return take_integer(name, quantity);
    if (is(name, "productPrice")) return take_price(name, price);
    if (!is(name, "productId")) return skip(3);
    if (product_id) return refuse_member(name, "is there twice");
    return value(token) && take_string(name, token, product_id);
  });
  if (!read) return false;
  if (!item_id) return refuse_member("itemId", "is missing");
  if (!product_id) return refuse_member("productId", "is missing");
  if (!quantity) return refuse_member("quantity", "is missing");
  if (!price) return refuse_member("productPrice", "is missing");
  out = Item{*item_id, std::string(*product_id), *quantity, *price};
  return true;
}

bool Reading::read_items(std::vector<Item>& items) {
  Token token;
  if (!value(token)) return false;
  if (token.kind != Kind::array) return refuse_kind("items", token.kind, "an array");
  if (walk_.take(']')) return true;
  do {
    item_ = items.size();
    if (!read_item(items.emplace_back())) return false;
  } while (walk_.take(','));
  item_.reset();
  return walk_.take(']') || refuse_json();
}

bool Reading::read_order(Head& head, Order& order) {
  std::optional<std::int64_t> customer_id;
  bool has_items = false;
  const bool read = root([&](std::string_view name) {
    if (is_head(name)) return head_member(head, name);
    if (is(name, "customerId")) return take_integer(name, customer_id);
    if (!is(name, "items")) return skip(1);
    if (std::exchange(has_items, true)) return refuse_member(name, "is there twice");
    return read_items(order.items);
  });
  if (!read || !check_head(head)) return false;
  if (!customer_id) return refuse_member("customerId", "is missing");
  if (!has_items) return refuse_member("items", "is missing");
  order.customer_id = *customer_id;
  return true;
}

Answer make_answer(OrderId id, std::string_view status, const Splice& splice) {
  Answer answer{.order_id = id, .status = parse_status(status), .splice = splice};
  if (answer.status == Status::unknown) answer.unnamed = status_id(status);
  return answer;
}

/// A text beside one that has passed. Where every byte but those of two values is the same, and both are of plain
/// ASCII, nothing else can be wrong with it.
class Comparison {
 public:
  Comparison(std::string_view json, const Passed& other) : json_(json), other_(other) {}

  /// Nothing: they are not alike, whatever that means for the text.
  std::optional<Answer> read() {
    const auto& [status_begin, status_end, source_begin, source_end, close, has_members] = other_.splice;
    Splice splice{.has_members = has_members};
    const auto status = [&] { return value(status_begin, status_end, splice.status_begin, splice.status_end); };
    const auto source = [&] {
      return source_end == 0 || value(source_begin, source_end, splice.source_begin, splice.source_end);
    };
    if (json_.size() > std::numeric_limits<std::uint32_t>::max()) return {};
    const bool alike = source_begin < status_begin ? source() && status() : status() && source();
    if (!alike || json_[splice.status_begin] != '"' || !same(other_.json.size()) || at_ != json_.size()) return {};
    splice.close = static_cast<std::uint32_t>(json_.size() - (other_.json.size() - close));
    const auto text = json_.substr(splice.status_begin + 1, splice.status_end - splice.status_begin - 2);
    return make_answer(other_.order_id, text, splice);
  }

 private:
  /// Up to there in the other.
  bool same(std::size_t end) {
    const auto size = end - other_at_;
    if (json_.size() - at_ < size || std::memcmp(json_.data() + at_, other_.json.data() + other_at_, size) != 0)
      return false;
    at_ += size;
    other_at_ = end;
    return true;
  }
  /// A string or null, where the other has the value [other_begin, other_end).
  bool value(std::uint32_t other_begin, std::uint32_t other_end, std::uint32_t& begin, std::uint32_t& end) {
    if (!same(other_begin) || at_ == json_.size()) return false;
    const char* const text = json_.data() + at_;
    const char* const text_end = json_.data() + json_.size();
    HighBits high_bits = 0;
    bool has_escapes = false;
    const char* const behind = *text == '"' ? end_of_string(text, text_end, high_bits, has_escapes)
                                            : end_of_literal(text, text_end, "null");
    if (behind == nullptr || has_escapes || high_bits != 0) return false;
    begin = static_cast<std::uint32_t>(at_);
    at_ = static_cast<std::size_t>(behind - json_.data());
    end = static_cast<std::uint32_t>(at_);
    other_at_ = other_end;
    return true;
  }

  const std::string_view json_;
  const Passed& other_;
  std::size_t at_ = 0, other_at_ = 0;
};

void fill_head(const Head& head, Order& order) {
  order.id = *head.id;
  order.status = *head.status;
  if (head.source) order.source = *head.source;
}

}  // namespace

struct Parser::Impl {
  std::string unescaped;  ///< the texts of strings with escapes; grows, never shrinks
};

Parser::Parser() : impl_(std::make_unique<Impl>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

Result<Answer> Parser::parse_answer(std::string_view json) {
  Reading reading(json, impl_->unescaped);
  Head head;
  if (!reading.read_head(head)) return fail(std::move(reading.problem));
  return make_answer(*head.id, *head.status, head.splice);
}

Result<Answer> Parser::parse_answer(std::string_view json, const Passed& other) {
  if (const auto answer = Comparison(json, other).read()) return *answer;
  return parse_answer(json);
}

Result<Order> Parser::parse_result(std::string_view json) {
  Reading reading(json, impl_->unescaped);
  Head head;
  if (!reading.read_head(head)) return fail(std::move(reading.problem));
  Order order;
  fill_head(head, order);
  return order;
}

Result<Order> Parser::parse_order(std::string_view json) {
  Reading reading(json, impl_->unescaped);
  Head head;
  Order order;
  if (!reading.read_order(head, order)) return fail(std::move(reading.problem));
  fill_head(head, order);
  return order;
}

}  // namespace orders::order
