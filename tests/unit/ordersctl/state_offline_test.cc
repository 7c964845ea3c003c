// The `state` commands on a table's folder, without a daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ctl.h"
#include "support/damage.h"
#include "table/table.h"

namespace orders::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

constexpr int rows = 300;

class StateOffline : public testing::Test {
 protected:
  StateOffline() {
    auto table = table::Table::open({.path = folder_ / "table", .memory = 8ull << 20, .cache = 2ull << 20});
    if (!table) throw std::runtime_error(table.error().text());
    table::TableBatch batch;
    for (int id = 1; id <= rows; ++id) batch.put(id, 2, id, from_millis(1'000 * id), value(id));
    batch.set_position({2, rows + 1, {}});
    EXPECT_TRUE(table->write(batch));
    EXPECT_TRUE(table->set_identity({"the-cluster", "orders"}));
  }
  static std::string value(int id) {
    return R"({"orderId":)" + std::to_string(id) + R"(,"customerId":)" + std::to_string(id % 7) + R"(,"status":")" +
           (id % 3 == 0 ? "ROLLBACK" : "CONFIRMED") + R"(","note":")" + std::string(200, 'x') + R"("})";
  }
  Output state(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"--set", "state.directory=" + ctl_.folder().path().string(), "--set",
                      "api.socket=" + (ctl_.folder() / "api.sock").string(), "state"});
    return ctl_.run(arguments);
  }
  json state_json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--output", "json"});
    const auto output = state(arguments);
    EXPECT_EQ(output.exit_code, 0) << output.text();
    return json::parse(output.out);
  }

  Ctl ctl_;
  const std::filesystem::path folder_ = ctl_.folder() / "orders";  // application_id's default
};

TEST_F(StateOffline, AnswersWhereNobodyListensAndSaysSo) {
  const auto row = state({"get", "5"});
  EXPECT_EQ(row.exit_code, 0) << row.text();
  EXPECT_THAT(row.out, HasSubstr(value(5)));
  EXPECT_THAT(row.err, AllOf(HasSubstr("ordersd is not running"), HasSubstr((folder_ / "table").string())));
  EXPECT_EQ(state({"-q", "get", "5"}).err, "");
  EXPECT_EQ(state({"get", "5", "--offline"}).err, "") << "it was asked for";
  const auto document = state_json({"get", "5"});
  EXPECT_EQ(document.at("lag"), nullptr);
  EXPECT_EQ(document.at("offline"), true);
  EXPECT_EQ(state({"get", "9999"}).exit_code, 3);
}

TEST_F(StateOffline, ListsAndCountsWithFiltersPageByPage) {
  EXPECT_EQ(state({"-q", "count"}).out, "300\n");
  EXPECT_EQ(state({"-q", "count", "--status", "ROLLBACK"}).out, "100\n");
  EXPECT_EQ(state({"-q", "count", "--since", "1970-01-01T00:04:51Z"}).out, "10\n");
  EXPECT_EQ(state({"-q", "count", "--since", "-1m"}).out, "0\n");
  const auto first = state_json({"list", "--status", "ROLLBACK", "--customer", "6", "--limit", "5"});
  ASSERT_EQ(first.at("rows").size(), 5u);
  EXPECT_EQ(first.at("rows").front().at("key"), 6);
  EXPECT_EQ(first.at("next"), first.at("rows").back().at("key"));
  EXPECT_EQ(first.at("offline"), true);
  const auto second = state_json({"list", "--status", "ROLLBACK", "--customer", "6", "--limit", "100", "--after",
                                  first.at("next").dump()});
  EXPECT_EQ(second.at("rows").size(), 10u) << "15 of 300: 6, 27, 48, …";
  EXPECT_EQ(second.at("next"), nullptr);
}

TEST_F(StateOffline, StatsTellFilesAndPositions) {
  const auto stats = state_json({"stats"});
  EXPECT_GE(stats.at("rows"), rows);
  EXPECT_FALSE(stats.at("levels").empty());
  EXPECT_EQ(stats.at("positions"),
            json::parse(R"([{"partition":2,"next_offset":301,"end":null,"end_seen":null}])"));
  const auto shown = state({"stats"});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("rows, about"), HasSubstr("LEVEL"), HasSubstr("NEXT OFFSET")));
}

TEST_F(StateOffline, AnExportIsAFileOfAllRowsOrNone) {
  const auto file = ctl_.folder() / "rows.csv";
  const auto output = state({"export", "--format", "csv", "--file", file, "--output", "json"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  const auto summary = json::parse(output.out);
  EXPECT_EQ(summary.at("rows"), rows);
  EXPECT_EQ(summary.at("positions").at(0).at("next_offset"), rows + 1);
  const auto text = slurp(file);
  EXPECT_EQ(summary.at("bytes"), text.size());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), rows + 1);
  EXPECT_THAT(text, testing::StartsWith("key,partition,offset,timestamp,"));
  const auto nowhere = state({"export", "--file", (ctl_.folder() / "none" / "rows").string()});
  EXPECT_EQ(nowhere.exit_code, 1) << nowhere.text();
}

TEST_F(StateOffline, AnExportGoesToStandardOutputWithFilters) {
  const auto output = state({"-q", "export", "--status", "ROLLBACK"});
  EXPECT_EQ(output.exit_code, 0) << output.text();
  EXPECT_EQ(output.err, "");
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 100);
  const auto line = json::parse(output.out.substr(0, output.out.find('\n')));
  EXPECT_EQ(line.at("key"), 3);
  EXPECT_EQ(line.at("value").dump(), json::parse(value(3)).dump());
}

TEST_F(StateOffline, ADamagedTableLeavesNoExport) {
  ASSERT_GE(flip_bits_of_rows(folder_ / "table"), 1u);
  const auto file = ctl_.folder() / "rows";
  const auto output = state({"export", "--file", file});
  EXPECT_EQ(output.exit_code, 1) << output.text();
  EXPECT_THAT(output.err, HasSubstr("state verify"));
  EXPECT_TRUE(files_like(ctl_.folder().path(), "rows").empty()) << "not even a part of it";
}

TEST_F(StateOffline, WithoutATableOfflineIsNotFound) {
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(state({"count", "--offline"}).exit_code, 3);
  EXPECT_EQ(state({"count"}).exit_code, 4) << "it is the daemon that is missed";
}

TEST_F(StateOffline, AgainstTheTopicNeedsTheBroker) {
  const auto broker = "kafka.bootstrap_servers=127.0.0.1:" + std::to_string(free_port());
  const auto away = state({"verify", "--against-topic", "--timeout", "2s", "--set", broker});
  EXPECT_EQ(away.exit_code, 4) << away.text();
}

}  // namespace
}  // namespace orders::test
