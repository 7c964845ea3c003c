#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/stop.h"
#include "ordersctl/topic_range.h"
#include "replay/comparison.h"
#include "replay/key_filter.h"
#include "replay/record_source.h"

namespace orders::ctl {
namespace {

using replay::Difference;

constexpr std::size_t differences_shown = 20;
constexpr Milliseconds settled_after{30'000};

struct Options {
  std::string with;
  std::vector<std::string> ignored;
  RangeFlags range;
};

/// The results on one topic: orders that are new, and tombstones, are none.
class Results {
 public:
  static Result<Results> open(const kafka::Connection& connection, const std::string& topic, const Options& options,
                              config::KeyFormat key_format) {
    auto selection = kafka::Selection{{topic}, {}};
    for (const auto number : options.range.partitions)
      selection.partitions.push_back(static_cast<std::int32_t>(number));
    auto partitions = kafka::select(connection, selection, options.range.timeout);
    if (!partitions) return fail(std::move(partitions.error()));
    auto reader = kafka::TopicReader::create(connection, options.range.reader(), stop_wakeup());
    if (!reader) return fail(std::move(reader.error()));
    // To the end whatever --to says: timestamps may fall, and what is too young is passed over by its own.
    auto ranges = reader->resolve(*partitions, {options.range.range().from, {kafka::Mark::Kind::latest, 0, {}}});
    if (!ranges) return fail(std::move(ranges.error()));
    if (auto started = reader->start(*std::move(ranges)); !started) return fail(std::move(started.error()));
    return Results(*std::move(reader), options.range, key_format);
  }

  Result<std::optional<replay::Record>> next() {
    while (true) {
      auto record = reader_.next([] { return !stop_requested(); });
      if (!record) return fail(std::move(record.error()));
      if (stop_requested()) return fail(ErrorClass::bug, "stopped before everything was compared");
      if (!*record) return std::nullopt;
      if (!passes(**record)) continue;
      ++read_;
      return replay::copy(**record);
    }
  }

  [[nodiscard]] std::uint64_t read() const { return read_; }
  [[nodiscard]] std::uint64_t passed() const { return reader_.passed(); }

 private:
  Results(kafka::TopicReader reader, const RangeFlags& range, config::KeyFormat key_format)
      : reader_(std::move(reader)), range_(range), filter_(range.keys, key_format) {}

  [[nodiscard]] bool passes(const kafka::Record& record) const {
    const auto is_time = [](const auto& mark) { return mark && mark->kind == kafka::Mark::Kind::time; };
    if (!record.value() || !filter_.passes(record.key())) return false;
    if (is_time(range_.from) && record.timestamp() < range_.from->time) return false;
    if (is_time(range_.to) && record.timestamp() >= range_.to->time) return false;
    return !is_json(*record.value()) || raw_json::text(*record.value(), "status") != "NEW";
  }

  kafka::TopicReader reader_;
  const RangeFlags& range_;
  replay::KeyFilter filter_;
  std::uint64_t read_ = 0;
};

struct Topics {
  std::string one, other;
};

/// "order 17: value.status: "CONFIRMED" in orders[2]@40, "ROLLBACK" in shadow-orders[2]@38"
std::string text_of(const Difference& difference, const Topics& topics) {
  const auto place = [&](const std::string& topic, std::uint64_t offset) {
    return fmt::format("{}[{}]@{}", topic, difference.partition, offset);
  };
  switch (difference.kind) {
    case Difference::Kind::missing:
      return fmt::format("{}: missing in {}: {}: {}", difference.order, topics.other,
                         place(topics.one, difference.expected_line), printable(difference.expected));
    case Difference::Kind::extra:
      return fmt::format("{}: only in {}: {}: {}", difference.order, topics.other,
                         place(topics.other, difference.line), printable(difference.got));
    case Difference::Kind::member:
    case Difference::Kind::place:
      break;
  }
  return fmt::format("{}: {}: {} in {}, {} in {}", difference.order, difference.member, printable(difference.expected),
                     place(topics.one, difference.expected_line), printable(difference.got),
                     place(topics.other, difference.line));
}

class TopicComparison {
 public:
  TopicComparison(const Context& context, Topics topics, Results one, Results other, const Options& options,
                  config::KeyFormat key_format)
      : context_(context),
        topics_(std::move(topics)),
        one_(std::move(one)),
        other_(std::move(other)),
        comparison_([this] { return next_of_one(); }, {.meaning = true, .ignored = options.ignored}, key_format,
                    differences_shown) {}

  Result<ExitCode> run() {
    if (auto read = read_all(); !read) return fail(std::move(read.error()));
    const auto& counts = comparison_.counts();
    print(counts);
    if (counts.total() == 0) return ExitCode::done;
    Error error{ErrorClass::bug,
                fmt::format("the results on {} and {} differ: {} otherwise, {} missing, {} too many", topics_.one,
                            topics_.other, grouped(counts.differing), grouped(counts.missing), grouped(counts.extra)),
                {}};
    for (const auto& difference : comparison_.differences()) error.hint += text_of(difference, topics_) + "\n";
    error.hint += "docs/migrate.md says which differences are to be expected";
    report(error, colour_wanted(STDERR_FILENO, context_.globals().no_color));
    return ExitCode::differs;
  }

 private:
  Result<> read_all() {
    Progress progress("offsets", std::nullopt, context_.quiet());
    while (true) {
      auto record = other_.next();
      if (!record) return fail(std::move(record.error()));
      if (!*record) return comparison_.finish();
      const auto offset = static_cast<std::uint64_t>((*record)->offset);
      (*record)->topic = topics_.one;  // for the comparison they are of one topic
      if (auto added = comparison_.add(**record, offset); !added) return added;
      progress.update(one_.passed() + other_.passed());
    }
  }

  Result<std::optional<replay::Comparison::Numbered>> next_of_one() {
    auto record = one_.next();
    if (!record) return fail(std::move(record.error()));
    if (!*record) return std::nullopt;
    const auto offset = static_cast<std::uint64_t>((*record)->offset);
    return replay::Comparison::Numbered{**std::move(record), offset};
  }

  void print(const replay::DifferenceCounts& counts) const {
    const auto equal = one_.read() - counts.missing - counts.differing;
    if (context_.format() != Format::table) return print_json(counts, equal);
    Table table({"TOPIC", "WITH", ">EQUAL", ">DIFFERENT", ">MISSING", ">EXTRA"});
    table.add({topics_.one, topics_.other, grouped(equal), grouped(counts.differing), grouped(counts.missing),
               grouped(counts.extra)});
    write_out(table.text(context_.colour()));
  }

  void print_json(const replay::DifferenceCounts& counts, std::uint64_t equal) const {
    std::string differences;
    for (const auto& difference : comparison_.differences()) {
      differences += fmt::format(R"({}{{"order":{},"what":{}}})", differences.empty() ? "" : ",",
                                 raw_json::quote(difference.order), raw_json::quote(text_of(difference, topics_)));
    }
    write_out(fmt::format(
        R"({{"topic":{},"with":{},"equal":{},"different":{},"missing":{},"extra":{},"differences":[{}]}})"
        "\n",
        raw_json::quote(topics_.one), raw_json::quote(topics_.other), equal, counts.differing, counts.missing,
        counts.extra, differences));
  }

  const Context& context_;
  const Topics topics_;
  Results one_, other_;
  replay::Comparison comparison_;  ///< asks one_
};

Result<> check_use(const Options& options, const Topics& topics) {
  if (options.with.empty()) return fail(ErrorClass::invalid, "compare with what? Name the other topic: --with TOPIC");
  const auto is_offset = [](const auto& mark) { return mark && mark->kind == kafka::Mark::Kind::offset; };
  if (is_offset(options.range.from) || is_offset(options.range.to)) {
    return fail(ErrorClass::invalid, "an offset names no place that two topics share: give --from and --to as times");
  }
  if (options.range.topics.size() > 1) return fail(ErrorClass::invalid, "only one --topic is compared with --with");
  if (topics.one != topics.other) return {};
  return fail(ErrorClass::invalid, fmt::format("{} can't be compared with itself", topics.one));
}

Result<ExitCode> compare(Context& context, Options options) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  const auto& configured = (*config)->topics;
  Topics topics{options.range.topics.empty() ? configured.orders : options.range.topics.front(), options.with};
  if (auto used = check_use(options, topics); !used) return fail(std::move(used.error()));
  // One of the two may not have published the newest yet.
  if (!options.range.to) options.range.to = kafka::Mark{kafka::Mark::Kind::time, 0, wall_clock_now() - settled_after};
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  catch_stop_signals();
  auto one = Results::open(*connection, topics.one, options, configured.key_format);
  if (!one) return fail(std::move(one.error()));
  auto other = Results::open(*connection, topics.other, options, configured.key_format);
  if (!other) return fail(std::move(other.error()));
  return TopicComparison(context, std::move(topics), *std::move(one), *std::move(other), options,
                         configured.key_format)
      .run();
}

constexpr auto footer =
    "The n-th result of an order on one topic with its n-th on the other: partition, timestamp, and every member of\n"
    "the value by what it says; the form of the JSON, headers and the results' places among those of other orders may\n"
    "differ. New orders and tombstones are passed over. Exits with 6 where they differ. See ordersctl-replay(1).";

}  // namespace

void add_replay_compare(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("compare", "The results on two topics, order by order");
  command->add_option("--with", options->with, "The other topic, such as a shadow run's")->type_name("TOPIC");
  command->add_option("--ignore", options->ignored, "Leave out this member of the value, or timestamp, or partition; may be repeated")
      ->type_name("MEMBER")
      ->allow_extra_args(false);
  add_range_flags(*command, options->range);
  command->get_option("--topic")->description("The one topic; default: topics.orders");
  command->get_option("--from")->description("From this time on (2026-01-31T12:00:00Z), or one before now (-15m)");
  command->get_option("--to")->description("Results younger than this are left out (-30s); latest: none");
  command->footer(footer);
  on_run(*command, invocation, options, compare);
}

}  // namespace orders::ctl
