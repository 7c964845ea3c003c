#include "topology/run_marker.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <memory>

#include "base/file.h"
#include "support/temp_folder.h"
#include "support/wait_until.h"

namespace orders::topology {
namespace {

const RunMarker::Identity identity{.cluster_id = "cluster", .topics = {"payment-orders", "stock-orders"}};

class AMarker : public testing::Test {
 protected:
  /// As the next process finds it.
  std::unique_ptr<RunMarker> read(const RunMarker::Identity& of = identity) const {
    auto marker = std::make_unique<RunMarker>(file, Milliseconds{50});
    const auto done = marker->read(of);
    EXPECT_TRUE(done) << done.error().text();
    return marker;
  }
  static void add(RunMarker& marker, std::int32_t partition, std::int32_t partitions) {
    marker.add(std::array{partition}, partitions);
  }

  test::TempFolder folder{"run-marker"};
  const std::filesystem::path file = folder / "join.run";
};

TEST_F(AMarker, OfAFirstStartSaysNothing) {
  const auto marker = read();
  EXPECT_EQ(marker->partitions(), 0);
  EXPECT_FALSE(marker->has_committed(0));
}

TEST_F(AMarker, KnowsInALaterLifeWhereTheJoinHasCommitted) {
  {
    const auto marker = read();
    add(*marker, 3, 12);
    EXPECT_TRUE(marker->has_committed(3));
    add(*marker, 11, 12);
    add(*marker, 3, 12);
  }
  const auto marker = read();
  EXPECT_EQ(marker->partitions(), 12);
  for (std::int32_t partition = 0; partition < 12; ++partition)
    EXPECT_EQ(marker->has_committed(partition), partition == 3 || partition == 11) << partition;
}

TEST_F(AMarker, IsWrittenOnlyForWhatIsNew) {
  const auto marker = read();
  add(*marker, 0, 2);
  std::filesystem::remove(file);
  add(*marker, 0, 2);
  EXPECT_FALSE(std::filesystem::exists(file));
  marker->add({}, 4);
  EXPECT_EQ(marker->partitions(), 2) << "a commit of no partition says nothing of their count";
  add(*marker, 1, 2);
  EXPECT_TRUE(read()->has_committed(0));
}

TEST_F(AMarker, OfAnotherClusterOrOfOtherTopicsSaysNothingAndIsReplaced) {
  add(*read(), 0, 2);
  auto other_cluster = identity;
  other_cluster.cluster_id = "another";
  EXPECT_EQ(read(other_cluster)->partitions(), 0);
  auto other_topics = identity;
  other_topics.topics[1] = "stock";
  const auto marker = read(other_topics);
  EXPECT_EQ(marker->partitions(), 0);
  add(*marker, 1, 4);
  EXPECT_FALSE(read(other_topics)->has_committed(0));
  EXPECT_EQ(read()->partitions(), 0);
}

TEST_F(AMarker, ThatIsDamagedSaysNothing) {
  add(*read(), 0, 2);
  const auto text = *read_file(file);
  for (const auto& damaged : {std::string("#"), "join has run 2" + text.substr(14), text.substr(0, 20)}) {
    std::ofstream(file, std::ios::trunc) << damaged;
    EXPECT_EQ(read()->partitions(), 0) << damaged;
  }
}

TEST_F(AMarker, ThatCantBeReadIsWaitedFor) {
  std::filesystem::create_directory(file);
  RunMarker marker(file);
  const auto done = marker.read(identity);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().error_class, ErrorClass::wait);
}

TEST_F(AMarker, ThatCantBeWrittenSaysWhyAndHoldsNothingUp) {
  std::filesystem::create_directory(file.string() + ".tmp");
  const auto marker = read();
  EXPECT_EQ(marker->trouble(), "");
  add(*marker, 0, 2);
  EXPECT_FALSE(marker->has_committed(0));
  EXPECT_EQ(marker->partitions(), 0);
  EXPECT_NE(marker->trouble().find(file.string()), std::string::npos) << marker->trouble();
}

TEST_F(AMarker, ThatCouldNotBeWrittenIsWrittenLaterWithoutAnotherCommit) {
  std::filesystem::create_directory(file.string() + ".tmp");
  const auto marker = read();
  add(*marker, 0, 2);
  std::filesystem::remove(file.string() + ".tmp");
  ASSERT_TRUE(test::wait_until(std::chrono::seconds{30}, [&] {
    marker->retry();
    return marker->trouble().empty();
  }));
  EXPECT_TRUE(marker->has_committed(0));
  EXPECT_TRUE(read()->has_committed(0));
}

}  // namespace
}  // namespace orders::topology
