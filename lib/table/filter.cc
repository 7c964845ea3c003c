#include "table/filter.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "order/json_walk.h"

namespace orders::table {
namespace {

using order::JsonWalk;
using order::Kind;
using order::Next;
using order::Token;

/// Escapes are rare enough to be left to a parser that knows them all.
std::optional<std::string> string_of(const Token& token) {
  if (token.kind != Kind::string) return std::nullopt;
  if (!token.has_escapes) return std::string(token.body());
  const auto text = nlohmann::json::parse(token.text, nullptr, false);
  return text.is_string() ? std::optional(text.get<std::string>()) : std::nullopt;
}

/// Takes a member that is asked for. False: the walk is over.
bool take_member(JsonWalk& walk, std::string_view name, Members& members) {
  const bool wanted = name == "status" || name == "source" || name == "customerId";
  Token token;
  if (!wanted) return walk.skip(1);
  if (!walk.value(token) || token.kind == Kind::object || token.kind == Kind::array) return false;
  if (name == "status") {
    members.status = string_of(token);
  } else if (name == "source") {
    members.source = string_of(token);
  } else {
    members.customer_id = token.kind == Kind::number ? parse_int64(token.text) : std::nullopt;
  }
  return true;
}

}  // namespace

Members members_of(std::string_view value) {
  JsonWalk walk(value);
  Members members;
  if (!walk.take('{')) return {};
  Token name;
  for (bool is_first = true;; is_first = false) {
    const auto next = walk.next_member(is_first, name);
    if (next == Next::end) return walk.is_done() ? members : Members{};
    if (next == Next::fault || !take_member(walk, name.body(), members)) return {};
  }
}

bool Filter::wants(const TableRow& row) const {
  if (since && row.timestamp < *since) return false;
  if (!status && !source && !customer_id) return true;
  const auto members = members_of(row.value);
  const auto holds = [](const auto& wanted, const auto& found) { return !wanted || wanted == found; };
  return holds(status, members.status) && holds(source, members.source) && holds(customer_id, members.customer_id);
}

}  // namespace orders::table
