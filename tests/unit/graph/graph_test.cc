// The saga as a graph.
#include "graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace orders::graph {
namespace {

using Kind = GraphNode::Kind;
using testing::HasSubstr;

TEST(Graph, OfAConfigurationHasItsTopicsAndNoEdgeIntoNothing) {
  for (const auto backend :
       {config::DatabaseBackend::postgresql, config::DatabaseBackend::embedded, config::DatabaseBackend::none}) {
    config::Config config;
    config.database.backend = backend;
    const auto graph = graph_of(config, {{"orders", 4}, {"payment-orders", 4}, {"stock-orders", 0}});
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

TEST(Graph, AsJsonHasNodesAndEdges) {
  Graph graph;
  graph.application_id = "shop";
  graph.nodes = {{Kind::topic, "payments", "pay-\"me\"", "2 partitions", 2}, {Kind::part, "join", "join", ""}};
  graph.edges = {{"payments", "join", "ACCEPT"}};
  EXPECT_EQ(graph_json(graph),
            R"({"application_id":"shop","nodes":[)"
            R"({"id":"payments","kind":"topic","name":"pay-\"me\"","note":"2 partitions","partitions":2},)"
            R"({"id":"join","kind":"part","name":"join","note":"","partitions":null}],)"
            R"("edges":[{"from":"payments","to":"join","what":"ACCEPT"}]})");
}

}  // namespace
}  // namespace orders::graph
