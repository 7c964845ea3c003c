#include "ordersctl/lag_estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ordersctl/output.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

using Kind = Outlook::Kind;

/// The part of what flows between two looks by which a lag grows or shrinks without anything having changed.
constexpr double noise = 0.1;
/// What comes within this time may be behind for no other reason than that positions are committed in steps.
constexpr double under_way_seconds = 1;

std::optional<PartitionLag> earlier(const std::vector<ReaderLag>& before, const ReaderLag& reader,
                                    const PartitionLag& now) {
  const auto same = std::ranges::find(before, reader.reader, &ReaderLag::reader);
  if (same == before.end() || same->source != reader.source) return std::nullopt;
  const auto found = std::ranges::find(same->partitions, now.at, &PartitionLag::at);
  return found == same->partitions.end() ? std::nullopt : std::optional(*found);
}

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::unknown:
      return "unknown";
    case Kind::current:
      return "current";
    case Kind::catches_up:
      return "catches_up";
    case Kind::steady:
      return "steady";
    case Kind::falls_behind:
      return "falls_behind";
    case Kind::stands_still:
      return "stands_still";
  }
  return "?";
}

std::string number_or_null(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

std::string rate_or_null(const std::optional<double>& rate) { return rate ? fmt::format("{:.1f}", *rate) : "null"; }

std::string rate_text(const std::optional<double>& rate) {
  if (!rate) return "-";
  return *rate > 0 && *rate < 10 ? fmt::format("{:.1f}", *rate) : grouped(static_cast<std::uint64_t>(*rate + 0.5));
}

}  // namespace

std::optional<std::int64_t> PartitionLag::lag() const {
  if (!position) return std::nullopt;
  return std::max<std::int64_t>(end - *position, 0);
}

Outlook outlook(const std::optional<PartitionLag>& before, const PartitionLag& now, Milliseconds elapsed) {
  Outlook found;
  const auto lag = now.lag();
  if (!lag) return found;
  if (*lag == 0) found.kind = Kind::current;
  // Offsets that go back are those of a topic that was made anew, or of a group that was reset.
  if (!before || !before->position || elapsed.count() <= 0 || before->end > now.end ||
      *before->position > *now.position) {
    return found;
  }
  const double seconds = static_cast<double>(elapsed.count()) / 1'000;
  const double read = static_cast<double>(*now.position - *before->position) / seconds;
  const double written = static_cast<double>(now.end - before->end) / seconds;
  found.read_rate = read;
  found.write_rate = written;
  if (*lag == 0) return found;
  const auto behind = static_cast<double>(*lag);
  const bool was_behind = *before->lag() > 0;
  const double clearly = noise * std::max(read, written);
  if (read == 0 && was_behind) {
    found.kind = Kind::stands_still;
  } else if (read - written > clearly) {
    found.kind = Kind::catches_up;
    found.time = Milliseconds{static_cast<std::int64_t>(behind * 1'000 / (read - written))};
  } else if (written - read > clearly && was_behind && behind >= written * under_way_seconds) {
    found.kind = Kind::falls_behind;
  } else {
    found.kind = Kind::steady;
  }
  return found;
}

std::int64_t held_back(const std::optional<PartitionLag>& before, const PartitionLag& now) {
  const bool stays = before && before->written > before->end && now.written > now.end && before->end == now.end;
  return stays ? now.written - now.end : 0;
}

std::string outlook_text(const Outlook& outlook) {
  switch (outlook.kind) {
    case Kind::unknown:
      return "-";
    case Kind::current:
      return "current";
    case Kind::catches_up:
      return format_duration(std::chrono::ceil<std::chrono::seconds>(outlook.time));
    case Kind::steady:
      return "steady";
    case Kind::falls_behind:
      return "falls behind";
    case Kind::stands_still:
      return "stands still";
  }
  return "?";
}

std::string lag_text(const std::vector<ReaderLag>& before, const std::vector<ReaderLag>& now, Milliseconds elapsed,
                     bool colour) {
  Table table({"READER", "PARTITION", ">POSITION", ">END", ">LAG", ">A SECOND", "CAUGHT UP IN"});
  std::string reasons;
  std::map<kafka::TopicPartition, std::int64_t> held;  // each once, whoever reads it
  for (const auto& reader : now) {
    for (const auto& partition : reader.partitions) {
      const auto last = earlier(before, reader, partition);
      if (const auto offsets = held_back(last, partition); offsets > 0) held[partition.at] = offsets;
      const auto expected = outlook(last, partition, elapsed);
      const auto lag = partition.lag();
      table.add({reader.reader, partition.at.text(), partition.position ? std::to_string(*partition.position) : "-",
                 std::to_string(partition.end), lag ? grouped(static_cast<std::uint64_t>(*lag)) : "-",
                 rate_text(expected.read_rate), outlook_text(expected)});
    }
    if (!reader.reason.empty()) reasons += fmt::format("  {}: {}\n", reader.reader, reader.reason);
  }
  for (const auto& [at, offsets] : held) {
    reasons += fmt::format("  {}: an open transaction holds back {}: ordersctl doctor tells more\n", at.text(),
                           counted(static_cast<std::uint64_t>(offsets), "offset"));
  }
  return table.text(colour) + reasons;
}

std::vector<std::string> lag_json(const std::vector<ReaderLag>& before, const std::vector<ReaderLag>& now,
                                  Milliseconds elapsed) {
  std::vector<std::string> lines;
  for (const auto& reader : now) {
    for (const auto& partition : reader.partitions) {
      const auto last = earlier(before, reader, partition);
      const auto expected = outlook(last, partition, elapsed);
      lines.push_back(fmt::format(
          R"({{"reader":"{}","source":{},"topic":{},"partition":{},"position":{},"end":{},"lag":{},)"
          R"("held_back":{},"read_rate":{},"write_rate":{},"outlook":"{}","catch_up_ms":{}}})",
          reader.reader, raw_json::quote(reader.source), raw_json::quote(partition.at.topic), partition.at.partition,
          number_or_null(partition.position), partition.end, number_or_null(partition.lag()),
          held_back(last, partition),
          rate_or_null(expected.read_rate), rate_or_null(expected.write_rate), kind_text(expected.kind),
          expected.kind == Kind::catches_up ? std::to_string(expected.time.count()) : "null"));
    }
  }
  return lines;
}

}  // namespace orders::ctl
