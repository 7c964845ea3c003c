// The saga as a graph: topics, the parts of ordersd between them, and what they keep.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace orders::graph {

struct GraphNode {
  enum class Kind : std::uint8_t { topic, part, store, service } kind = Kind::topic;
  std::string id;    ///< letters, digits and '_' only
  std::string name;  ///< as people know it
  std::string note;  ///< "4 partitions, key int64"; may be empty
  std::optional<std::int32_t> partitions = {};  ///< of a topic, where the broker told; 0: it is not there
};

struct GraphEdge {
  std::string from, to;  ///< ids
  std::string what;      ///< that goes along it; may be empty
};

struct Graph {
  std::string application_id;
  std::vector<GraphNode> nodes;  ///< in the order of the data
  std::vector<GraphEdge> edges;
  [[nodiscard]] const GraphNode& node(std::string_view id) const;
};

[[nodiscard]] std::string_view to_string(GraphNode::Kind kind);

/// What this configuration makes of ordersd. `partitions` by topic; a topic that is not in it has not been asked for.
[[nodiscard]] Graph graph_of(const config::Config& config, const std::map<std::string, std::int32_t>& partitions);

/// {"application_id", "nodes": [{"id", "kind", "name", "note", "partitions"}], "edges": [{"from", "to", "what"}]}
[[nodiscard]] std::string graph_json(const Graph& graph);

}  // namespace orders::graph
