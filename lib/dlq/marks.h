// What was drained: the marks on the compacted topic.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "kafka/consumer.h"

namespace orders::dlq {

/// One thread. Holds the key of every mark: about a hundred bytes for each letter that was ever drained.
class Marks {
 public:
  /// With 0 partitions (the topic is not there) nothing is marked.
  [[nodiscard]] static Result<Marks> open(const kafka::Connection& connection, std::string topic,
                                          std::int32_t partitions);

  /// Reads on, committed marks only: what there is now.
  [[nodiscard]] Result<> catch_up(Milliseconds timeout);
  /// Up to the topic's very end as it is now: transactions that are open there are waited for. So what a producer of
  /// marks that has been fenced before this call has committed is in it for certain.
  [[nodiscard]] Result<> catch_up_with_all(Milliseconds timeout);
  [[nodiscard]] bool contains(const std::string& identity) const { return marked_.contains(identity); }
  void add(std::string identity) { marked_.insert(std::move(identity)); }

 private:
  Marks(std::string topic, std::int32_t partitions) : topic_(std::move(topic)), partitions_(partitions) {}

  [[nodiscard]] Result<> catch_up(const kafka::Consumer& asked, Milliseconds timeout);

  std::string topic_;
  std::int32_t partitions_;
  std::optional<kafka::Consumer> committed_;  ///< which reads
  std::optional<kafka::Consumer> all_;        ///< which only knows the very end
  std::unordered_set<std::string> marked_;
};

}  // namespace orders::dlq
