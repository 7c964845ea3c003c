#include "dlq/dead_letters.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>
#include <utility>

#include "dlq/read_to.h"
#include "kafka/admin.h"

namespace orders::dlq {
namespace {

/// Partitions of both topics; 0 where one is not there.
Result<std::pair<std::int32_t, std::int32_t>> partitions(const kafka::Connection& connection,
                                                         const config::Topics& topics, Milliseconds timeout) {
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  auto found = admin->topics(std::array{topics.dead_letter, topics.drained}, timeout);
  if (!found) return fail(std::move(found.error()));
  return std::pair((*found)[0].partitions, (*found)[1].partitions);
}

}  // namespace

Result<DeadLetters> DeadLetters::open(const kafka::Connection& connection, const config::Topics& topics,
                                      Milliseconds timeout) {
  auto counts = partitions(connection, topics, timeout);
  if (!counts) return fail(std::move(counts.error()));
  const auto [of_letters, of_marks] = *counts;
  if (of_letters == 0) {
    return fail(ErrorClass::not_found, fmt::format("there is no dead-letter topic {}", topics.dead_letter),
                "create it: ordersctl topics create; another name: topics.dead_letter in ordersd.yaml(5)");
  }
  auto marks = Marks::open(connection, topics.drained, of_marks);
  if (!marks) return fail(std::move(marks.error()));
  if (auto caught_up = marks->catch_up(timeout); !caught_up) return fail(std::move(caught_up.error()));
  DeadLetters opened(connection, timeout, *std::move(marks));
  auto consumer = kafka::Consumer::create(connection, {});
  if (!consumer) return fail(std::move(consumer.error()));
  auto ends = ends_of(*consumer, topics.dead_letter, of_letters, timeout);
  if (!ends) return fail(std::move(ends.error()));
  opened.ends_ = *std::move(ends);
  return opened;
}

Result<DeadLetters::Scan> DeadLetters::read(const Filter& filter, FunctionRef<bool(Letter&)> take) const {
  // A new one for each reading: assigned anew, librdkafka may still hand out what it had fetched before.
  auto consumer = kafka::Consumer::create(connection_, {});
  if (!consumer) return fail(std::move(consumer.error()));
  auto begin = ends_;
  for (auto& partition : begin) partition.offset = kafka::offset_beginning;
  if (auto assigned = consumer->assign(begin); !assigned) return fail(std::move(assigned.error()));
  Scan scan;
  std::unordered_set<std::string> seen;
  auto done = read_to(*consumer, ends_, timeout_, [&](const kafka::Record& record) {
    if (record.offset() >= ends_[static_cast<std::size_t>(record.partition())].offset) return true;
    auto letter = letter_of(record);
    if (!filter.matches(letter)) return true;
    const auto identity = letter.identity();
    if (marks_.contains(identity)) {
      ++scan.drained;
      return true;
    }
    if (!seen.insert(identity).second) {
      ++scan.copies;
      return true;
    }
    return take(letter);
  });
  if (!done) return fail(std::move(done.error()));
  return scan;
}

}  // namespace orders::dlq
