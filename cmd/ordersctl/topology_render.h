// The graph for people and for programs that draw.
#pragma once

#include <string>

#include "graph/graph.h"

namespace orders::ctl {

/// For a terminal: the topics, then each part with what goes in and out.
[[nodiscard]] std::string topology_text(const graph::Graph& graph);
/// For `dot -Tsvg`.
[[nodiscard]] std::string topology_dot(const graph::Graph& graph);
/// For Markdown, behind ```mermaid.
[[nodiscard]] std::string topology_mermaid(const graph::Graph& graph);

}  // namespace orders::ctl
