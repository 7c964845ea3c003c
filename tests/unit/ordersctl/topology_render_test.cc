// The graph in words, in DOT and in Mermaid.
#include "ordersctl/topology_render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orders::ctl {
namespace {

using graph::Graph;
using Kind = graph::GraphNode::Kind;
using testing::HasSubstr;
using testing::Not;

Graph small() {
  Graph graph;
  graph.application_id = "shop";
  graph.nodes = {{Kind::topic, "payments", "pay-\"me\"", "2 partitions", 2},
                 {Kind::part, "join", "join", "2 tasks"},
                 {Kind::store, "table", "RocksDB", ""},
                 {Kind::service, "bank", "bank", "not of ordersd"}};
  graph.edges = {{"bank", "payments", "ACCEPT"}, {"payments", "join", ""}, {"join", "table", ""}};
  return graph;
}

TEST(Topology, InWordsShowsTheTopicsAndEachPartsWaysInAndOut) {
  EXPECT_EQ(topology_text(small()),
            "application shop\n"
            "\n"
            "TOPIC     PARTITIONS\n"
            "pay-\"me\"  2\n"
            "\n"
            "join: 2 tasks\n"
            "    <- pay-\"me\"\n"
            "    -> RocksDB\n"
            "\n"
            "bank: not of ordersd\n"
            "    -> pay-\"me\": ACCEPT\n");
}

TEST(Topology, InDotIsAGraphWhateverTheNames) {
  EXPECT_EQ(topology_dot(small()),
            "digraph \"shop\" {\n"
            "  rankdir=LR;\n"
            "  payments [label=\"pay-\\\"me\\\"\\n2 partitions\", shape=cds];\n"
            "  join [label=\"join\\n2 tasks\", shape=box, style=rounded];\n"
            "  table [label=\"RocksDB\", shape=cylinder];\n"
            "  bank [label=\"bank\\nnot of ordersd\", shape=box, style=dashed];\n"
            "  bank -> payments [label=\"ACCEPT\"];\n"
            "  payments -> join;\n"
            "  join -> table;\n"
            "}\n");
}

TEST(Topology, InMermaidIsAFlowchart) {
  EXPECT_EQ(topology_mermaid(small()),
            "flowchart LR\n"
            "  payments{{\"pay-#quot;me#quot;<br/>2 partitions\"}}\n"
            "  join[\"join<br/>2 tasks\"]\n"
            "  table[(\"RocksDB\")]\n"
            "  bank([\"bank<br/>not of ordersd\"])\n"
            "  bank -->|\"ACCEPT\"| payments\n"
            "  payments --> join\n"
            "  join --> table\n");
}

TEST(Topology, ShowsWhatIsDroppedAsNoDeadLetterAndNoPassword) {
  config::Config config;
  config.join.late = config::Disposition::drop;
  config.database.url = "postgresql://orders:s3cret@db/orders";
  const auto graph = graph::graph_of(config, {});
  const auto text = topology_text(graph);
  EXPECT_THAT(text, HasSubstr("-> recovererDLQ: invalid, unmatched\n"));
  for (const auto& form : {text, topology_dot(graph), topology_mermaid(graph), graph::graph_json(graph)}) {
    EXPECT_THAT(form, Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace orders::ctl
