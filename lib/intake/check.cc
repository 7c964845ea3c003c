// What a request for an order must be. Every message reads after the member's name.
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "intake/intake.h"
#include "intake/json_value.h"

namespace orders::intake {
namespace {

using Kind = JsonValue::Kind;

/// With these an order's JSON stays below a topic's usual limit of 1 MiB: one that can never be published must not be
/// saved.
constexpr std::size_t max_items = 1'000;
constexpr std::size_t max_product_id = 255;
constexpr int max_decimals = 2;

class Checker {
 public:
  Result<Checked> run(const JsonValue& root) {
    if (root.kind != Kind::object) return fail(ErrorClass::invalid, "must be a JSON object");
    constexpr std::array<std::string_view, 2> names{"customerId", "items"};
    check_names("", root, names);
    if (const auto customer = integer("", root, "customerId", 1, std::numeric_limits<std::int64_t>::max())) {
      out_.request.customer_id = *customer;
    }
    check_items(root);
    return std::move(out_);
  }

 private:
  void problem(std::string member, std::string message) {
    out_.problems.push_back({std::move(member), std::move(message)});
  }

  void check_names(const std::string& where, const JsonValue& object, std::span<const std::string_view> known) {
    std::map<std::string_view, int> seen;
    for (const auto& [name, value] : object.members) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const auto near = nearest(name, known);
        problem(where + printable(name),
                near.empty() ? "is not known" : "is not known; did you mean " + std::string(near) + "?");
      } else if (++seen[name] == 2) {
        problem(where + name, "is there twice");
      }
    }
  }

  /// The member, or null and a problem where it is missing.
  const JsonValue* member(const std::string& where, const JsonValue& object, std::string_view name) {
    for (const auto& [key, value] : object.members) {
      if (key == name) return &value;
    }
    problem(where + std::string(name), "is missing");
    return nullptr;
  }

  std::optional<std::int64_t> integer(const std::string& where, const JsonValue& object, std::string_view name,
                                      std::int64_t least, std::int64_t most) {
    const JsonValue* value = member(where, object, name);
    if (value == nullptr) return std::nullopt;
    const std::string at = where + std::string(name);
    std::int64_t number = 0;
    const char* const end = value->text.data() + value->text.size();
    const bool whole = value->kind == Kind::integer;
    if (!whole) return problem(at, "must be a whole number"), std::nullopt;
    const bool fits = std::from_chars(value->text.data(), end, number).ec == std::errc();
    if (!fits || number > most) return problem(at, "must be at most " + std::to_string(most)), std::nullopt;
    if (number < least) return problem(at, "must be at least " + std::to_string(least)), std::nullopt;
    return number;
  }

  void check_items(const JsonValue& root) {
    const JsonValue* items = member("", root, "items");
    if (items == nullptr) return;
    if (items->kind != Kind::array) return problem("items", "must be a list");
    if (items->elements.empty()) return problem("items", "must have at least one item");
    if (items->elements.size() > max_items) {
      return problem("items", "must have at most " + std::to_string(max_items) + " items");
    }
    for (std::size_t i = 0; i < items->elements.size(); ++i) {
      const std::string where = "items[" + std::to_string(i) + "]";
      if (items->elements[i].kind == Kind::object) {
        check_item(i, where + ".", items->elements[i]);
      } else {
        problem(where, "must be an object");
        out_.request.items.emplace_back();  // keeps the others in their places
      }
    }
  }

  void check_item(std::size_t index, const std::string& where, const JsonValue& object) {
    constexpr std::array<std::string_view, 3> names{"productId", "quantity", "productPrice"};
    check_names(where, object, names);
    order::Item item;
    check_product(index, where, object, item);
    if (const auto quantity = integer(where, object, "quantity", 1, std::numeric_limits<std::int32_t>::max())) {
      item.quantity = static_cast<std::int32_t>(*quantity);
    }
    check_price(where, object, item);
    out_.request.items.push_back(std::move(item));
  }

  void check_product(std::size_t index, const std::string& where, const JsonValue& object, order::Item& item) {
    const JsonValue* value = member(where, object, "productId");
    if (value == nullptr) return;
    const std::string at = where + "productId";
    const std::string& code = value->text;
    if (value->kind != Kind::string) return problem(at, "must be a string");
    if (code.empty()) return problem(at, "must not be empty");
    if (code.size() > max_product_id) {
      return problem(at, "must have at most " + std::to_string(max_product_id) + " bytes");
    }
    if (std::any_of(code.begin(), code.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      return problem(at, "must not have control characters");
    }
    const auto [first, is_new] = seen_products_.emplace(code, index);
    if (!is_new) return problem(at, "is in items[" + std::to_string(first->second) + "] already");
    item.product_id = code;
  }

  void check_price(const std::string& where, const JsonValue& object, order::Item& item) {
    const JsonValue* value = member(where, object, "productPrice");
    if (value == nullptr) return;
    const std::string at = where + "productPrice";
    if (value->kind != Kind::integer && value->kind != Kind::decimal) return problem(at, "must be a number");
    if (value->text.starts_with('-') && value->text.find_first_of("123456789") < value->text.find_first_of("eE")) {
      return problem(at, "must not be negative");
    }
    const auto price = order::Price::parse(value->text);
    if (!price) return problem(at, "is not a price: at most two decimals, at most 18 digits");
    if (price->scale() > max_decimals) return problem(at, "must have at most two decimals");
    item.price = *price;
  }

  Checked out_;
  std::map<std::string, std::size_t> seen_products_;
};

}  // namespace

Result<Checked> check(std::string_view json) {
  auto root = parse_json(json);
  if (!root) return fail(root.error());
  return Checker().run(*root);
}

}  // namespace orders::intake
