#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ordersctl/arguments.h"
#include "ordersctl/commands.h"
#include "ordersctl/progress.h"
#include "ordersctl/replay_plan.h"
#include "ordersctl/stop.h"
#include "ordersctl/topic_range.h"
#include "replay/record_source.h"
#include "replay/sender.h"

namespace orders::ctl {
namespace {

struct Options {
  std::string file;
  RangeFlags range;
  std::string prefix, name, partitioning = "keep", timestamps = "keep";
  std::int64_t rate = 0;
  bool into_live = false, resume = false, execute = false;

  [[nodiscard]] replay::Rewriting rewriting() const {
    return {prefix, partitioning == "keep", timestamps == "keep"};
  }
};

Result<> check_use(const Options& options) {
  if (options.file.empty() && !options.range.from && !options.range.to) {
    return fail(ErrorClass::invalid, "what is to be sent: a capture FILE, or a range with --from or --to?");
  }
  if (!options.file.empty() && options.range.any_of_a_topic()) {
    return fail(ErrorClass::invalid, "a capture FILE is sent as it is: no --topic, --partition, --from, --to with it");
  }
  if (!options.file.empty() && !std::filesystem::is_regular_file(options.file)) {
    return fail(ErrorClass::invalid, fmt::format("{} is no regular file that is there", options.file),
                "it is read twice: looked through first, then sent");
  }
  return {};
}

/// What must be the same for a replay to be gone on with: all but how fast, and whether.
Result<std::string> identity(const Options& options, const kafka::Selection& selection) {
  std::string text;
  if (!options.file.empty()) {
    auto file = replay::fingerprint(options.file);
    if (!file) return fail(std::move(file.error()));
    text = "file " + *file;
  } else {
    text = fmt::format("range {} {} {}", options.range.from_text, options.range.to_text, options.range.isolation);
    for (const auto& topic : selection.topics) text += " " + topic;
    for (const auto number : selection.partitions) text += fmt::format(" {}", number);
  }
  text += fmt::format(" into {} {} {}", options.prefix, options.partitioning, options.timestamps);
  auto keys = options.range.keys;
  std::ranges::sort(keys);
  for (const auto key : keys) text += fmt::format(" {}", key);
  return replay::identity_of(text);
}

/// Where a file's position is kept: with the topic that its first record goes to. None: it has no record.
Result<std::optional<kafka::TopicPartition>> anchor_of(const Options& options, config::KeyFormat key_format) {
  std::ifstream in(options.file, std::ios::binary);
  auto first = replay::CaptureReader(in, options.file, key_format).next();
  if (!first) return fail(std::move(first.error()));
  if (!*first) return std::nullopt;
  return kafka::TopicPartition{options.prefix + (*first)->topic, 0};
}

class TopicReplay {
 public:
  TopicReplay(const Context& context, const Options& options, const config::Config& config,
              kafka::Connection connection)
      : context_(context),
        options_(options),
        config_(config),
        connection_(std::move(connection)),
        rules_{options.rewriting(), options.into_live, options.range.timeout},
        filter_(options.range.keys, config.topics.key_format) {}

  Result<ExitCode> run() {
    const auto selection = options_.range.selection(config_.topics);
    auto identified = identity(options_, selection);
    if (!identified) return fail(std::move(identified.error()));
    identity_ = *std::move(identified);
    plan_.name = options_.name.empty() ? identity_ : options_.name;
    plan_.source = options_.file.empty() ? "topics" : options_.file;
    if (options_.file.empty()) {
      auto partitions = kafka::select(connection_, selection, options_.range.timeout);
      if (!partitions) return fail(std::move(partitions.error()));
      partitions_ = *std::move(partitions);
    } else {
      auto anchor = anchor_of(options_, config_.topics.key_format);
      if (!anchor) return fail(std::move(anchor.error()));
      if (!*anchor) return nothing_to_send();
      anchor_ = **std::move(anchor);
    }
    return look_and_send();
  }

 private:
  Result<ExitCode> look_and_send() {
    auto sender = replay::Sender::create(
        {connection_, group(), config_.kafka.transaction_timeout, options_.range.timeout}, stop_wakeup());
    if (!sender) return fail(std::move(sender.error()));
    auto source = open_source();
    if (!source) return fail(std::move(source.error()));
    const auto places = (*source)->places();
    // Who goes on with a replay takes it over, from one that was killed a moment ago, too.
    const bool take_over = options_.resume && options_.execute;
    auto standing = take_over ? sender->start(places) : sender->committed(places);
    if (!standing) return fail(std::move(standing.error()));
    if (!standing->empty() && !options_.resume) return begun_before(*standing);
    plan_.resumed = !standing->empty();
    if (auto begun = (*source)->begin(*standing); !begun) return fail(std::move(begun.error()));
    const auto position = (*source)->position();
    if (auto planned = plan(**source); !planned) return fail(std::move(planned.error()));
    source->reset();
    if (auto allowed = check_plan(); !allowed) return fail(std::move(allowed.error()));
    if (!take_over) {
      auto taken = sender->start(places);
      if (!taken) return fail(std::move(taken.error()));
      if (!taken->empty()) return begun_before(*taken);
    }
    return send(*sender, position);
  }

  [[nodiscard]] std::string group() const { return fmt::format("{}-replay-{}", config_.application_id, plan_.name); }

  Result<std::unique_ptr<replay::RecordSource>> open_source() const {
    if (options_.file.empty()) {
      return replay::TopicSource::open(
          {connection_, partitions_, options_.range.range(), options_.range.reader(), identity_}, stop_wakeup());
    }
    return replay::CaptureSource::open({options_.file, config_.topics.key_format, anchor_, identity_});
  }

  Result<> plan(replay::RecordSource& source) {
    Progress progress("records looked through", std::nullopt, context_.quiet());
    auto survey = replay::survey(source, filter_, [&](std::uint64_t read) {
      progress.update(read);
      return !stop_requested();
    });
    if (!survey) return fail(std::move(survey.error()));
    if (stop_requested())
      return fail(ErrorClass::bug, "stopped while the records were looked through: nothing was sent");
    return plan_targets(plan_, *survey, rules_, config_.topics, connection_);
  }

  /// Shows the plan where it may not, or not yet, be carried out.
  Result<> check_plan() const {
    if (plan_.objections.empty() && options_.execute) return {};
    print_replay(context_, plan_, false, 0);
    if (plan_.objections.empty()) {
      return fail(ErrorClass::refused, "nothing was sent: this is the plan", "--execute carries it out");
    }
    std::string hint;
    for (const auto& why : plan_.objections) hint += (hint.empty() ? "" : "\n") + why;
    return fail(ErrorClass::refused, "nothing was sent, and can't be like this", std::move(hint));
  }

  Result<ExitCode> send(replay::Sender& sender, const replay::Position& position) {
    auto source = open_source();
    if (!source) return fail(std::move(source.error()));
    if (auto begun = (*source)->begin(position); !begun) return fail(std::move(begun.error()));
    Progress progress("records", plan_.records, context_.quiet());
    std::uint64_t sent = 0;
    const auto go_on = [&](std::uint64_t so_far) {
      progress.update(sent = so_far);
      return !stop_requested();
    };
    const replay::SendOptions options{rules_.rewriting, filter_, static_cast<std::uint64_t>(options_.rate)};
    // Before any record: from now on "latest" and "-15m" are the offsets that they were.
    auto done = sender.send({{}, position}, [] { return !stop_requested(); });
    if (done) done = replay::send_all(**source, sender, options, stop_wakeup(), go_on);
    progress.clear();
    print_replay(context_, plan_, true, sent);
    if (!done) return broken_off(std::move(done.error()));
    if (sent < plan_.records && stop_requested()) return broken_off({ErrorClass::bug, "stopped", {}});
    return ExitCode::done;
  }

  Result<ExitCode> nothing_to_send() const {
    print_replay(context_, plan_, options_.execute, 0);
    return ExitCode::done;
  }

  Result<ExitCode> begun_before(const replay::Position& standing) const {
    std::string where;
    for (const auto& place : standing) {
      where += (where.empty() ? "" : ", ") + (options_.file.empty()
                                                  ? fmt::format("offset {} of {}", place.offset, place.at.text())
                                                  : fmt::format("line {}", place.offset));
    }
    return fail(ErrorClass::refused, fmt::format("the replay {} was begun before, and stands at {}", plan_.name, where),
                "--resume goes on with it; to send everything once more, give it another --name");
  }

  Result<ExitCode> broken_off(Error error) const {
    if (error.error_class == ErrorClass::fenced) error.hint = "another run took over, or this one was silent too long";
    if (!error.hint.empty()) error.hint += "\n";
    error.hint += "the same command with --resume goes on, and sends nothing twice";
    return fail(std::move(error));
  }

  const Context& context_;
  const Options& options_;
  const config::Config& config_;
  const kafka::Connection connection_;
  const ReplayRules rules_;
  const replay::KeyFilter filter_;
  std::string identity_;
  ReplayPlan plan_;
  std::vector<kafka::TopicPartition> partitions_;  ///< of a range
  kafka::TopicPartition anchor_;                   ///< of a file
};

Result<ExitCode> replay_to_topics(Context& context, const Options& options) {
  if (auto used = check_use(options); !used) return fail(std::move(used.error()));
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  catch_stop_signals();
  return TopicReplay(context, options, **config, *std::move(connection)).run();
}

void check_name(const std::string& name) {
  constexpr auto allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::size_t longest = 100;
  if (name.empty() || name.size() > longest || name.find_first_not_of(allowed) != std::string::npos) {
    throw CLI::ValidationError("--name",
                               fmt::format("'{}' is not of 1 to 100 letters, digits, '.', '_' and '-'", name));
  }
}

constexpr auto footer =
    "Shows what it would do; --execute does it. Records and position are one Kafka transaction, kept by the group\n"
    "APPLICATION-replay-NAME: a replay that was broken off, however, goes on with --resume, and sends nothing twice.\n"
    "Kept timestamps are checked against the topic's limits first. More: ordersctl-replay(1).";

}  // namespace

void add_replay_topics(CLI::App& group, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("topics", "A capture file, or a range of topics, sent to topics again");
  command->add_option("FILE", options->file, "The capture; without one, the range that --from and --to name")
      ->type_name("");
  add_range_flags(*command, options->range);
  command->add_option("--into", options->prefix, "Send to topics of this prefix and the same name")
      ->type_name("PREFIX");
  command->add_flag("--into-live", options->into_live, "Send to topics that the configuration names, too");
  command->add_option("--partitioning", options->partitioning, "keep (default), or by-key as the Java client does")
      ->type_name("HOW")
      ->check(CLI::IsMember({"keep", "by-key"}));
  command->add_option("--timestamps", options->timestamps, "keep (default), or now")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"keep", "now"}));
  add_integer(*command, "--rate", options->rate, "Send so many records a second. Default: as fast as it goes", 1,
              10'000'000);
  command
      ->add_option_function<std::string>(
          "--name",
          [options](const std::string& name) {
            check_name(name);
            options->name = name;
          },
          "Of this replay. Default: made from what is sent, and where to")
      ->type_name("NAME");
  command->add_flag("--resume", options->resume, "Go on where an earlier run of this replay stopped");
  command->add_flag("--execute", options->execute, "Do it");
  command->footer(footer);
  on_run(*command, invocation, options, replay_to_topics);
}

}  // namespace orders::ctl
