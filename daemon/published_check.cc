#include "published_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "kafka/admin.h"
#include "kafka/consumer.h"

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
    const auto deadline = std::chrono::steady_clock::now() + table_patience;
    for (std::size_t partition = 0; partition < passed->size(); ++partition) {
      const auto end = (*passed)[partition];
      const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
      if (end > 0 && !table.wait_for(static_cast<std::int32_t>(partition), end - 1, std::max(left, Milliseconds{0}))) {
        return fail(ErrorClass::wait, fmt::format("the table has not yet passed {}[{}]@{}", topic, partition, end));
      }
    }
    const auto rows = table.table();
    if (rows == nullptr) return fail(ErrorClass::wait, "the table is being opened");
    std::vector<bool> published;
    for (const auto id : ids) {
      auto row = rows->get(id);
      if (!row) return fail(row.error());
      published.push_back(row->has_value());
    }
    return published;
  };
}

}  // namespace orders::daemon
