#include "topology/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "order/key.h"

namespace orders::topology {
namespace {

constexpr std::size_t rebuild_write_records = 1'024;
constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();
constexpr std::array sides{Side::payment, Side::stock};
constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }

/// Fine enough that a rebuild reads little more than it must, coarse enough to keep few.
Milliseconds checkpoint_spacing(const join::Settings& settings) {
  return std::max<Milliseconds>(settings.retention() / 32, Milliseconds{1});
}

}  // namespace

Task::Task(std::int32_t partition, const TaskOptions& options)
    : partition_(partition),
      options_(options),
      buffer_(options.buffer, partition),
      engine_(options.settings.join, buffer_.get()) {}

Task::~Task() {
  const bool clean = here(Side::payment).next_offset == committed_offsets_[0] &&
                     here(Side::stock).next_offset == committed_offsets_[1];
  if (clean && on_disk()) write_buffer(true);
}

const std::string& Task::topic(Side side) const {
  return side == Side::payment ? options_.topics.payments : options_.topics.stock;
}

// --- rebuild

Result<bool> Task::resumes(const std::array<Committed, 2>& committed) {
  if (!resumes_) {
    auto opened = buffer_.open(buffer_identity(), options_.settings.join.retention(), committed);
    engine_.use(buffer_.get());
    if (!opened) return fail(opened.error());
    resume_ = *std::move(opened);
    resumes_ = resume_.has_value();
  }
  return *resumes_;
}

Result<> Task::restore(const std::array<Committed, 2>& committed) {
  const auto& [payment, stock] = committed;
  if (auto opened = resumes(committed); !opened) return fail(opened.error());
  const bool warm = payment.metadata && stock.metadata;
  if (auto planned = warm ? plan_change(committed) : Result<>{}; !planned) return planned;
  for (const Side side : sides) {
    const auto& [offset, metadata, cold_from, log_start] = committed[index(side)];
    starts_[index(side)] = warm ? metadata->start : RebuildStart{cold_from, {}};
  }
  const auto settings = warm && (settings_before_ || !change_) ? payment.metadata->settings : options_.settings;
  if (change_ && !(resume_ && behind_change(*resume_, committed)))
    phases_.push_back({{change_->at[0].offset, change_->at[1].offset}, change_->before});
  phases_.push_back({{payment.offset, stock.offset}, settings});
  for (const Side side : sides) {
    if (resume_) {
      const auto& there = resume_->sides[index(side)];
      here(side).next_offset = there.at.offset;
      here(side).checkpoints.emplace(there.checkpoints, checkpoint_spacing(options_.settings.join));
      // The buffer may have been written just before the change, which then has no checkpoint yet.
      if (change_ && change_->at[index(side)].offset <= there.at.offset)
        here(side).checkpoints->mark(change_->at[index(side)]);
      engine_.set_stream_time(side, there.at.stream_time);
      continue;
    }
    const auto& from = starts_[index(side)].from;
    here(side).next_offset = from.offset;
    here(side).checkpoints.emplace(from, checkpoint_spacing(options_.settings.join));
    engine_.set_stream_time(side, from.stream_time);
  }
  if (warm) committed_times_ = std::array{payment.metadata->stream_time, stock.metadata->stream_time};
  for (const Side side : sides) here(side).rebuilt_from = next_offset(side);
  begin_phase();
  while (rebuilding() && held(Side::payment) && held(Side::stock)) {
    if (auto finished = finish_phase(); !finished) return finished;
  }
  return {};
}

/// Takes over a pending change from the metadata, and notes a new one.
Result<> Task::plan_change(const std::array<Committed, 2>& committed) {
  const auto& [payment, stock] = committed;
  if (payment.metadata->change && stock.metadata->change) {
    change_ = {{payment.metadata->start, stock.metadata->start},
               {payment.metadata->change->at, stock.metadata->change->at},
               payment.metadata->change->before};
  }
  if (payment.metadata->settings == options_.settings) return {};
  for (const Side side : sides) {
    const auto& [offset, metadata, cold_from, log_start] = committed[index(side)];
    const auto where = fmt::format("{}[{}]", topic(side), partition_);
    if (auto allowed = check_change(*metadata, offset, options_.settings, where); !allowed) return allowed;
  }
  // Nothing was read under settings that are replaced at once: what ran before them is what the change is from.
  if (!change_) settings_before_ = payment.metadata->settings;
  return {};
}

void Task::begin_phase() {
  const auto& phase = phases_.front();
  engine_.change_settings(phase.settings.join);
  for (const Side side : sides) here(side).limit = phase.limits[index(side)];
}

void Task::skip_to(Side side, std::int64_t offset) {
  auto& state = here(side);
  state.next_offset = std::max(state.next_offset, std::min(offset, state.limit));
}

/// A stream time follows from the records before it alone. One that is another now was not made by this log.
Result<> Task::check_rebuilt() const {
  if (!committed_times_) return {};
  const auto text = [](const std::optional<Timestamp>& time) { return time ? format_timestamp(*time) : "none"; };
  for (const Side side : sides) {
    const auto now = engine_.stream_time(side);
    const auto then = (*committed_times_)[index(side)];
    if (now == then) continue;
    return fail(ErrorClass::gap,
                fmt::format("{}[{}] is not what it was when offset {} was committed (its stream time comes to {}, and "
                            "was {}): the topic was made anew, or limits.record was changed",
                            topic(side), partition_, here(side).next_offset, text(now), text(then)),
                fmt::format("ordersctl replay reset --accept-gap --partition {} goes on from the committed offsets, "
                            "--to elsewhere: ordersctl-replay-reset(1)",
                            partition_));
  }
  return {};
}

Result<> Task::finish_phase() {
  if (phases_.size() == 1) {
    if (auto same = check_rebuilt(); !same) return same;
  }
  phases_.erase(phases_.begin());
  for (const Side side : sides) here(side).checkpoints->mark(position(side));
  if (rebuilding()) {
    begin_phase();
  } else {
    end_rebuild();
  }
  return {};
}

void Task::end_rebuild() {
  if (settings_before_) {
    change_ = {rebuild_starts(), {position(Side::payment), position(Side::stock)}, *settings_before_};
    settings_before_.reset();
  }
  for (const Side side : sides) here(side).limit = no_limit;
  engine_.change_settings(options_.settings.join);
  engine_.reset_counters();
  for (const Side side : sides) counted(side).carried = static_cast<std::int64_t>(waiting(side));
  committed_fates_ = fates();
  committed_waiting_ = waiting();
}

Checkpoint Task::position(Side side) const { return {here(side).next_offset, engine_.stream_time(side)}; }

/// Where a rebuild begins that finds out everything; null when that is before the oldest checkpoint.
const Checkpoint* Task::needed_of(Side side) {
  const auto needed =
      needed_from(side, engine_.settings(), engine_.stream_time(Side::payment), engine_.stream_time(Side::stock));
  here(side).checkpoints->forget_before(needed);
  return here(side).checkpoints->from(needed);
}

/// A rebuild needs nothing of before the change, not even to find out who had a partner: a change that has passed must
/// not come back, whatever waits later.
bool Task::has_passed(const PendingChange& change) {
  return std::ranges::all_of(sides, [&](Side side) {
    const auto* from = needed_of(side);
    return from != nullptr && from->offset >= change.at[index(side)].offset;
  });
}

/// Where nothing waits that is old, what has had a partner is told by the metadata and need not be found out again: a
/// rebuild then reads a third less. What was said last stays true. It is said again rather than to go back: a buffer on
/// disk, made by a rebuild from there, may lack what lies before.
const std::array<RebuildStart, 2>& Task::rebuild_starts() {
  const auto& settings = engine_.settings();
  // Duplicates are remembered for longer, and found out by reading alone.
  auto* const memory = settings.suppress_duplicates ? nullptr : buffer_.in_memory();
  std::array<RebuildStart, 2> starts;
  for (const Side side : sides) {
    if (memory) starts[index(side)].settled = {here(side).next_offset, memory->waits_from(side)};
  }
  for (const Side side : sides) {
    const auto* from = needed_of(side);
    if (memory) {
      from = here(side).checkpoints->from(needed_from(side, settings, engine_.stream_time(Side::payment),
                                                      engine_.stream_time(Side::stock),
                                                      starts[index(join::other(side))].settled.time));
    }
    if (from == nullptr || from->offset < starts_[index(side)].from.offset) return starts_;
    starts[index(side)].from = *from;
  }
  return starts_ = starts;
}

// --- the buffer on disk

BufferIdentity Task::buffer_identity() const {
  return {.application_id = options_.buffer.application_id,
          .cluster_id = options_.buffer.cluster_id,
          .topics = {topic(Side::payment), topic(Side::stock)},
          .partition = partition_};
}

std::string Task::disk_position() const {
  DiskPosition position{
      .of = buffer_identity(), .sides = {}, .settings = rebuilding() ? phases_.front().settings : options_.settings};
  for (const Side side : sides) position.sides[index(side)] = {this->position(side), here(side).checkpoints->all()};
  return encode(position);
}

void Task::write_buffer(bool now) {
  buffer_.reached([this] { return disk_position(); }, now);
  engine_.use(buffer_.get());
}

// --- records

void Task::expect(const std::optional<std::string_view>& key) {
  const auto id = key ? order::decode_key(*key, options_.settings.key_format) : std::nullopt;
  if (id) buffer_.get().prefetch(*id);
}

tl::expected<order::Answer, Task::Refusal> Task::decode(Side side, const SourceRecord& record) {
  using failure::Reason;
  const auto refuse = [](Reason reason, std::string message) {
    return tl::unexpected(Refusal{reason, std::move(message)});
  };
  if (record.value->size() > options_.record_limit) {
    return refuse(Reason::too_large, fmt::format("the value has {} bytes, limits.record allows {}",
                                                 record.value->size(), options_.record_limit));
  }
  if (to_millis(record.timestamp) < 0) {
    return refuse(Reason::invalid_timestamp, fmt::format("the timestamp is {}", to_millis(record.timestamp)));
  }
  // A rebuild reads records as they were read the first time.
  const auto& settings = rebuilding() ? phases_.front().settings : options_.settings;
  const auto key = order::decode_key(*record.key, settings.key_format);
  if (!key) {
    const bool binary = settings.key_format == config::KeyFormat::int64;
    return refuse(Reason::invalid_key,
                  fmt::format("the key is not {} ({} bytes)",
                              binary ? "8 bytes, a big-endian int64" : "a decimal order id", record.key->size()));
  }
  const auto partner = buffer_.get().peek(join::other(side), *key);
  auto answer = partner ? parser_.parse_answer(*record.value, {partner->value, *key, partner->splice})
                        : parser_.parse_answer(*record.value);
  if (!answer) return refuse(Reason::invalid_value, answer.error().message);
  if (answer->order_id != *key) {
    return refuse(Reason::key_mismatch,
                  fmt::format("the key is order {}, the value's orderId {}", *key, answer->order_id));
  }
  const bool known = answer->status == order::Status::accept || answer->status == order::Status::reject;
  if (!known && !settings.join.pass_unknown) {
    return refuse(Reason::invalid_status, fmt::format("order {}: the status is neither ACCEPT nor REJECT", *key));
  }
  return *answer;
}

void Task::dead_letter(Side side, const SourceRecord& record, const Refusal& refusal, Outputs& outputs) {
  failure::Rejected rejected{.topic = topic(side),
                             .partition = partition_,
                             .offset = record.offset,
                             .timestamp = record.timestamp,
                             .timestamp_type = record.timestamp_type,
                             .key = record.key,
                             .value = record.value,
                             .headers = {}};
  for (const auto& [name, value] : record.headers.read())
    rejected.headers.push_back({std::string(name), std::optional<std::string>(value)});
  outputs.add(failure::dead_letter(options_.topics.dead_letter, std::move(rejected), refusal.reason, refusal.message,
                                   options_.origin, options_.dead_letter_time(record.timestamp)));
  failure::count(outputs.letters, refusal.reason);
}

/// Turns what the join brings forth into records; silent while rebuilding.
struct Task::Emit final : join::Sink {
  Emit(Task& task, Outputs& outputs) : task(task), outputs(outputs) {}
  Task& task;
  Outputs& outputs;

  void joined(const join::Pair& pair) override {
    if (task.rebuilding()) return;
    if (!order::is_splice_of(pair.stock_value, pair.stock_splice, pair.stock_status)) return refuse(pair);
    const auto resolution = order::resolve(pair.payment_status, pair.stock_status);
    if (task.following_) {
      task.tell(Side::stock, pair.key, pair.stock_offset, fmt::format("joined with a payment answer {}, of {}",
                                                                      to_string(pair.payment_status),
                                                                      format_timestamp(pair.timestamp)));
    }
    outputs.add_result({.topic = task.options_.topics.orders,
                        .partition = task.partition_,
                        .key = order::encode_key(pair.key, task.options_.settings.key_format),
                        .value = order::splice_result(pair.stock_value, pair.stock_splice, resolution),
                        .headers = unpack(pair.stock_headers),
                        .timestamp = pair.timestamp},
                       pair);
  }

  void unmatched(Side side, const join::Entry& entry) override {
    if (task.rebuilding()) return;
    if (task.following_) task.tell(side, entry.key, entry.offset, "given up: its other answer did not come in time");
    if (task.options_.unmatched == config::Disposition::drop) return;
    dead_letter(
        side, entry,
        {failure::Reason::unmatched,
         fmt::format("order {}: no {} record within the window", entry.key, to_string(join::other(side)))});
  }

  void refuse(const join::Pair& pair) {
    ++task.counted_.refused;
    const Refusal refusal{failure::Reason::invalid_result,
                          fmt::format("order {}: the buffer holds another stock record than was read", pair.key)};
    spdlog::error("{}[{}]@{}: {}: a dead letter instead of a result", task.topic(Side::stock), task.partition_,
                  pair.stock_offset, refusal.message);
    dead_letter(Side::stock,
                {.key = pair.key,
                 .timestamp = pair.stock_timestamp,
                 .offset = pair.stock_offset,
                 .status = pair.stock_status,
                 .joined = true,
                 .splice = pair.stock_splice,
                 .value = pair.stock_value,
                 .headers = pair.stock_headers},
                refusal);
  }

  /// Of a record as the buffer keeps it.
  void dead_letter(Side side, const join::Entry& entry, const Refusal& refusal) {
    const auto key = order::encode_key(entry.key, task.options_.settings.key_format);
    const auto headers = unpack(entry.headers);
    const SourceRecord record{.offset = entry.offset,
                              .timestamp = entry.timestamp,
                              .timestamp_type = timestamp_type(entry.headers),
                              .key = key,
                              .value = entry.value,
                              .headers = SourceHeaders(headers)};
    task.dead_letter(side, record, refusal, outputs);
  }
};

void Task::process(Side side, const SourceRecord& record, Outputs& outputs) {
  auto& state = here(side);
  const bool live = !rebuilding();
  // What a rebuild has read is committed: it may be written at any time, and must be before memory runs out.
  if (!live && (++since_written_ >= rebuild_write_records || buffer_.wants_room())) {
    write_buffer();
    since_written_ = 0;
  }
  state.checkpoints->note(record.offset, engine_.stream_time(side));
  state.next_offset = record.offset + 1;
  if (live) ++counted(side).read;
  if (!record.key || !record.value) {
    if (live) ++counted(side).skipped;
    return;
  }
  const auto answer = decode(side, record);
  if (!answer) {
    if (!live) return;
    ++counted(side).invalid;
    spdlog::debug("{}[{}]@{}: {}", topic(side), partition_, record.offset, answer.error().message);
    dead_letter(side, record, answer.error(), outputs);
    return;
  }
  const bool told = following_ && live;
  if (told) tell(side, answer->order_id, record.offset, fmt::format("answer {} read", to_string(answer->status)));
  Emit emit(*this, outputs);
  std::optional<std::string> packed;
  const auto headers = [&]() -> std::string_view {
    if (!packed) packed = pack(record.headers.read(), record.timestamp_type);
    return *packed;
  };
  const bool settled = !live && starts_[index(side)].settled.covers(record.offset, record.timestamp);
  const auto fate = engine_.process({.side = side,
                                     .offset = record.offset,
                                     .timestamp = record.timestamp,
                                     .answer = *answer,
                                     .value = *record.value,
                                     .headers = headers,
                                     .settled = settled},
                                    emit);
  if (told) tell(side, answer->order_id, record.offset, fmt::format("its fate: {}", to_string(fate)));
  if (live && fate == join::Fate::late) late(side, record, answer->order_id, outputs);
}

void Task::late(Side side, const SourceRecord& record, order::OrderId id, Outputs& outputs) {
  const auto behind = *engine_.stream_time(side) - record.timestamp;
  outputs.lateness[index(side)].add(behind);
  if (options_.late != config::Disposition::dead_letter) return;
  dead_letter(side, record,
              {failure::Reason::late,
               fmt::format("order {}: {} behind its side's stream time", id, format_duration(behind))},
              outputs);
}

void Task::tell(Side side, OrderId key, std::int64_t record_offset, std::string_view what) const {
  log_about(spdlog::level::debug,
            {.order = key, .topic = topic(side), .partition = partition_, .offset = record_offset},
            fmt::format("join: {}: {}", to_string(side), what));
}

// --- commits and counters

std::vector<kafka::PartitionOffset> Task::positions() {
  if (change_ && has_passed(*change_)) change_.reset();
  const auto& starts = change_ ? change_->start : rebuild_starts();
  std::vector<kafka::PartitionOffset> positions;
  for (const Side side : sides) {
    CommitMetadata metadata{.stream_time = engine_.stream_time(side),
                            .start = starts[index(side)],
                            .settings = options_.settings,
                            .change = {}};
    if (change_) metadata.change = {change_->at[index(side)], change_->before};
    positions.push_back({{topic(side), partition_}, here(side).next_offset, encode(metadata)});
  }
  return positions;
}

std::array<std::uint64_t, 2> Task::waiting() const { return {waiting(Side::payment), waiting(Side::stock)}; }

Fates Task::fates() const {
  if (rebuilding()) return {};  // what the engine counts then has been counted before
  const auto& counters = engine_.counters();
  Fates fates = counted_;
  for (const Side side : sides) {
    auto& records = fates.sides[index(side)];
    records.joined = counters.of(side).joined;
    records.unmatched = counters.of(side).unmatched;
    records.late = counters.of(side).late;
    records.duplicate = counters.of(side).duplicate;
  }
  fates.add_up();
  fates.results = counters.pairs;
  return fates;
}

void Task::committed() {
  if (rebuilding()) return;  // its offsets were not in it
  committed_fates_ = fates();
  committed_waiting_ = waiting();
  committed_offsets_ = {here(Side::payment).next_offset, here(Side::stock).next_offset};
  write_buffer();
}

Fates Task::given_up() const {
  Fates fates = committed_fates_;
  for (const Side side : sides) {
    fates.sides[index(side)].carried -= static_cast<std::int64_t>(committed_waiting_[index(side)]);
  }
  fates.add_up();
  return fates;
}

TaskStatus::Rebuild Task::rebuild_progress() const {
  TaskStatus::Rebuild rebuild;
  for (const Side side : sides) {
    rebuild.done += here(side).next_offset - here(side).rebuilt_from;
    rebuild.of += phases_.back().limits[index(side)] - here(side).rebuilt_from;
  }
  return rebuild;
}

TaskStatus Task::status() {
  TaskStatus status;
  status.partition = partition_;
  status.state = rebuilding() ? TaskStatus::State::rebuilding : TaskStatus::State::running;
  auto& buffer = buffer_.get();
  status.buffer_bytes = buffer.bytes();
  status.on_disk = on_disk();
  if (rebuilding()) status.rebuild = rebuild_progress();
  const auto fill = [&](Side side, TaskStatus::Side& out) {
    out.next_offset = here(side).next_offset;
    out.stream_time = engine_.stream_time(side);
    out.waiting = buffer.waiting(side);
    out.oldest_waiting = buffer.oldest_waiting(side);
  };
  fill(Side::payment, status.payment);
  fill(Side::stock, status.stock);
  return status;
}

}  // namespace orders::topology
