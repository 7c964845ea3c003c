#include "kafka/partitioner.h"

#include <librdkafka/rdkafka.h>

namespace orders::kafka {

std::int32_t partition_of_key(std::string_view key, std::int32_t partitions) {
  // It looks at nothing but key and count.
  return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), partitions, nullptr, nullptr);
}

}  // namespace orders::kafka
