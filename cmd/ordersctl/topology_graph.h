// The saga as a graph: topics, the parts of ordersd between them, and what they keep.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace orders::ctl {

struct TopologyNode {
  enum class Kind : std::uint8_t { topic, part, store, service } kind = Kind::topic;
  std::string id;    ///< letters, digits and '_' only: for DOT and Mermaid
  std::string name;  ///< as people know it
  std::string note;  ///< "4 partitions, key int64"; may be empty
  std::optional<std::int32_t> partitions = {};  ///< of a topic, where the broker told; 0: it is not there
};

struct TopologyEdge {
  std::string from, to;  ///< ids
  std::string what;      ///< that goes along it; may be empty
};

struct TopologyGraph {
  std::string application_id;
  std::vector<TopologyNode> nodes;  ///< in the order of the data
  std::vector<TopologyEdge> edges;
  [[nodiscard]] const TopologyNode& node(std::string_view id) const;
};

[[nodiscard]] std::string_view to_string(TopologyNode::Kind kind);

/// What this configuration makes of ordersd. `partitions` by topic; a topic that is not in it has not been asked for.
[[nodiscard]] TopologyGraph topology_graph(const config::Config& config,
                                           const std::map<std::string, std::int32_t>& partitions);

/// For a terminal: the topics, then each part with what goes in and out.
[[nodiscard]] std::string topology_text(const TopologyGraph& graph);
/// For `dot -Tsvg`.
[[nodiscard]] std::string topology_dot(const TopologyGraph& graph);
/// For Markdown, behind ```mermaid.
[[nodiscard]] std::string topology_mermaid(const TopologyGraph& graph);
/// {"application_id", "nodes": [{"id", "kind", "name", "note", "partitions"}], "edges": [{"from", "to", "what"}]}
[[nodiscard]] std::string topology_json(const TopologyGraph& graph);

}  // namespace orders::ctl
