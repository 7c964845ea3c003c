// What programs read fits its published schema, where neither broker nor daemon is needed; system_ordersctl has the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "api/status_json.h"
#include "command_tree.h"
#include "ctl.h"
#include "support/json_schema.h"

namespace orders::test {
namespace {

using testing::IsEmpty;

class Schemas : public testing::Test {
 protected:
  void fits(const std::string& schema, const std::vector<std::string>& arguments, const std::string& line_place = {}) {
    expect(schema, run(arguments, "json"));
    const auto lines = run(arguments, "ndjson");
    EXPECT_THAT(schema_mistakes_of_lines(schema + line_place, lines.out), IsEmpty()) << lines.text();
  }
  void expect(const std::string& schema, const Output& output) {
    EXPECT_THAT(schema_mistakes(schema, output.out), IsEmpty()) << output.text();
  }
  Output run(std::vector<std::string> arguments, const std::string& format) {
    arguments.insert(arguments.end(), {"--output", format});
    return ctl_.run(arguments);
  }
  Ctl ctl_;
};

TEST_F(Schemas, AreThereForEveryVerbThatPrintsJson) {
  const std::set<std::string> others = {"config schema", "config example",   // a schema itself, and YAML
                                        "completion bash", "completion zsh", "completion fish"};
  CommandTree().visit_verbs([&](const CLI::App& verb) {
    auto name = words_of(verb);
    if (others.contains(name)) return;
    std::replace(name.begin(), name.end(), ' ', '-');
    EXPECT_TRUE(std::filesystem::exists(SOURCE_DIR "/docs/schemas/" + name + ".json"))
        << ctl::full_name(verb) << " has no schema";
  });
}

TEST_F(Schemas, OfTheConfiguration) {
  fits("config-check.json", {"config", "check"});
  fits("config-show.json", {"config", "show"}, "#/$defs/line");
  const auto wrong = ctl_.file("wrong.yaml", "join: {windw: PT10S}\n");
  fits("config-check.json", {"--config", wrong, "config", "check"});
  const auto windows = ctl_.file("windows.yaml", "join: {window: {before: PT5S, after: PT10S}}\n");
  fits("config-show.json", {"--config", windows, "config", "show"}, "#/$defs/line");
}

TEST_F(Schemas, OfDatabasesWithoutASchema) {
  for (const char* backend : {"database.backend=embedded", "database.backend=none"}) {
    fits("db-status.json", {"--set", backend, "db", "status"});
    fits("db-migrate.json", {"--set", backend, "db", "migrate"});
  }
}

TEST_F(Schemas, OfReplays) {
  fits("replay-local.json", {"replay", "local", SOURCE_DIR "/tests/replays"}, "#/$defs/line");
  (void)ctl_.file("alone.ndjson", "");
  fits("replay-local.json", {"replay", "local", "."}, "#/$defs/line");
}

TEST_F(Schemas, OfTheStatusWithEveryPartAndWithNone) {
  api::Snapshot snapshot;
  const auto status = [&] { return api::status_json({"0.1.0", "orders", "one", {}}, snapshot, {}); };
  EXPECT_THAT(schema_mistakes("status.json", status()), IsEmpty());
  topology::WorkerStatus worker;
  worker.last_commit = Timestamp{};
  worker.last_error = {.at = {}, .message = "something"};
  worker.tasks.resize(1);
  worker.tasks.front().payment.end = 5;
  worker.tasks.front().payment.stream_time = Timestamp{};
  snapshot.join.emplace().workers.push_back(worker);
  snapshot.join->latency.recent.add(Milliseconds{5});
  snapshot.join->latency.total.add(Milliseconds{5});
  view::ViewStatus view;
  view.name = "table";
  view.partitions.resize(2);
  view.partitions.back().end = 9;
  snapshot.table = snapshot.database = view;
  snapshot.intake.emplace();
  snapshot.catalog.emplace().last_error = {.at = {}, .message = "something"};
  snapshot.trouble = {"something"};
  snapshot.configuration = {.reloaded = Timestamp{}, .error = "something", .restart_needed = {"topics.orders"}};
  EXPECT_THAT(schema_mistakes("status.json", status()), IsEmpty());
}

}  // namespace
}  // namespace orders::test
