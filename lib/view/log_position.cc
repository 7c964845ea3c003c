#include "view/log_position.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/log.h"

namespace orders::view {
namespace {

// Short, so that a stop does not wait long for a broker that is away.
constexpr Milliseconds look_up_timeout{2'000};

}  // namespace

Standing stand(std::int64_t position, const kafka::Watermarks& marks) {
  if (position > marks.high) return Standing::beyond_end;
  if (position < marks.low) return Standing::below_start;
  return Standing::within;
}

Result<Topic> look_up(const kafka::Admin& admin, const std::string& topic) {
  auto found = admin.topics(std::span(&topic, 1), look_up_timeout);
  if (!found) return fail(found.error());
  if (found->empty() || found->front().partitions == 0) {
    return fail(ErrorClass::wait, fmt::format("topic {} is not there", topic),
                "create it, for example with 'ordersctl topics create'");
  }
  auto cluster = admin.cluster_id(look_up_timeout);
  if (!cluster) return fail(cluster.error());
  return Topic{std::move(*cluster), found->front().partitions};
}

Retention retention_of(const kafka::Admin& admin, const std::string& topic) {
  Retention retention;
  auto config = admin.topic_config(topic, look_up_timeout);
  if (!config) {
    spdlog::debug("the settings of topic {} are not known: {}", topic, config.error().text());
    return retention;
  }
  retention.known = true;
  retention.compacted = (*config)["cleanup.policy"].find("compact") != std::string::npos;
  if (auto ms = parse_int64((*config)["delete.retention.ms"])) retention.tombstones = Milliseconds{*ms};
  return retention;
}

}  // namespace orders::view
