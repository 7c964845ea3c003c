#include "dlq/dead_letters.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>

#include "dlq/read_to.h"
#include "kafka/admin.h"

namespace orders::dlq {
namespace {

Result<kafka::TopicInfo> find_topic(const kafka::Connection& connection, const std::string& name,
                                    Milliseconds timeout) {
  auto admin = kafka::Admin::create(connection);
  if (!admin) return fail(std::move(admin.error()));
  auto found = admin->topics(std::array{name}, timeout);
  if (!found) return fail(std::move(found.error()));
  return found->front();
}

}  // namespace

Result<DeadLetters> DeadLetters::open(const kafka::Connection& connection, const config::Topics& topics,
                                      Milliseconds timeout) {
  auto letters = find_topic(connection, topics.dead_letter, timeout);
  if (!letters) return fail(std::move(letters.error()));
  if (letters->partitions == 0) {
    return fail(ErrorClass::not_found, fmt::format("there is no dead-letter topic {}", topics.dead_letter),
                "create it: ordersctl topics create; another name: topics.dead_letter in ordersd.yaml(5)");
  }
  auto drained = find_topic(connection, topics.drained, timeout);
  if (!drained) return fail(std::move(drained.error()));
  auto marks = Marks::open(connection, topics.drained, drained->partitions);
  if (!marks) return fail(std::move(marks.error()));
  if (auto caught_up = marks->catch_up(timeout); !caught_up) return fail(std::move(caught_up.error()));
  DeadLetters opened(connection, timeout, *std::move(marks));
  auto consumer = kafka::Consumer::create(connection, {});
  if (!consumer) return fail(std::move(consumer.error()));
  auto ends = ends_of(*consumer, topics.dead_letter, letters->partitions, timeout);
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
    // The join's are written with the offsets that they come from, in one transaction: there are no copies.
    if (letter.of.origin != "join" && !seen.insert(identity).second) {
      ++scan.copies;
      return true;
    }
    return take(letter);
  });
  if (!done) return fail(std::move(done.error()));
  return scan;
}

}  // namespace orders::dlq
