#include "api/join_routes.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/json_text.h"
#include "api/parameters.h"

namespace orders::api {
namespace {

using Json = nlohmann::ordered_json;

Json waiting_json(const topology::WaitingRecord& record) {
  const auto& place = record.place;
  const bool known = record.status != order::Status::unknown;
  return {{"orderId", record.order_id},
          {"side", join::to_string(place.side)},
          {"waitsFor", join::to_string(join::other(place.side))},
          {"topic", record.topic},
          {"partition", place.partition},
          {"offset", place.offset},
          {"timestamp", to_millis(place.timestamp)},
          {"status", known ? Json(order::to_string(record.status)) : Json(nullptr)},
          {"age_ms", record.age.count()},
          {"givenUpAbove", to_millis(record.given_up_above)},
          {"left_ms", record.left ? Json(record.left->count()) : Json(nullptr)}};
}

/// Of a parameter that is there; nothing, and refused, when it can't be read.
template <class T, class Read>
void take(Parameters& parameters, std::string_view name, std::string_view expected, std::optional<T>& out, Read read) {
  const auto text = parameters.text(name);
  if (!text) return;
  out = read(*text);
  if (!out) parameters.refuse(name, expected);
}

std::optional<join::Side> side_of(std::string_view text) {
  for (const auto side : {join::Side::payment, join::Side::stock}) {
    if (text == join::to_string(side)) return side;
  }
  return std::nullopt;
}

}  // namespace

Reply list_waiting(const Waiting& waiting, const Request& request) {
  Parameters parameters(request, {"partition", "side", "after", "limit"});
  topology::WaitingQuery query;
  take(parameters, "side", "must be payment or stock", query.side, side_of);
  take(parameters, "after", "must be the \"next\" of a page before", query.after, topology::parse_waiting_place);
  query.limit = parameters.limit();
  if (const auto partition = parameters.integer("partition")) {
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    if (*partition < 0 || *partition > most) parameters.refuse("partition", "must be a partition's number");
    query.partition = static_cast<std::int32_t>(*partition);
  }
  if (auto refused = parameters.refused()) return std::move(*refused);
  const auto page = waiting(query);
  if (!page) return failed(page.error());
  Json records = Json::array();
  for (const auto& record : page->records) records.push_back(waiting_json(record));
  const Json answer{{"waiting", std::move(records)},
                    {"next", page->next ? Json(topology::to_string(*page->next)) : Json(nullptr)},
                    {"partitions", page->partitions},
                    {"rebuilding", page->rebuilding}};
  Reply reply;
  reply.body = answer.dump();
  return reply;
}

}  // namespace orders::api
