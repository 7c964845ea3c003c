#include "intake/json_value.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace orders::intake {
namespace {

using Kind = JsonValue::Kind;

/// Called by nlohmann's parser. Open arrays and objects stand on a stack and move into their parent when they close.
class TreeBuilder {
 public:
  using Json = nlohmann::json;

  bool null() { return add({}); }
  bool boolean(bool) { return add(Kind::boolean, {}); }
  bool number_integer(Json::number_integer_t value) { return add(Kind::integer, std::to_string(value)); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(Kind::integer, std::to_string(value)); }
  bool number_float(Json::number_float_t, const std::string& text) { return add(Kind::decimal, text); }
  bool string(std::string& text) { return add(Kind::string, std::move(text)); }
  bool binary(Json::binary_t&) { return false; }  // never in JSON text
  bool start_object(std::size_t) { return open(Kind::object); }
  bool start_array(std::size_t) { return open(Kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    open_.back().names.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    error = "is not valid JSON (at byte " + std::to_string(position) + ")";
    return false;
  }

  JsonValue root;
  std::string error;

 private:
  static constexpr std::size_t max_depth = 32;

  struct Open {
    JsonValue value;
    std::vector<std::string> names;  ///< of the member that comes next
  };

  bool add(Kind kind, std::string text) {
    JsonValue value;
    value.kind = kind;
    value.text = std::move(text);
    return add(std::move(value));
  }

  bool add(JsonValue value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (auto& parent = open_.back(); parent.value.kind == Kind::array) {
      parent.value.elements.push_back(std::move(value));
    } else {
      parent.value.members.push_back({std::move(parent.names.back()), std::move(value)});
      parent.names.pop_back();
    }
    return true;
  }

  bool open(Kind kind) {
    if (open_.size() == max_depth) {
      error = "is nested too deeply";
      return false;
    }
    open_.emplace_back().value.kind = kind;
    return true;
  }

  bool close() {
    JsonValue value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  std::vector<Open> open_;
};

}  // namespace

Result<JsonValue> parse_json(std::string_view text) {
  TreeBuilder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    return fail(ErrorClass::invalid, builder.error.empty() ? "is not valid JSON" : builder.error);
  }
  return std::move(builder.root);
}

}  // namespace orders::intake
