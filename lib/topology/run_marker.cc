#include "topology/run_marker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/bytes.h"
#include "base/file.h"
#include "base/log.h"

namespace orders::topology {
namespace {

constexpr std::string_view version = "join has run 1";

/// Not negative, and no larger than a partition's number.
std::optional<std::int32_t> parse_number(std::string_view text) {
  const auto number = parse_int64(text);
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

}  // namespace

Result<> RunMarker::read(Identity identity) {
  const std::lock_guard lock(mutex_);
  identity_ = std::move(identity);
  partitions_ = 0;
  committed_.clear();
  std::error_code problem;
  const bool there = std::filesystem::exists(file_, problem);
  if (problem) return fail(ErrorClass::wait, fmt::format("can't read {}: {}", file_.string(), problem.message()));
  if (!there) return {};
  const auto text = read_file(file_);
  if (!text) return fail(ErrorClass::wait, text.error().message, "it must be readable for ordersd");
  if (decode(*text)) return {};
  partitions_ = 0;
  committed_.clear();
  spdlog::warn("{} is not of these topics, cluster and version; it is written anew", file_.string());
  return {};
}

std::int32_t RunMarker::partitions() const {
  const std::lock_guard lock(mutex_);
  return partitions_;
}

bool RunMarker::has_committed(std::int32_t partition) const {
  const std::lock_guard lock(mutex_);
  return committed_.contains(partition);
}

void RunMarker::add(std::span<const std::int32_t> committed, std::int32_t partitions) {
  if (committed.empty()) return;
  const std::lock_guard lock(mutex_);
  const bool known = partitions == partitions_ && std::ranges::all_of(committed, [&](std::int32_t partition) {
                       return committed_.contains(partition);
                     });
  if (known) return;
  unwritten_.insert(committed.begin(), committed.end());
  new_partitions_ = partitions;
  write();
}

void RunMarker::retry() {
  const std::lock_guard lock(mutex_);
  if (!unwritten_.empty()) write();
}

std::string RunMarker::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void RunMarker::write() {
  const auto now = std::chrono::steady_clock::now();
  if (now < retry_) return;
  auto all = committed_;
  all.insert(unwritten_.begin(), unwritten_.end());
  if (auto written = write_file_atomically(file_, encode(all, new_partitions_)); !written) {
    retry_ = now + pause_;
    trouble_ = "that the join has committed can't be noted: " + written.error().text();
    return;
  }
  committed_ = std::move(all);
  partitions_ = new_partitions_;
  unwritten_.clear();
  trouble_.clear();
  retry_ = {};
}

std::string RunMarker::encode(const std::set<std::int32_t>& committed, std::int32_t partitions) const {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", version, identity_.cluster_id, identity_.topics[0],
                     identity_.topics[1], partitions, fmt::join(committed, ","));
}

bool RunMarker::decode(std::string_view text) {
  if (take_until(text, '\n') != version) return false;
  Identity of;
  of.cluster_id = take_until(text, '\n');
  for (auto& topic : of.topics) topic = take_until(text, '\n');
  if (of != identity_) return false;
  const auto partitions = parse_number(take_until(text, '\n'));
  if (!partitions) return false;
  for (auto line = take_until(text, '\n'); !line.empty();) {
    const auto partition = parse_number(take_until(line, ','));
    if (!partition) return false;
    committed_.insert(*partition);
  }
  partitions_ = *partitions;
  return true;
}

}  // namespace orders::topology
