#include "reset/waiting.h"

#include <fmt/format.h>

#include <algorithm>

#include "kafka/topic_reader.h"
#include "replay/record_source.h"
#include "topology/task_options.h"

namespace orders::reset {
namespace {

/// What one side has committed. Only ordersd's metadata says where a rebuild begins.
Result<topology::Committed> committed_of(const Input& input) {
  const auto metadata = topology::decode(input.metadata);
  if (!metadata) return fail(metadata.error().error_class, input.at.text() + ": " + metadata.error().message);
  if (!*metadata) {
    return fail(ErrorClass::refused,
                fmt::format("the offset of {} was not committed by ordersd, so that nobody can say what waits",
                            input.at.text()),
                "another program was the last to work there, or an ordersd that had not begun");
  }
  const auto from = (*metadata)->start.from.offset;
  if (from < input.marks.low) {
    return fail(ErrorClass::gap, fmt::format("{} begins at offset {}, but the join needs it from {} on: {} records are "
                                             "gone",
                                             input.at.text(), input.marks.low, from, input.marks.low - from));
  }
  if (input.committed > input.marks.high) {
    return fail(ErrorClass::gap, fmt::format("{} ends at offset {}, but {} is committed: the topic was made anew",
                                             input.at.text(), input.marks.high, input.committed));
  }
  return topology::Committed{input.committed, **metadata, {}, input.marks.low};
}

Result<std::optional<replay::Record>> next_of(kafka::TopicReader& reader, FunctionRef<bool()> go_on) {
  auto record = reader.next(go_on);
  if (!record) return fail(std::move(record.error()));
  if (*record) return replay::copy(**record);
  if (!go_on()) return fail(ErrorClass::bug, "stopped", "nothing was kept: the same command begins anew");
  return std::nullopt;
}

}  // namespace

Result<replay::WaitingRecords> waiting_in(const Task& task, const config::Config& config,
                                          const kafka::Connection& connection, Milliseconds timeout, Wakeup& wakeup,
                                          FunctionRef<bool()> go_on) {
  const auto is_none = [](const Input& input) { return input.committed == kafka::offset_none; };
  if (std::ranges::all_of(task.inputs, is_none)) return replay::WaitingRecords{};
  std::array<topology::Committed, 2> committed;
  std::vector<kafka::OffsetRange> ranges;
  for (std::size_t i = 0; i < 2; ++i) {
    auto side = committed_of(task.inputs[i]);
    if (!side) return fail(std::move(side.error()));
    committed[i] = *std::move(side);
    ranges.push_back({task.inputs[i].at, committed[i].metadata->start.from.offset, committed[i].offset, 0});
  }
  std::ranges::sort(ranges, {}, &kafka::OffsetRange::at);
  auto reader = kafka::TopicReader::create(connection, {true, timeout}, wakeup);
  if (!reader) return fail(std::move(reader.error()));
  if (auto started = reader->start(std::move(ranges)); !started) return fail(std::move(started.error()));
  return replay::waiting_records(topology::task_options(config), task.inputs[0].at.partition, committed,
                                 [&] { return next_of(*reader, go_on); });
}

}  // namespace orders::reset
