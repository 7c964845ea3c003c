#include "published_check.h"

#include <fmt/format.h>

#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "view/presence.h"

namespace orders::daemon {
namespace {

constexpr Milliseconds ask_timeout{2'000};
constexpr Milliseconds table_patience{2'000};  ///< for all partitions together: new orders wait meanwhile

/// The ends of all partitions, transactions that are still open included.
Result<std::vector<std::int64_t>> ends(const kafka::Connection& connection, const std::string& topic) {
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(admin.error());
  auto topics = admin->topics(std::span(&topic, 1), ask_timeout);
  if (!topics) return fail(topics.error());
  kafka::ConsumerOptions options;
  options.read_committed = false;
  auto consumer = kafka::Consumer::create(connection, options);
  if (!consumer) return fail(consumer.error());
  std::vector<std::int64_t> ends;
  for (std::int32_t partition = 0; partition < topics->front().partitions; ++partition) {
    auto end = consumer->end({topic, partition}, ask_timeout);
    if (!end) return fail(end.error());
    ends.push_back(*end);
  }
  if (ends.empty()) return fail(ErrorClass::wait, fmt::format("topic {} is not there", topic));
  return ends;
}

}  // namespace

intake::PublishedCheck published_check(const kafka::Connection& connection, const std::string& topic,
                                       const view::TableView& table) {
  return [connection, topic, &table](const std::vector<order::OrderId>& ids) -> Result<std::vector<bool>> {
    const auto passed = ends(connection, topic);
    if (!passed) return fail(passed.error());
    return view::present(table, *passed, ids, table_patience);
  };
}

}  // namespace orders::daemon
