// `ordersctl state verify` on state folders, without a daemon.
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

class StateVerify : public testing::Test {
 protected:
  void make_table() {
    auto table = table::Table::open({.path = folder_ / "table", .memory = 8ull << 20, .cache = 2ull << 20});
    ASSERT_TRUE(table) << table.error().text();
    table::TableBatch batch;
    for (order::OrderId id = 0; id < 300; ++id) batch.put(id, 2, id, {}, std::string(300, 'v'));
    batch.set_position({2, 300, {}});
    ASSERT_TRUE(table->write(batch));
    ASSERT_TRUE(table->set_identity({"the-cluster", "orders"}));
  }
  Output verify(std::vector<std::string> arguments = {}) {
    const auto directory = "state.directory=" + ctl_.folder().path().string();
    arguments.insert(arguments.begin(), {"--set", directory, "state", "verify"});
    return ctl_.run(arguments);
  }

  Ctl ctl_;
  const std::filesystem::path folder_ = ctl_.folder() / "orders";  // application_id's default
};

TEST_F(StateVerify, ASoundTableIsShownWithItsPositions) {
  make_table();
  const auto shown = verify();
  EXPECT_EQ(shown.exit_code, 0) << shown.text();
  EXPECT_THAT(shown.out, AllOf(testing::ContainsRegex("table +300 "), HasSubstr("orders[2]")));
  EXPECT_EQ(shown.err, "");
  const auto found = json::parse(verify({"--output", "json"}).out);
  const auto& table = found.at("stores").at(0);
  EXPECT_EQ(table.at("store"), "table");
  EXPECT_EQ(table.at("ok"), true);
  EXPECT_EQ(table.at("rows"), 300);
  EXPECT_EQ(table.at("cluster"), "the-cluster");
  EXPECT_EQ(table.at("problems"), json::array());
  EXPECT_EQ(table.at("mend"), nullptr);
  EXPECT_EQ(table.at("positions"),
            json::parse(R"([{"topic":"orders","partition":2,"next_offset":300,"begin":null,"end":null}])"));
}

TEST_F(StateVerify, ADamagedOneIsAFailureThatNamesTheFileAndWhatToDo) {
  make_table();
  ASSERT_EQ(flip_bits_of_rows(folder_ / "table"), 1u);
  const auto file = files_like(folder_ / "table", ".sst").front().filename().string();
  const auto shown = verify();
  EXPECT_EQ(shown.exit_code, 1) << shown.text();
  EXPECT_THAT(shown.out, AllOf(HasSubstr(file + ": "), HasSubstr("checksum"), HasSubstr("builds it anew")));
  EXPECT_THAT(shown.err, HasSubstr("is not sound"));
  const auto lines = verify({"--output", "ndjson"}).out;
  const auto table = json::parse(lines);
  EXPECT_EQ(table.at("ok"), false);
  EXPECT_EQ(table.at("problems").at(0).at("where"), file);
  EXPECT_TRUE(table.at("mend").is_string());
}

TEST_F(StateVerify, NoStateIsNotFound) {
  const auto nothing = verify();
  EXPECT_EQ(nothing.exit_code, 3) << nothing.text();
  EXPECT_THAT(nothing.err, HasSubstr(folder_.string()));
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(StateVerify, TheEndsOfATopicNeedTheBroker) {
  make_table();
  const auto broker = "kafka.bootstrap_servers=127.0.0.1:" + std::to_string(free_port());
  const auto away = verify({"--against-ends", "--set", broker});
  EXPECT_EQ(away.exit_code, 4) << away.text();
  EXPECT_THAT(away.err, HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace orders::test
