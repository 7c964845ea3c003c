#include "dlq/marks.h"

#include "dlq/read_to.h"

namespace orders::dlq {

Result<Marks> Marks::open(const kafka::Connection& connection, std::string topic, std::int32_t partitions) {
  Marks marks(std::move(topic), partitions);
  if (partitions == 0) return marks;
  auto committed = kafka::Consumer::create(connection, {});
  if (!committed) return fail(std::move(committed.error()));
  kafka::ConsumerOptions uncommitted;
  uncommitted.read_committed = false;
  auto all = kafka::Consumer::create(connection, uncommitted);
  if (!all) return fail(std::move(all.error()));
  std::vector<kafka::PartitionOffset> begin;
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    begin.push_back({{marks.topic_, partition}, kafka::offset_beginning, {}});
  }
  if (auto assigned = committed->assign(begin); !assigned) return fail(std::move(assigned.error()));
  marks.committed_ = std::move(*committed);
  marks.all_ = std::move(*all);
  return marks;
}

Result<> Marks::catch_up(Milliseconds timeout) {
  return partitions_ == 0 ? Result<>{} : catch_up(*committed_, timeout);
}

Result<> Marks::catch_up_with_all(Milliseconds timeout) {
  return partitions_ == 0 ? Result<>{} : catch_up(*all_, timeout);
}

Result<> Marks::catch_up(const kafka::Consumer& asked, Milliseconds timeout) {
  auto ends = ends_of(asked, topic_, partitions_, timeout);
  if (!ends) return fail(std::move(ends.error()));
  return read_to(*committed_, *ends, timeout, [&](const kafka::Record& record) {
    if (record.key() && record.value()) marked_.emplace(*record.key());
    return true;
  });
}

}  // namespace orders::dlq
