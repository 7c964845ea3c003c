#include "ordersctl/topic_range.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "ordersctl/arguments.h"
#include "ordersctl/output.h"

namespace orders::ctl {
namespace {

void add_mark(CLI::App& command, const std::string& name, std::optional<kafka::Mark>& target, std::string& given,
              const std::string& description) {
  command
      .add_option_function<std::string>(
          name,
          [name, &target, &given](const std::string& text) {
            auto mark = kafka::parse_mark(text, wall_clock_now());
            if (!mark) throw CLI::ValidationError(name, mark.error().message);
            target = *mark;
            given = text;
          },
          description)
      ->type_name("PLACE");
}

}  // namespace

kafka::Selection RangeFlags::selection(const config::Topics& configured) const {
  kafka::Selection selection;
  selection.topics = topics.empty() ? std::vector{configured.payments, configured.stock} : topics;
  for (const auto number : partitions) selection.partitions.push_back(static_cast<std::int32_t>(number));
  return selection;
}

kafka::Range RangeFlags::range() const {
  kafka::Range range;
  if (from) range.from = *from;
  if (to) range.to = *to;
  return range;
}

kafka::TopicReader::Options RangeFlags::reader() const { return {isolation == "read_committed", timeout}; }

void add_range_flags(CLI::App& command, RangeFlags& flags) {
  command.add_option("--topic", flags.topics, "Of this topic; may be repeated. Default: both inputs")
      ->type_name("TOPIC")
      ->allow_extra_args(false);
  add_integers(command, "--partition", flags.partitions, "Of this partition only; may be repeated", 0,
               std::numeric_limits<std::int32_t>::max());
  add_mark(command, "--from", flags.from, flags.from_text,
           "The first record: earliest, an offset, a time (2026-01-31T12:00:00Z) or one before now (-15m)");
  add_mark(command, "--to", flags.to, flags.to_text, "The record to stop before, likewise; latest is now");
  command.add_option("--isolation", flags.isolation, "read_committed (default), or read_uncommitted: aborted ones too")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"read_committed", "read_uncommitted"}));
  add_integers(command, "--key-filter", flags.keys, "Only records of this order; may be repeated",
               std::numeric_limits<std::int64_t>::min());
  add_duration(command, "--timeout", flags.timeout, "How long to wait for the broker, when it is silent (PT30S)");
}

void tell_of_gone(const std::vector<kafka::OffsetRange>& ranges) {
  for (const auto& range : ranges) {
    if (range.gone == 0) continue;
    note(fmt::format("{} begins at offset {}: {} before it that --from asks for are gone", range.at.text(), range.begin,
                     counted(static_cast<std::uint64_t>(range.gone), "offset")));
  }
}

}  // namespace orders::ctl
