#include "api/view_routes.h"

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "api/json_text.h"
#include "api/parameters.h"
#include "database/rewind.h"

namespace orders::api {

Reply rebuild_table(const std::function<void()>& rebuild, const Request& request) {
  if (auto refused = Parameters(request, {}).refused()) return std::move(*refused);
  rebuild();
  Reply reply;
  reply.status = 202;
  reply.body = R"({"accepted":true})";
  return reply;
}

Reply set_database_position(SessionPool& sessions, const Request& request) {
  Parameters parameters(request, {"partition", "offset", "forget_results"});
  const auto partition = parameters.integer("partition");
  const auto offset = parameters.integer("offset");
  const auto forget = parameters.text("forget_results").value_or("false");
  if (forget != "true" && forget != "false") parameters.refuse("forget_results", "must be true or false");
  if (auto refused = parameters.refused()) return std::move(*refused);
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  if (!partition || *partition < 0 || *partition > most)
    return bad_request("the partition must be given", {{"partition", "must be a partition's number"}});
  if (!offset || *offset < 0) return bad_request("the offset must be given", {{"offset", "must be 0 or more"}});
  const std::array target{database::Position{static_cast<std::int32_t>(*partition), *offset}};
  std::vector<std::int32_t> forgotten;
  if (forget == "true") forgotten.push_back(target.front().partition);
  const auto moved =
      sessions.with([&](database::Session& session) { return database::set_positions(session, target, forgotten); });
  if (!moved) return failed(moved.error());
  const auto from = moved->empty() ? *offset : moved->front().expected;
  Reply reply;
  reply.body = "{\"partition\":" + std::to_string(*partition) + ",\"from\":" + std::to_string(from) +
               ",\"to\":" + std::to_string(*offset) + "}";
  return reply;
}

}  // namespace orders::api
