// The graph of a configuration, and its three forms.
#include "ordersctl/topology_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace orders::ctl {
namespace {

using Kind = TopologyNode::Kind;
using testing::HasSubstr;
using testing::Not;

TopologyGraph small() {
  TopologyGraph graph;
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

TEST(Topology, OfAConfigurationHasItsTopicsAndNoEdgeIntoNothing) {
  for (const auto backend :
       {config::DatabaseBackend::postgresql, config::DatabaseBackend::embedded, config::DatabaseBackend::none}) {
    config::Config config;
    config.database.backend = backend;
    const auto graph = topology_graph(config, {{"orders", 4}, {"payment-orders", 4}, {"stock-orders", 0}});
    std::set<std::string> ids, topics;
    for (const auto& node : graph.nodes) {
      EXPECT_TRUE(ids.insert(node.id).second) << node.id;
      if (node.kind == Kind::topic) topics.insert(node.name);
    }
    EXPECT_EQ(topics, (std::set<std::string>{"orders", "payment-orders", "stock-orders", "recovererDLQ",
                                             "recovererDLQ-drained"}));
    for (const auto& edge : graph.edges) {
      EXPECT_TRUE(ids.contains(edge.from)) << edge.from;
      EXPECT_TRUE(ids.contains(edge.to)) << edge.to;
    }
    EXPECT_EQ(ids.contains("database"), backend != config::DatabaseBackend::none);
    EXPECT_EQ(graph.node("orders").partitions, 4);
    EXPECT_EQ(graph.node("stock").note, "not there");
    EXPECT_EQ(graph.node("drained").partitions, std::nullopt) << "nobody asked for it";
    EXPECT_THAT(graph.node("join").note, HasSubstr("4 tasks on 2 threads"));
  }
}

TEST(Topology, ShowsWhatIsDroppedAsNoDeadLetterAndNoPassword) {
  config::Config config;
  config.join.late = config::Disposition::drop;
  config.database.url = "postgresql://orders:s3cret@db/orders";
  const auto graph = topology_graph(config, {});
  const auto text = topology_text(graph);
  EXPECT_THAT(text, HasSubstr("-> recovererDLQ: invalid, unmatched\n"));
  for (const auto& form : {text, topology_dot(graph), topology_mermaid(graph), topology_json(graph)}) {
    EXPECT_THAT(form, Not(HasSubstr("s3cret")));
  }
}

TEST(Topology, AsJsonHasNodesAndEdges) {
  const auto json = nlohmann::json::parse(topology_json(small()));
  EXPECT_EQ(json.at("application_id"), "shop");
  EXPECT_EQ(json.at("nodes").size(), 4u);
  EXPECT_EQ(json.at("/nodes/0/partitions"_json_pointer), 2);
  EXPECT_EQ(json.at("/nodes/1/partitions"_json_pointer), nullptr);
  EXPECT_EQ(json.at("/nodes/0/kind"_json_pointer), "topic");
  EXPECT_EQ(json.at("/edges/0/what"_json_pointer), "ACCEPT");
}

}  // namespace
}  // namespace orders::ctl
