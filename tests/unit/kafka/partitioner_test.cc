// The Java client's partitions, by values of Kafka's own tests (UtilsTest.testMurmur2).
#include "kafka/partitioner.h"

#include <gtest/gtest.h>

namespace orders::kafka {
namespace {

TEST(Partitioner, PicksThePartitionOfTheJavaClient) {
  // murmur2("21") = -973932308 and murmur2("foobar") = -790332482; the sign bit is taken away.
  EXPECT_EQ(partition_of_key("21", 7), 1'173'551'340 % 7);
  EXPECT_EQ(partition_of_key("21", 10), 0);
  EXPECT_EQ(partition_of_key("foobar", 10), 6);
  EXPECT_EQ(partition_of_key("foobar", 1), 0);
}

}  // namespace
}  // namespace orders::kafka
