#include "ordersctl/topology_render.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "ordersctl/output.h"

namespace orders::ctl {
namespace {

using graph::Graph;
using graph::GraphNode;
using Kind = GraphNode::Kind;

std::string with_note(const GraphNode& node, std::string_view separator) {
  return node.note.empty() ? node.name : node.name + std::string(separator) + node.note;
}

/// What stands in a string of DOT, of Mermaid, whatever the configuration's names hold.
std::string escaped(std::string_view text, std::string_view quote) {
  std::string out;
  for (const char c : printable(text, std::string_view::npos)) {
    if (c == '"') {
      out += quote;
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out;
}

/// The ways in and out of one part, a line each.
std::string ways(const Graph& graph, const GraphNode& part) {
  std::string text;
  const auto line = [&](std::string_view arrow, std::string_view other, std::string_view what) {
    text += fmt::format("    {} {}{}{}\n", arrow, graph.node(other).name, what.empty() ? "" : ": ", what);
  };
  for (const auto& edge : graph.edges) {
    if (edge.to == part.id) line("<-", edge.from, edge.what);
  }
  for (const auto& edge : graph.edges) {
    if (edge.from == part.id) line("->", edge.to, edge.what);
  }
  return text;
}

std::string dot_shape(Kind kind) {
  switch (kind) {
    case Kind::topic:
      return "shape=cds";
    case Kind::part:
      return "shape=box, style=rounded";
    case Kind::store:
      return "shape=cylinder";
    case Kind::service:
      return "shape=box, style=dashed";
  }
  return {};
}

std::string mermaid_node(Kind kind, std::string_view label) {
  switch (kind) {
    case Kind::topic:
      return fmt::format("{{{{\"{}\"}}}}", label);
    case Kind::part:
      return fmt::format("[\"{}\"]", label);
    case Kind::store:
      return fmt::format("[(\"{}\")]", label);
    case Kind::service:
      return fmt::format("([\"{}\"])", label);
  }
  return {};
}

}  // namespace

std::string topology_text(const Graph& graph) {
  std::string text = fmt::format("application {}\n\n", graph.application_id);
  Table topics({"TOPIC", "PARTITIONS"});
  for (const auto& node : graph.nodes) {
    if (node.kind != Kind::topic) continue;
    const auto count = node.partitions ? *node.partitions == 0 ? "not there" : std::to_string(*node.partitions) : "?";
    topics.add({node.name, count});
  }
  text += topics.text(false);
  for (const auto& node : graph.nodes) {
    if (node.kind == Kind::part || node.kind == Kind::service) {
      text += fmt::format("\n{}\n{}", with_note(node, ": "), ways(graph, node));
    }
  }
  return text;
}

std::string topology_dot(const Graph& graph) {
  std::string text = fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n", escaped(graph.application_id, "\\\""));
  for (const auto& node : graph.nodes) {
    const auto note = node.note.empty() ? std::string{} : "\\n" + escaped(node.note, "\\\"");
    text += fmt::format("  {} [label=\"{}{}\", {}];\n", node.id, escaped(node.name, "\\\""), note,
                        dot_shape(node.kind));
  }
  for (const auto& edge : graph.edges) {
    const auto label = edge.what.empty() ? std::string{} : fmt::format(" [label=\"{}\"]", escaped(edge.what, "\\\""));
    text += fmt::format("  {} -> {}{};\n", edge.from, edge.to, label);
  }
  return text + "}\n";
}

std::string topology_mermaid(const Graph& graph) {
  std::string text = "flowchart LR\n";
  for (const auto& node : graph.nodes) {
    const auto note = node.note.empty() ? std::string{} : "<br/>" + escaped(node.note, "#quot;");
    text += fmt::format("  {}{}\n", node.id, mermaid_node(node.kind, escaped(node.name, "#quot;") + note));
  }
  for (const auto& edge : graph.edges) {
    const auto label = edge.what.empty() ? std::string{} : fmt::format("|\"{}\"|", escaped(edge.what, "#quot;"));
    text += fmt::format("  {} -->{} {}\n", edge.from, label, edge.to);
  }
  return text;
}

}  // namespace orders::ctl
