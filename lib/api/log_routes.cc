#include "api/log_routes.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/json_text.h"
#include "api/parameters.h"
#include "base/bytes.h"

namespace orders::api {
namespace {

using Json = nlohmann::ordered_json;
/// Of a request: it is read by the thread that reads the sockets.
constexpr std::size_t most_bytes = 1'024;

Reply reply_of(const LogLevels::State& state) {
  const Json body{{"level", to_string(state.level)},
                  {"configured", to_string(state.configured)},
                  {"until", state.until ? Json(format_timestamp(*state.until)) : Json(nullptr)}};
  Reply reply;
  reply.body = body.dump();
  return reply;
}

/// A request's members, or what is wrong with each of them.
struct Wanted {
  std::optional<LogLevel> level;
  std::optional<Milliseconds> time;
  std::vector<intake::Problem> problems;

  void read_level(const Json& value) {
    if (value.is_string()) level = parse_log_level(value.get_ref<const std::string&>());
    if (!level) problems.push_back({"level", "must be trace, debug, info, warn or error"});
  }
  void read_time(const Json& value) {
    const auto parsed =
        value.is_string() ? parse_duration(value.get_ref<const std::string&>()) : Result<Milliseconds>(Milliseconds{0});
    if (parsed && parsed->count() > 0 && *parsed <= LogLevels::longest) {
      time = *parsed;
    } else {
      problems.push_back({"for", "must be a duration of up to " + format_duration(LogLevels::longest) + ": \"PT5M\""});
    }
  }
};

Wanted read(const Json& body) {
  Wanted wanted;
  if (!body.contains("level")) wanted.problems.push_back({"level", "is missing"});
  for (const auto& [name, value] : body.items()) {
    if (name == "level") {
      wanted.read_level(value);
    } else if (name == "for") {
      wanted.read_time(value);
    } else {
      wanted.problems.push_back({printable(name), "is not known"});
    }
  }
  return wanted;
}

}  // namespace

Reply log_level(const LogLevels& levels, const Request& request) {
  if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
  return reply_of(levels.state());
}

Reply set_log_level(LogLevels& levels, const Request& request) {
  if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
  const auto body = Json::parse(request.body.substr(0, most_bytes), nullptr, false);
  if (!body.is_object()) {
    const std::string message = R"(must be a JSON object: {"level": "debug", "for": "PT5M"})";
    return bad_request("the body " + message, {{"", message}});
  }
  const auto wanted = read(body);
  if (!wanted.problems.empty()) {
    std::string detail;
    for (const auto& [member, message] : wanted.problems) {
      detail += (detail.empty() ? "" : "; ") + member + " " + message;
    }
    return bad_request(detail, wanted.problems);
  }
  levels.set(*wanted.level, wanted.time);
  return reply_of(levels.state());
}

}  // namespace orders::api
