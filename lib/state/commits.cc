#include "state/commits.h"

#include "topology/commit_metadata.h"

namespace orders::state {

Result<std::vector<JoinCommit>> join_commits(const kafka::Consumer& consumer,
                                             const std::vector<kafka::TopicPartition>& partitions,
                                             Milliseconds timeout) {
  auto committed = consumer.committed(partitions, timeout);
  if (!committed) return fail(std::move(committed.error()));
  std::vector<JoinCommit> commits;
  for (const auto& [at, offset, metadata] : *committed) {
    JoinCommit commit{at, std::nullopt, std::nullopt};
    if (offset >= 0) commit.next_offset = offset;
    const auto decoded = topology::decode(metadata);
    if (decoded && *decoded) commit.stream_time = (*decoded)->stream_time;
    commits.push_back(std::move(commit));
  }
  return commits;
}

}  // namespace orders::state
