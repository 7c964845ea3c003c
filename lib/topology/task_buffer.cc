#include "topology/task_buffer.h"

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"
#include "topology/task.h"

namespace orders::topology {

TaskBuffer::TaskBuffer(const BufferOptions& options, std::int32_t partition)
    : options_(options), partition_(partition), memory_(std::make_unique<join::MemoryBuffer>()) {}

std::filesystem::path TaskBuffer::path() const { return options_.folder / std::to_string(partition_); }

join::Buffer& TaskBuffer::get() {
  if (disk_) return *disk_;
  return *memory_;
}

Result<std::unique_ptr<join::DiskBuffer>> TaskBuffer::open_store() const {
  auto opened = join::DiskBuffer::open({.path = path(),
                                        .memory = options_.memory,
                                        .retention = retention_,
                                        .cache = share_ - most_unwritten(),
                                        .set_aside = options_.rebuilds});
  if (opened || opened.error().error_class != ErrorClass::refused) return opened;
  // Another worker of this process gives it up in a moment: the state folder is ours alone.
  return fail(ErrorClass::wait, opened.error().message);
}

Result<std::optional<DiskPosition>> TaskBuffer::open(const BufferIdentity& identity, Milliseconds retention,
                                                     const std::array<Committed, 2>& committed) {
  using config::BufferStore;
  retention_ = retention;
  if (options_.folder.empty()) return std::nullopt;
  const bool from_start =
      options_.store == BufferStore::disk || (options_.store == BufferStore::automatic && retention > long_retention);
  if (!join::DiskBuffer::exists(path()) && !from_start) return std::nullopt;
  if (options_.store == BufferStore::memory) {
    if (auto gone = join::DiskBuffer::remove(path()); !gone)
      spdlog::warn("partition {}: {}", partition_, gone.error().text());
    return std::nullopt;
  }
  auto opened = open_store();
  if (!opened) return fail(opened.error());
  disk_ = *std::move(opened);
  if (disk_->position().empty()) {
    if (!from_start) disk_.reset();
    return std::nullopt;
  }
  auto position = decode_disk_position(disk_->position());
  const auto reason = position ? unfit(*position, identity, committed) : "its position is not of this version's format";
  if (!reason) return position;
  spdlog::warn("partition {}: the join's buffer in {} can't be gone on with: {}; rebuilding from the inputs",
               partition_, path().string(), *reason);
  disk_->abandon();
  disk_.reset();
  if (auto gone = join::DiskBuffer::remove(path()); !gone) return fail(gone.error());
  if (!from_start) return std::nullopt;
  opened = open_store();
  if (!opened) return fail(opened.error());
  disk_ = *std::move(opened);
  return std::nullopt;
}

void TaskBuffer::abandon() {
  if (disk_) disk_->abandon();
  disk_.reset();
}

void TaskBuffer::set_memory(std::uint64_t bytes) {
  share_ = bytes;
  if (disk_) disk_->set_cache(share_ - most_unwritten());
}

/// Half of its memory is for what is not written yet.
std::uint64_t TaskBuffer::most_unwritten() const { return std::min(options_.most_unwritten, share_ / 2); }

void TaskBuffer::reached(Position position, bool now) {
  if (!disk_) {
    if (wants_disk()) take_over(position);
    return;
  }
  if (trouble()) return;
  const auto time = Clock::now();
  if (now || is_heavy() || time - written_ >= options_.write_interval) {
    if (disk_->unwritten() > 0 || now || !flushed_last_) {
      if (!disk_->apply(position())) return;
      flushed_last_ = false;
    }
    written_ = time;
  }
  if (flushed_last_ || time - flushed_ < options_.flush_interval) return;
  if (!disk_->flush_soon()) return;
  flushed_ = time;
  flushed_last_ = true;
}

bool TaskBuffer::wants_disk() const {
  return options_.store == config::BufferStore::automatic && !options_.folder.empty() && memory_->bytes() > share_ &&
         Clock::now() >= retry_;
}

/// Everything is copied; the position comes last. A failure leaves the memory as it is.
void TaskBuffer::take_over(Position position) {
  const auto begun = Clock::now();
  const auto entries = memory_->entries();
  auto gone = join::DiskBuffer::remove(path());
  auto opened = gone ? open_store() : Result<std::unique_ptr<join::DiskBuffer>>(fail(gone.error()));
  auto copied = opened ? (*opened)->take_over(*memory_) : Result<>(fail(opened.error()));
  if (copied) copied = (*opened)->apply(position());
  if (copied) copied = (*opened)->flush();
  if (!copied) {
    if (!take_over_error_) {
      spdlog::warn("partition {}: the buffer has no room in join.memory and can't be moved to the disk: {}", partition_,
                   copied.error().text());
    }
    take_over_error_ = copied.error();
    retry_ = Clock::now() + longest_wait;
    if (opened) (*opened)->abandon();
    opened = fail(copied.error());
    (void)join::DiskBuffer::remove(path());  // a part of it is of no use, and takes room on a disk that may have none
    return;
  }
  take_over_error_.reset();
  disk_ = *std::move(opened);
  memory_ = std::make_unique<join::MemoryBuffer>();
  written_ = flushed_ = Clock::now();
  spdlog::info(
      "partition {}: {} records that wait or have joined have gone to the disk, for they filled their share of "
      "join.memory; it took {} ms",
      partition_, entries, std::chrono::duration_cast<Milliseconds>(Clock::now() - begun).count());
}

}  // namespace orders::topology
