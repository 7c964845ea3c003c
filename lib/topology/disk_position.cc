#include "topology/disk_position.h"

#include <fmt/format.h>

#include <limits>

#include "base/bytes.h"
#include "topology/task.h"

namespace orders::topology {
namespace {

constexpr std::string_view version = "join buffer 1";

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

std::string encode(const std::vector<Checkpoint>& checkpoints) {
  std::string line;
  for (const auto& at : checkpoints) {
    if (!line.empty()) line += ' ';
    line += std::to_string(at.offset);
    if (at.stream_time) line += fmt::format("@{}", to_millis(*at.stream_time));
  }
  return line;
}

std::optional<std::vector<Checkpoint>> decode_checkpoints(std::string_view line) {
  std::vector<Checkpoint> checkpoints;
  while (!line.empty()) {
    const auto end = line.find(' ');
    const auto word = line.substr(0, end);
    line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
    const auto middle = word.find('@');
    const auto offset = parse_int64(word.substr(0, middle));
    if (!offset) return std::nullopt;
    checkpoints.push_back({*offset, {}});
    if (middle == std::string_view::npos) continue;
    const auto time = parse_int64(word.substr(middle + 1));
    if (!time) return std::nullopt;
    checkpoints.back().stream_time = from_millis(*time);
  }
  if (checkpoints.empty()) return std::nullopt;
  return checkpoints;
}

bool decode_side(std::string_view metadata_line, std::string_view checkpoints_line, DiskPosition& position,
                 std::size_t side) {
  const auto metadata = decode(metadata_line);
  auto checkpoints = decode_checkpoints(checkpoints_line);
  if (!metadata || !*metadata || !checkpoints) return false;
  position.settings = (*metadata)->settings;
  position.sides[side] = {(*metadata)->start.from, *std::move(checkpoints)};
  return true;
}

/// The two offsets of a moment in the log; moments are ordered.
std::array<std::int64_t, 2> offsets_of(const DiskPosition& position) {
  return {position.sides[0].at.offset, position.sides[1].at.offset};
}
bool not_behind(const std::array<std::int64_t, 2>& a, const std::array<std::int64_t, 2>& b) {
  return a[0] <= b[0] && a[1] <= b[1];
}

std::optional<std::string> unfit_settings(const DiskPosition& position, const std::array<Committed, 2>& committed) {
  const auto& [payment, stock] = committed;
  const auto here = offsets_of(position);
  const bool changed = payment.metadata->change && stock.metadata->change;
  if (changed) {
    const std::array<std::int64_t, 2> change{payment.metadata->change->at.offset, stock.metadata->change->at.offset};
    if (not_behind(here, change) && position.settings == payment.metadata->change->before) return std::nullopt;
    if (!not_behind(change, here)) return "it was not made under the settings of before their last change";
  }
  if (position.settings == payment.metadata->settings) return std::nullopt;
  return "it was made under other settings than what was committed";
}

}  // namespace

std::string encode(const DiskPosition& position) {
  const auto& of = position.of;
  auto text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", version, of.application_id, of.cluster_id, of.topics[0],
                          of.topics[1], of.partition);
  for (const auto& side : position.sides) {
    text += encode(CommitMetadata{
        .stream_time = side.at.stream_time, .start = {side.at, {}}, .settings = position.settings, .change = {}});
    text += '\n' + encode(side.checkpoints) + '\n';
  }
  return text;
}

std::optional<DiskPosition> decode_disk_position(std::string_view text) {
  if (take_line(text) != version) return std::nullopt;
  DiskPosition position;
  position.of.application_id = take_line(text);
  position.of.cluster_id = take_line(text);
  for (auto& topic : position.of.topics) topic = take_line(text);
  const auto partition = parse_int64(take_line(text));
  if (!partition || *partition < 0 || *partition > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  position.of.partition = static_cast<std::int32_t>(*partition);
  for (std::size_t side = 0; side < 2; ++side) {
    const auto metadata = take_line(text);
    if (!decode_side(metadata, take_line(text), position, side)) return std::nullopt;
  }
  return position;
}

std::optional<std::string> unfit(const DiskPosition& position, const BufferIdentity& wanted,
                                 const std::array<Committed, 2>& committed) {
  if (position.of != wanted) return "it is that of another application, cluster, topic or partition";
  if (!committed[0].metadata || !committed[1].metadata) {
    return "what is committed was not committed by ordersd, or not by this version";
  }
  for (std::size_t side = 0; side < 2; ++side) {
    const auto here = position.sides[side].at.offset;
    const auto& there = committed[side];
    const auto& topic = wanted.topics[side];
    if (here > there.offset)
      return fmt::format("it is at {} of {}, ahead of {}, which is committed", here, topic, there.offset);
    if (here < there.metadata->start.from.offset)
      return fmt::format("it is at {} of {}, and the log need be read from {} on only", here, topic,
                         there.metadata->start.from.offset);
    if (here < there.log_start)
      return fmt::format("it is at {} of {}, which begins at {} now", here, topic, there.log_start);
  }
  return unfit_settings(position, committed);
}

bool behind_change(const DiskPosition& position, const std::array<Committed, 2>& committed) {
  const auto& [payment, stock] = committed;
  if (!payment.metadata->change || !stock.metadata->change) return true;
  return not_behind({payment.metadata->change->at.offset, stock.metadata->change->at.offset}, offsets_of(position));
}

}  // namespace orders::topology
