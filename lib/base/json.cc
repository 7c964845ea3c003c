#include "base/json.h"

#include <nlohmann/json.hpp>

namespace orders {

bool is_json(std::string_view text) {
  // nlohmann takes a NUL for the end of the text, whatever follows.
  return text.find('\0') == std::string_view::npos && nlohmann::json::accept(text);
}

}  // namespace orders
