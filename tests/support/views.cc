#include "support/views.h"

#include <gtest/gtest.h>

#include <map>

#include "support/log.h"
#include "support/wait_until.h"

namespace orders::test {

using namespace std::chrono_literals;
using nlohmann::json;

bool views_current(const std::string& bootstrap, const Daemon& daemon) {
  const auto status = daemon.get("/api/status");
  if (!status) return false;
  const auto ends = end_offsets(bootstrap, daemon.orders());
  for (const char* view : {"table", "database"}) {
    const auto& state = status->at("views").at(view);
    if (state.at("state") != "current") return false;
    for (const auto& at : state.at("partitions")) {
      if (at.at("next_offset") < ends.at(at.at("partition").get<std::size_t>())) return false;
    }
  }
  return true;
}

void expect_views_equal_the_topic(const std::string& bootstrap, const Daemon& daemon, std::size_t orders) {
  std::map<std::int64_t, json> newest;
  for (const auto& record : read_topic(bootstrap, daemon.orders())) {
    auto value = json::parse(record.value.value());
    newest[value.at("orderId")] = value;  // of one id all records are in one partition
  }
  ASSERT_EQ(newest.size(), orders);
  ASSERT_TRUE(wait_until(60s, [&] { return views_current(bootstrap, daemon); })) << daemon.log();
  std::map<std::int64_t, json> table, database;
  for (const auto& row : daemon.ctl_lines({"state", "list", "--limit", "100000"})) {
    table[row.at("key")] = row.at("value");
  }
  for (auto row : daemon.ctl_lines({"order", "list", "--limit", "100000"})) {
    for (const char* own : {"createdAt", "updatedAt", "result"}) row.erase(own);
    database[row.at("orderId")] = row;
  }
  EXPECT_EQ(table, newest);
  for (auto& [id, value] : newest) value.erase("mark");  // the database keeps the members that it knows
  EXPECT_EQ(database, newest);
}

}  // namespace orders::test
