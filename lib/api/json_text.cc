#include "api/json_text.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace orders::api {

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string with_members(std::string object, std::string_view members) {
  object.pop_back();
  if (object.size() > 1) object += ',';
  object += members;
  object += '}';
  return object;
}

Reply bad_request(std::string_view detail, const std::vector<intake::Problem>& errors) {
  Reply reply = problem(400, "Bad Request", detail);
  std::string list;
  for (const auto& error : errors) {
    list += (list.empty() ? "" : ",") + (R"({"member":)" + json_string(error.member)) + R"(,"message":)" +
            json_string(error.message) + "}";
  }
  reply.body = with_members(std::move(reply.body), "\"errors\":[" + list + "]");
  return reply;
}

Reply failed(const Error& error) {
  switch (error.error_class) {
    case ErrorClass::wait:
    case ErrorClass::denied:
    case ErrorClass::abort:
    case ErrorClass::recreate:
    case ErrorClass::gap: {
      Reply reply = problem(503, "Service Unavailable", error.text());
      reply.headers.emplace_back("Retry-After", "5");
      return reply;
    }
    default:
      spdlog::error("api: {}: {}", to_string(error.error_class), error.text());
      return problem(500, "Internal Server Error", error.text());
  }
}

Reply no_database() { return problem(409, "Conflict", "this daemon keeps no orders: database.backend is none"); }

}  // namespace orders::api
