#include "api/parameters.h"

#include <algorithm>
#include <set>

#include "api/json_text.h"
#include "base/bytes.h"

namespace orders::api {

Parameters::Parameters(const Request& request, std::initializer_list<std::string_view> known) : request_(request) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto near = nearest(name, known);
      problems_.push_back(
          {name, near.empty() ? "is not known" : "is not known; did you mean " + std::string(near) + "?"});
    } else if (!seen.insert(name).second) {
      problems_.push_back({name, "is there twice"});
    }
  }
}

std::optional<std::int64_t> Parameters::integer(std::string_view name) {
  const auto value = request_.parameter(name);
  if (!value) return std::nullopt;
  auto number = parse_int64(*value);
  if (!number) problems_.push_back({std::string(name), "must be a whole number"});
  return number;
}

std::optional<std::string> Parameters::text(std::string_view name) {
  auto value = request_.parameter(name);
  if (value && value->empty()) problems_.push_back({std::string(name), "must not be empty"});
  return value;
}

std::int64_t Parameters::number(std::string_view name, Bounds bounds) {
  const auto value = request_.parameter(name);
  if (!value) return bounds.usual;
  const auto number = parse_int64(*value);
  if (number && *number >= bounds.least && *number <= bounds.most) return *number;
  refuse(name, "must be a whole number from " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most));
  return bounds.usual;
}

std::optional<Reply> Parameters::refused() const {
  if (problems_.empty()) return std::nullopt;
  std::string names;
  for (const auto& p : problems_) names += (names.empty() ? "" : "; ") + p.member + " " + p.message;
  return bad_request(names, problems_);
}

tl::expected<order::OrderId, Reply> id_of(const Request& request) {
  if (const auto id = parse_int64(request.captures.at(0))) return *id;
  return tl::unexpected<Reply>(
      bad_request("id must be a whole number of 64 bits", {{"id", "must be a whole number of 64 bits"}}));
}

}  // namespace orders::api
