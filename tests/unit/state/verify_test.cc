#include "state/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "database/database.h"
#include "join/disk_buffer.h"
#include "kafka/admin.h"
#include "kafka/embedded_cluster.h"
#include "support/damage.h"
#include "support/temp_folder.h"
#include "table/table.h"
#include "topology/disk_position.h"

namespace orders::state {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class VerifyState : public ::testing::Test {
 protected:
  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text());
    return *std::move(result);
  }
  void make_table(std::int64_t position = 5, const std::string& cluster = "cluster") {
    auto table = must(table::Table::open({.path = folder_ / "table", .memory = 8ull << 20, .cache = 2ull << 20}));
    table::TableBatch batch;
    for (order::OrderId id = 0; id < 1'000; ++id) batch.put(id, 1, id % position, {}, std::string(200, 'v'));
    batch.set_position({1, position, {}});
    ASSERT_TRUE(table.write(batch));
    ASSERT_TRUE(table.set_identity({cluster, "orders"}));
  }
  void make_buffer(const std::string& application_id = "app") {
    const topology::DiskPosition position{
        .of = {.application_id = application_id,
               .cluster_id = "cluster",
               .topics = {"payments", "stock"},
               .partition = 3},
        .sides = {{{{7, {}}, {{0, {}}}}, {{9, {}}, {{0, {}}}}}},
        .settings = {}};
    auto buffer = must(join::DiskBuffer::open({.path = folder_ / "join/3", .memory = {}}));
    ASSERT_TRUE(buffer->apply(topology::encode(position)));
  }
  void make_database() {
    database::Options options;
    options.config.backend = config::DatabaseBackend::embedded;
    options.application_id = "app";
    options.topic = "orders";
    options.embedded_path = folder_ / "database";
    ASSERT_TRUE(must(database::open(options))->schema());
  }
  std::vector<StoreReport> verified() { return must(verify(folder_.path(), expected_)); }

  const Expected expected_{.application_id = "app", .orders = "orders", .payments = "payments", .stock = "stock"};
  test::TempFolder folder_{"state"};
};

TEST_F(VerifyState, FindsEachStoreWithItsRowsAndPositions) {
  make_table();
  make_buffer();
  make_database();
  std::filesystem::create_directories(folder_ / "join/3.corrupt-20261126T000000Z");
  const auto stores = verified();
  ASSERT_EQ(stores.size(), 3u);
  for (const auto& store : stores) {
    EXPECT_TRUE(store.damages.empty()) << store.name << ": " << store.damages.found.front().what;
    EXPECT_GT(store.bytes, 0u);
  }
  EXPECT_EQ(stores[0].name, "table");
  EXPECT_EQ(stores[0].rows, 1'000u);
  ASSERT_EQ(stores[0].positions.size(), 1u);
  EXPECT_EQ(stores[0].positions[0].at.text(), "orders[1]");
  EXPECT_EQ(stores[0].positions[0].next_offset, 5);
  EXPECT_EQ(stores[1].name, "join/3");
  ASSERT_EQ(stores[1].positions.size(), 2u);
  EXPECT_EQ(stores[1].positions[1].at.text(), "stock[3]");
  EXPECT_EQ(stores[1].positions[1].next_offset, 9);
  EXPECT_EQ(stores[2].name, "database");
}

TEST_F(VerifyState, NoneIsNotFound) {
  const auto nothing = verify(folder_ / "nowhere", expected_);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().error_class, ErrorClass::not_found);
  EXPECT_THAT(nothing.error().message, HasSubstr("nowhere"));
}

TEST_F(VerifyState, ADamagedBlockIsToldWithItsFileAndWhatToDo) {
  make_table();
  ASSERT_EQ(test::flip_bits_of_rows(folder_ / "table"), 1u);
  const auto stores = verified();
  ASSERT_EQ(stores.size(), 1u);
  ASSERT_GE(stores[0].damages.count(), 1u);
  EXPECT_THAT(stores[0].damages.found.front().where, HasSubstr(".sst"));
  EXPECT_LT(stores[0].rows, 1'000u);
  EXPECT_THAT(stores[0].mend, HasSubstr((folder_ / "table").string()));
}

TEST_F(VerifyState, WhatIsOfAnotherTopicOrApplicationIsDamage) {
  make_table();
  make_buffer("another");
  auto other = expected_;
  other.orders = "other-orders";
  const auto stores = must(verify(folder_.path(), other));
  EXPECT_THAT(stores[0].damages.found.front().what, HasSubstr("other-orders"));
  EXPECT_THAT(stores[1].damages.found.front().what, HasSubstr("another application"));
}

class AgainstEnds : public VerifyState {
 protected:
  AgainstEnds() {
    auto admin = must(kafka::Admin::create(connection_));
    cluster_id_ = must(admin.cluster_id(Milliseconds{10'000}));
  }
  std::vector<std::string> compared() {
    auto stores = verified();
    if (auto done = compare_with_ends(stores, connection_); !done) throw std::runtime_error(done.error().text());
    std::vector<std::string> damages;
    for (const auto& damage : stores.front().damages.found) damages.push_back(damage.where + ": " + damage.what);
    return damages;
  }

  const std::vector<kafka::NewTopic> topics_{
      {.name = "orders", .partitions = 2, .replication_factor = 1, .config = {}}};
  kafka::EmbeddedCluster cluster_ = must(kafka::EmbeddedCluster::start(topics_));
  const kafka::Connection connection_{.bootstrap_servers = cluster_.bootstrap_servers(), .properties = {}};
  std::string cluster_id_;
};

TEST_F(AgainstEnds, APositionBeyondTheEndIsDamage) {
  make_table(5, cluster_id_);
  EXPECT_THAT(compared(), ElementsAre(HasSubstr("position in orders[1]: is 5, but the topic ends at 0")));
}

TEST_F(AgainstEnds, AnotherClusterIsDamageAndItsOffsetsMeanNothing) {
  make_table(5, "another");
  EXPECT_THAT(compared(), ElementsAre(HasSubstr("it is of cluster another")));
}

TEST_F(AgainstEnds, APartitionThatIsNotThereIsDamage) {
  make_table(5, cluster_id_);
  auto stores = verified();
  stores.front().positions.front().at.partition = 2;
  ASSERT_TRUE(compare_with_ends(stores, connection_));
  EXPECT_THAT(stores.front().damages.found.front().what, HasSubstr("no such partition"));
}

}  // namespace
}  // namespace orders::state
