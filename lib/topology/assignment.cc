// The worker's part that takes partitions over and gives them up.
#include <fmt/format.h>

#include <set>

#include "base/failpoint.h"
#include "base/log.h"
#include "rocks/folder.h"
#include "topology/running_task.h"
#include "topology/worker.h"

namespace orders::topology {
namespace {

constexpr Milliseconds lookup_timeout{5'000};
constexpr Milliseconds commit_on_revoke{2'000};

/// What the records just before `offset` say of the side's stream time: the highest timestamp of the last hundred.
Result<std::optional<Timestamp>> estimate_stream_time(const kafka::Connection& connection,
                                                      const kafka::TopicPartition& at, std::int64_t low,
                                                      std::int64_t offset) {
  if (offset <= low) return std::nullopt;
  auto reader = kafka::Consumer::create(connection, {});
  if (!reader) return fail(reader.error());
  const kafka::PartitionOffset start{at, std::max(low, offset - 100), {}};
  if (auto assigned = reader->assign(std::span(&start, 1)); !assigned) return fail(assigned.error());
  std::optional<Timestamp> highest;
  const auto deadline = std::chrono::steady_clock::now() + lookup_timeout;
  while (reader->at_end().empty()) {
    if (std::chrono::steady_clock::now() > deadline)
      return fail(ErrorClass::wait, fmt::format("{} could not be read in time", at.text()));
    auto record = reader->poll(Milliseconds{50});
    if (!record) return fail(record.error());
    if (!*record) continue;
    if ((*record)->offset() >= offset) break;
    highest = std::max(highest.value_or((*record)->timestamp()), (*record)->timestamp());
  }
  return highest;
}

}  // namespace

void Worker::assigned(const std::vector<kafka::TopicPartition>& partitions) {
  ORDERS_FAILPOINT("worker.assigned.before");
  give_up_tasks();
  stopped_.clear();
  auto taken = take_over(partitions);
  ORDERS_FAILPOINT_RESULT("worker.assigned.middle", taken);
  for (auto& [partition, running] : tasks_) running->task.set_memory(options_.buffer_memory / tasks_.size());
  if (taken) taken = start_reading();
  ORDERS_FAILPOINT("worker.assigned.after");
  for (auto& [partition, parked] : parked_) {
    if (parked.running) past_ += parked.running->task.given_up();
  }
  parked_.clear();
  if (!taken) {
    consumer_->unassign();
    // The group gives the partitions again only after a rejoin: run_once() begins anew with a new client.
    rebalance_error_ = taken.error();
    return;
  }
  set_state(WorkerStatus::State::running);
  publish(true);
}

Result<> Worker::take_over(const std::vector<kafka::TopicPartition>& partitions) {
  // Those of the others tell whether this application is new.
  std::vector<kafka::TopicPartition> all = partitions;
  for (std::int32_t partition = 0; partition < options_.partitions; ++partition) {
    for (const auto& topic : {options_.task.topics.payments, options_.task.topics.stock})
      all.push_back({topic, partition});
  }
  auto committed = consumer_->committed(all, lookup_timeout);
  if (!committed) return fail(committed.error());
  // Of all partitions, before any of them goes on: were some to commit under settings that others refuse, neither these
  // settings nor those before could be used any more.
  for (const auto& offset : *committed) {
    const auto metadata = decode(offset.metadata);
    if (!metadata || !*metadata) continue;  // see look_up()
    auto allowed = check_change(**metadata, offset.offset, options_.task.settings, offset.at.text());
    if (!allowed) return allowed;
  }
  has_run_ = std::ranges::any_of(*committed, [](const auto& offset) { return offset.offset != kafka::offset_none; });
  if (auto same = check_counts(); !same) {
    if (same.error().error_class != ErrorClass::gap) return same;
    std::set<std::int32_t> numbers;
    for (const auto& at : partitions) numbers.insert(at.partition);
    for (const auto partition : numbers) stop_task(partition, same.error().text());
    return {};
  }
  committed->resize(partitions.size());
  std::map<std::int32_t, std::array<std::optional<kafka::PartitionOffset>, 2>> pairs;
  for (auto& offset : *committed) {
    const bool payment = offset.at.topic == options_.task.topics.payments;
    pairs[offset.at.partition][payment ? 0 : 1] = offset;
  }
  for (const auto& [partition, pair] : pairs) {
    if (!pair[0] || !pair[1]) {
      return fail(ErrorClass::invalid,
                  fmt::format("partition {} of {} and {} was not assigned together", partition,
                              options_.task.topics.payments, options_.task.topics.stock),
                  "all instances must use the same topics, and the topics the same number of partitions");
    }
    auto task = make_task(partition, *pair[0], *pair[1]);
    if (!task && task.error().error_class == ErrorClass::gap) {
      stop_task(partition, task.error().text());
      continue;
    }
    if (!task) return fail(task.error());
    tasks_[partition] = *std::move(task);
  }
  return {};
}

/// Partitions that were added move keys, while we run or since: an order's answers may lie in two partitions then.
Result<> Worker::check_counts() const {
  const auto& topics = options_.task.topics;
  const auto ran = options_.marker->partitions();
  const auto wanted = ran > 0 ? ran : options_.partitions;
  for (const auto& topic : {topics.payments, topics.stock}) {
    const auto count = consumer_->partition_count(topic, lookup_timeout);
    if (!count) return fail(count.error());
    if (*count == wanted) continue;
    return fail(
        ErrorClass::gap,
        fmt::format("{} has {} partitions, and had {} when the join ran last: keys have moved, so that the answers of "
                    "one order may lie in two partitions",
                    topic, *count, wanted),
        fmt::format("make the topics anew with {} partitions; or go on with {}, once no order waits for an answer: "
                    "stop all instances, and for each: ordersctl replay reset --accept-gap --execute",
                    wanted, *count));
  }
  return {};
}

/// Offsets that are not there have expired, or were deleted. Where nothing at all is committed, the group itself is
/// gone, and whoever has run before can't tell in which of its partitions.
bool Worker::has_run_in(std::int32_t partition) const {
  return options_.marker->has_committed(partition) || (!has_run_ && options_.marker->partitions() > 0);
}

Result<std::unique_ptr<Worker::Running>> Worker::make_task(std::int32_t partition,
                                                           const kafka::PartitionOffset& payment,
                                                           const kafka::PartitionOffset& stock) {
  if (const auto parked = parked_.find(partition); parked != parked_.end()) {
    auto running = std::move(parked->second.running);
    const auto unchanged = [](const kafka::PartitionOffset& a, const kafka::PartitionOffset& b) {
      return a.offset == b.offset && a.metadata == b.metadata;
    };
    const auto& ours = running->last_committed;
    if (ours.size() == 2 && unchanged(ours[0], payment) && unchanged(ours[1], stock)) {
      spdlog::info("{}: partition {}: back as it was, the buffer is kept", options_.name, partition);
      return running;
    }
    past_ += running->task.given_up();
  }
  auto running = std::make_unique<Running>(partition, options_.task);
  running->task.set_memory(options_.buffer_memory / std::max<std::size_t>(tasks_.size() + 1, 2));
  auto committed = look_up({payment, stock}, running->task);
  if (!committed) return fail(committed.error());
  if (auto restored = running->task.restore(*committed); !restored) return fail(restored.error());
  spdlog::info("{}: partition {}: {} {}..{}, {} {}..{}{}", options_.name, partition, payment.at.topic,
               running->task.next_offset(Side::payment), (*committed)[0].offset, stock.at.topic,
               running->task.next_offset(Side::stock), (*committed)[1].offset,
               running->task.resumes(*committed).value_or(false) ? ", behind what the buffer on disk holds" : "");
  // A first commit pins where the application began, and under which settings.
  if (!running->task.rebuilding()) mark_dirty();
  return running;
}

/// Completes what was committed: a first start, a cold start, or a gap.
Result<std::array<Committed, 2>> Worker::look_up(const std::array<kafka::PartitionOffset, 2>& offsets, Task& task) {
  std::array<Committed, 2> found;
  std::array<kafka::Watermarks, 2> marks;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& at = offsets[i].at;
    auto mark = consumer_->watermarks(at, lookup_timeout);
    if (!mark) return fail(mark.error());
    marks[i] = *mark;
    auto decoded = decode(offsets[i].metadata);
    if (!decoded)
      return fail(Error{decoded.error().error_class, at.text() + ": " + decoded.error().message, decoded.error().hint});
    found[i] = {.offset = offsets[i].offset, .metadata = *decoded, .cold_from = {}, .log_start = mark->low};
  }
  const auto resumes = task.resumes(found);
  if (!resumes) {
    disk_failed_ = !rocks::check_writable(options_.task.buffer.folder);
    return fail(resumes.error());
  }
  const bool ours = found[0].metadata || found[1].metadata || has_run_in(offsets[0].at.partition);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& at = offsets[i].at;
    auto& offset = found[i].offset = offsets[i].offset;
    if (offset == kafka::offset_none && ours) {
      return fail(ErrorClass::gap,
                  fmt::format("the committed offset of {} is gone, though this application has run before: it has "
                              "expired, or was deleted",
                              at.text()),
                  "ordersctl replay reset --accept-gap begins where the input begins, --to elsewhere: "
                  "ordersctl-replay-reset(1)");
    }
    // On a group that another program left, a topic without a commit is one it never got a record from.
    const bool latest = !has_run_ && options_.stream.start == config::Start::latest;
    if (offset == kafka::offset_none) offset = latest ? marks[i].high : marks[i].low;
    const auto from = found[i].metadata ? found[i].metadata->start.from.offset : offset;
    if (from < marks[i].low && !*resumes) {
      return fail(ErrorClass::gap,
                  fmt::format("{} begins at offset {}, but the join needs it from {} on: {} records are gone",
                              at.text(), marks[i].low, from, marks[i].low - from),
                  "ordersctl replay reset --accept-gap goes on without them");
    }
    if (offset > marks[i].high) {
      return fail(ErrorClass::gap,
                  fmt::format("{} ends at offset {}, but {} is committed: the topic was made anew", at.text(),
                              marks[i].high, offset),
                  "ordersctl replay reset --accept-gap begins with the new topic");
    }
    found[i].cold_from = {offset, std::nullopt};
  }
  const bool first_start = offsets[0].offset == kafka::offset_none && offsets[1].offset == kafka::offset_none;
  const bool cold = !first_start && !(found[0].metadata && found[1].metadata);
  if (auto looked = cold ? find_cold_start(offsets, marks, found) : Result<>{}; !looked) return fail(looked.error());
  return found;
}

/// Without metadata on both sides, what a rebuild needs is looked up by time: behind both sides' stream times, and no
/// later than what metadata there is says.
Result<> Worker::find_cold_start(const std::array<kafka::PartitionOffset, 2>& offsets,
                                 const std::array<kafka::Watermarks, 2>& marks, std::array<Committed, 2>& found) {
  std::optional<Timestamp> earliest;
  for (std::size_t i = 0; i < 2; ++i) {
    auto time = found[i].metadata
                    ? Result<std::optional<Timestamp>>(found[i].metadata->stream_time)
                    : estimate_stream_time(options_.connection, offsets[i].at, marks[i].low, found[i].offset);
    if (!time) return fail(time.error());
    if (*time) earliest = std::min(earliest.value_or(**time), **time);
  }
  const auto& join = options_.task.settings.join;
  for (std::size_t i = 0; i < 2; ++i) {
    auto& from = found[i].cold_from.offset;
    if (earliest) {
      const auto back = std::max(*earliest - 2 * join.retention() - std::max(join.after, join.before), Timestamp{});
      auto looked_up = consumer_->offset_for_time(offsets[i].at, back, lookup_timeout);
      if (!looked_up) return fail(looked_up.error());
      if (*looked_up >= 0) from = std::min(*looked_up, from);
    }
    if (found[i].metadata) from = std::min(from, found[i].metadata->start.from.offset);
    spdlog::warn(
        "{}: {}: cold start, for the offsets were not committed by this version of ordersd: committed {}, read again "
        "from {}",
        options_.name, offsets[i].at.text(), found[i].offset, from);
  }
  return {};
}

Result<> Worker::start_reading() {
  std::vector<kafka::PartitionOffset> starts;
  for (auto& [partition, running] : tasks_) {
    for (const Side side : {Side::payment, Side::stock}) {
      starts.push_back({{running->task.topic(side), partition}, running->task.next_offset(side), {}});
    }
  }
  auto queues = consumer_->assign_with_queues(starts);
  if (!queues) return fail(queues.error());
  auto queue = queues->begin();
  for (auto& [partition, running] : tasks_) {
    for (const Side side : {Side::payment, Side::stock}) {
      running->lane(side) = Lane{};
      running->lane(side).queue.emplace(std::move(*queue++));
    }
  }
  std::vector<kafka::TopicPartition> partitions;
  for (const auto& start : starts) partitions.push_back(start.at);
  ends_ = std::make_unique<kafka::EndWatcher>(*consumer_, std::move(partitions));
  return {};
}

void Worker::revoked(const std::vector<kafka::TopicPartition>&, bool lost) {
  ORDERS_FAILPOINT("worker.revoked.before");
  bool clean = !dirty_;
  if (dirty_ && !lost) clean = commit(commit_on_revoke).has_value();
  ORDERS_FAILPOINT("worker.revoked.after");
  if (!clean || lost) unit_.abandon();
  ends_.reset();
  for (auto& [partition, running] : tasks_) {
    if (clean && !lost && !running->task.rebuilding() && !running->task.on_disk()) {
      running->lanes = {};
      parked_[partition] = {std::move(running)};
    } else {
      past_ += running->task.given_up();
    }
  }
  tasks_.clear();
  stopped_.clear();
  dirty_ = false;
  set_state(WorkerStatus::State::rebalancing);
  publish(true);
}

void Worker::give_up_tasks() {
  ends_.reset();
  for (auto& [partition, running] : tasks_) past_ += running->task.given_up();
  tasks_.clear();
  dirty_ = false;
}

void Worker::stop_task(std::int32_t partition, std::string reason) {
  spdlog::error("{}: partition {} stopped: {}", options_.name, partition, reason);
  if (const auto at = tasks_.find(partition); at != tasks_.end()) {
    past_ += at->second->task.given_up();
    tasks_.erase(at);
  }
  stopped_[partition] = std::move(reason);
}

}  // namespace orders::topology
