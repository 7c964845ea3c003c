#include "replay/driver.h"

#include <algorithm>
#include <utility>

namespace orders::replay {
namespace {

constexpr std::array sides{Side::payment, Side::stock};

topology::TaskOptions dated_as_records(topology::TaskOptions options) {
  options.dead_letter_time = [](Timestamp record) { return record; };
  return options;
}

}  // namespace

topology::SourceRecord as_source(const Record& record) {
  return {.offset = record.offset,
          .timestamp = record.timestamp,
          .timestamp_type = "CreateTime",
          .key = record.key,
          .value = record.value,
          .headers = topology::SourceHeaders(record.headers)};
}

const Record* PartitionLog::at(Side side, std::int64_t offset) const {
  const auto& log = of(side);
  const auto found = std::ranges::lower_bound(log, offset, {}, &Record::offset);
  return found == log.end() ? nullptr : &*found;
}

Driver::Driver(topology::TaskOptions options) : options_(dated_as_records(std::move(options))) {}
Driver::~Driver() = default;

std::unique_ptr<topology::Task> Driver::make_task(std::int32_t partition) const {
  auto task = std::make_unique<topology::Task>(partition, options_);
  if (memory_) task->set_memory(*memory_);
  return task;
}

topology::Task& Driver::task(std::int32_t partition) {
  auto& task = tasks_[partition];
  if (!task) {
    task = make_task(partition);
    // A first start has no settings that could have changed.
    if (!task->restore({})) std::abort();
  }
  return *task;
}

void Driver::feed(Side side, const Record& record) { task(record.partition).process(side, as_source(record), outputs_); }

std::vector<Record> Driver::take() {
  std::vector<Record> taken;
  taken.reserve(outputs_.records.size());
  for (auto& output : std::exchange(outputs_, {}).records) {
    taken.push_back({.topic = std::move(output.topic),
                     .partition = output.partition,
                     .offset = no_offset,
                     .timestamp = output.timestamp.value_or(Timestamp{}),
                     .key = std::move(output.key),
                     .value = std::move(output.value),
                     .headers = std::move(output.headers)});
  }
  return taken;
}

topology::Fates Driver::fates() const {
  topology::Fates sum;
  for (const auto& [partition, task] : tasks_) sum += task->fates();
  return sum;
}

topology::Fates Driver::given_up() const {
  topology::Fates sum;
  for (const auto& [partition, task] : tasks_) sum += task->given_up();
  return sum;
}

std::uint64_t Driver::waiting(Side side) const {
  std::uint64_t sum = 0;
  for (const auto& [partition, task] : tasks_) {
    const auto status = task->status();
    sum += (side == Side::payment ? status.payment : status.stock).waiting;
  }
  return sum;
}

Driver::Positions Driver::positions() {
  Positions positions;
  for (auto& [partition, task] : tasks_) {
    const auto offsets = task->positions();
    for (const Side side : sides) {
      const auto i = static_cast<std::size_t>(side);
      auto metadata = topology::decode(offsets[i].metadata);
      if (!metadata || !*metadata) std::abort();  // its own text
      positions[partition][i] = {.offset = offsets[i].offset, .metadata = **metadata, .cold_from = {}};
    }
  }
  return positions;
}

void Driver::committed() {
  for (auto& [partition, task] : tasks_) task->committed();
}

Result<> Driver::restore(std::int32_t partition, const std::array<topology::Committed, 2>& committed,
                         const PartitionLog& log, Pick pick) {
  auto task = make_task(partition);
  if (auto restored = task->restore(committed); !restored) return restored;
  if (task->resumes(committed).value_or(false)) ++resumed_;
  topology::Outputs outputs;
  while (task->rebuilding()) {
    for (const Side side : sides) {
      const auto* record = log.at(side, task->next_offset(side));
      task->skip_to(side, record ? record->offset : log.ends[static_cast<std::size_t>(side)]);
    }
    if (task->held(Side::payment) && task->held(Side::stock)) {
      if (auto finished = task->finish_phase(); !finished) return finished;
      continue;
    }
    auto side = pick();
    if (task->held(side)) side = join::other(side);
    const auto* record = log.at(side, task->next_offset(side));
    if (!record) return fail(ErrorClass::gap, "the log ends before what was committed");
    task->process(side, as_source(*record), outputs);
  }
  if (!outputs.records.empty()) return fail(ErrorClass::bug, "the rebuild brought something forth");
  tasks_[partition] = std::move(task);
  return {};
}

void Driver::abandon() {
  for (auto& [partition, task] : tasks_) task->abandon_buffer();
}

std::size_t Driver::on_disk() const {
  return static_cast<std::size_t>(std::ranges::count_if(tasks_, [](const auto& task) { return task.second->on_disk(); }));
}

const Error* Driver::trouble() const {
  for (const auto& [partition, task] : tasks_) {
    if (const auto* error = task->trouble()) return error;
  }
  return nullptr;
}

const Record* Driver::next(const PartitionLog& log, std::int32_t partition, Side side) {
  return log.at(side, task(partition).next_offset(side));
}

}  // namespace orders::replay
