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

std::string base64(std::string_view bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t there = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < there ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) out += k <= there ? alphabet[(group >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
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
