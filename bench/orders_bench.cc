// orders_bench: topics, load, measurement and the floor for comparing systems that decide orders. One line of JSON on
// standard output (the floor says in another one before when it runs); exit code 0 when all is right, 1 when not, 2 for
// wrong use.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>

#include "programs.h"

namespace {

using namespace orders::bench;

void add_place(CLI::App& app, Place& place) {
  app.add_option("--bootstrap", place.bootstrap, "the broker")->capture_default_str();
  app.add_option("--prefix", place.prefix, "of all topics' names")->required();
}

void add_recipe(CLI::App& app, Recipe& recipe) {
  static const std::map<std::string, Keys> keys = {{"sequential", Keys::sequential}, {"random", Keys::random}};
  app.add_option("--orders", recipe.orders, "how many")->required();
  app.add_option("--first-id", recipe.first, "number of the first order; with sequential keys its id")
      ->capture_default_str();
  app.add_option("--keys", recipe.keys, "sequential, or random: spread over 64 bits")
      ->transform(CLI::CheckedTransformer(keys));
  app.add_option("--seed", recipe.seed, "another one makes other orders")->capture_default_str();
  app.add_option("--rejects", recipe.rejects, "the share of answers that reject")->capture_default_str();
}

void add_setup(CLI::App& app, SetupOptions& options) {
  add_place(app, options.place);
  app.add_option("--partitions", options.partitions, "of each topic")->capture_default_str();
  app.add_flag("--delete", options.remove, "delete every topic that begins with the prefix");
}

void add_load(CLI::App& app, LoadOptions& options) {
  static const std::map<std::string, Answers> answers = {
      {"both", Answers::both}, {"payments", Answers::payments}, {"stock", Answers::stock}};
  add_place(app, options.place);
  add_recipe(app, options.recipe);
  auto* rate = app.add_option("--rate", options.rate, "orders a second, dated now")->check(CLI::PositiveNumber);
  app.add_flag("--preload", options.preload, "as fast as possible (the default), dated by --start-ms and --spacing-us")
      ->excludes(rate);
  app.add_option("--spacing-us", options.spacing_us, "between the timestamps of two orders")->capture_default_str();
  app.add_option("--start-ms", options.start_ms, "timestamp of the first; default: so that the last is dated now");
  app.add_option("--answers", options.answers, "both, payments, stock")->transform(CLI::CheckedTransformer(answers));
  app.add_option("--linger-ms", options.linger_ms)->capture_default_str();
  app.add_option("--compression", options.compression, "none, lz4, zstd, ...")->capture_default_str();
}

void add_measure(CLI::App& app, MeasureOptions& options) {
  static const std::map<std::string, Mode> modes = {
      {"throughput", Mode::throughput}, {"latency", Mode::latency}, {"first", Mode::first}};
  add_place(app, options.place);
  add_recipe(app, options.recipe);
  app.add_option("--mode", options.mode, "throughput, latency, first (result after a restart)")
      ->transform(CLI::CheckedTransformer(modes));
  app.add_flag("--read-during", options.read_during,
               "throughput: read while results come; otherwise only their number is watched until all are there");
  app.add_flag("--from-end", options.from_end, "leave out what is in the topic already");
  app.add_option("--timeout", options.timeout_s, "seconds")->capture_default_str();
  app.add_option("--idle", options.idle_s, "give up when nothing came for so many seconds")->capture_default_str();
  app.add_option("--warmup", options.warmup_s, "latency: seconds of orders that are left out")->capture_default_str();
  app.add_option("--settle-ms", options.settle_ms, "look for duplicates after the last result")->capture_default_str();
  app.add_option("--started-at-ms", options.started_at_ms, "when the application was told to start, or was killed");
  app.add_option("--started-file", options.started_file, "the same, in a file that may be written later: a line");
  app.add_option("--ready", options.ready, "a file to create when this program is watching");
}

void add_floor(CLI::App& app, FloorOptions& options) {
  static const std::map<std::string, bool> commits = {{"adaptive", true}, {"interval", false}};
  add_place(app, options.place);
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 2))->capture_default_str();
  app.add_option("--commit", options.adaptive, "adaptive, interval")->transform(CLI::CheckedTransformer(commits));
  app.add_option("--commit-ms", options.commit_ms, "at the latest")->capture_default_str();
  app.add_option("--commit-min-ms", options.commit_min_ms, "adaptive: at the soonest")->capture_default_str();
  app.add_option("--queue-mib", options.queue_mib, "librdkafka's pre-fetch queue")->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Loads and measures systems that decide orders");
  app.require_subcommand(1);
  SetupOptions setup_options;
  LoadOptions load_options;
  MeasureOptions measure_options;
  FloorOptions floor_options;
  auto* setup = app.add_subcommand("setup", "make the topics of a run, or delete them");
  auto* loading = app.add_subcommand("load", "write the answers");
  auto* measuring = app.add_subcommand("measure", "read and check the results");
  auto* floor = app.add_subcommand("floor", "a plain consume-match-produce loop with the same transactions");
  add_setup(*setup, setup_options);
  add_load(*loading, load_options);
  add_measure(*measuring, measure_options);
  add_floor(*floor, floor_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (setup->parsed()) return set_up(setup_options);
    if (loading->parsed()) return load(load_options);
    if (measuring->parsed()) return measure(measure_options);
    return run_floor(floor_options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "orders_bench: %s\n", error.what());
    return 1;
  }
}
