#include "graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/count.h"

namespace orders::graph {
namespace {

using Kind = GraphNode::Kind;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

class Builder {
 public:
  Builder(const config::Config& config, const std::map<std::string, std::int32_t>& partitions)
      : config_(config), partitions_(partitions) {
    graph_.application_id = config.application_id;
  }

  Graph build() && {
    if (has_database()) add_intake();
    add_topic("orders", config_.topics.orders);
    add_services();
    add_join();
    add_topic("dead_letters", config_.topics.dead_letter);
    add_views();
    add_drain();
    return std::move(graph_);
  }

 private:
  [[nodiscard]] bool has_database() const { return config_.database.backend != config::DatabaseBackend::none; }

  void node(Kind kind, std::string id, std::string name, std::string note = {}) {
    graph_.nodes.push_back({kind, std::move(id), std::move(name), std::move(note)});
  }
  void edge(std::string from, std::string to, std::string what = {}) {
    graph_.edges.push_back({std::move(from), std::move(to), std::move(what)});
  }

  void add_topic(std::string id, const std::string& name) {
    node(Kind::topic, std::move(id), name);
    const auto known = partitions_.find(name);
    if (known == partitions_.end()) return;
    graph_.nodes.back().partitions = known->second;
    graph_.nodes.back().note =
        known->second == 0 ? "not there" : counted(static_cast<std::uint64_t>(known->second), "partition");
  }

  void add_intake() {
    node(Kind::part, "intake", "intake", "new orders: checked, saved, published");
    edge("intake", "database", "order and outbox row");
    edge("intake", "orders", "NEW");
  }

  void add_services() {
    node(Kind::service, "payment_service", "payment service", "not of ordersd");
    node(Kind::service, "inventory_service", "inventory service", "not of ordersd");
    edge("orders", "payment_service", "NEW");
    edge("orders", "inventory_service", "NEW");
    add_topic("payments", config_.topics.payments);
    add_topic("stock", config_.topics.stock);
    edge("payment_service", "payments", "ACCEPT, REJECT");
    edge("inventory_service", "stock", "ACCEPT, REJECT");
  }

  /// A task is one partition number of both inputs.
  [[nodiscard]] std::string tasks() const {
    const auto known = partitions_.find(config_.topics.payments);
    if (known == partitions_.end() || known->second == 0) return "a task for each partition";
    return counted(static_cast<std::uint64_t>(known->second), "task");
  }

  void add_join() {
    const auto& join = config_.join;
    node(Kind::part, "join", "join",
         fmt::format("{} on {}, window {} before and {} after, grace {}", tasks(),
                     counted(static_cast<std::uint64_t>(config_.stream.threads), "thread"),
                     format_duration(join.before), format_duration(join.after), format_duration(join.grace)));
    edge("payments", "join");
    edge("stock", "join");
    edge("join", "orders", "CONFIRMED, REJECTED, ROLLBACK");
    std::vector<std::string> letters = {"invalid"};
    if (join.late == config::Disposition::dead_letter) letters.emplace_back("late");
    if (join.unmatched == config::Disposition::dead_letter) letters.emplace_back("unmatched");
    edge("join", "dead_letters", joined(letters));
  }

  void add_views() {
    node(Kind::part, "table_view", "table view", "the newest record of every order");
    node(Kind::store, "table", fmt::format("RocksDB {}/{}/table", config_.state.directory, config_.application_id));
    edge("orders", "table_view");
    edge("table_view", "table");
    if (!has_database()) return;
    const bool embedded = config_.database.backend == config::DatabaseBackend::embedded;
    node(Kind::part, "database_view", "database view", "the row of every order");
    node(Kind::store, "database",
         embedded ? fmt::format("RocksDB {}/{}/database", config_.state.directory, config_.application_id)
                  : "PostgreSQL");  // not the URL: it may hold a password
    edge("orders", "database_view");
    edge("database_view", "database");
    edge("database_view", "dead_letters", "what the database refuses");
  }

  void add_drain() {
    node(Kind::part, "drain", "ordersctl dlq drain", "when somebody calls it");
    add_topic("drained", config_.topics.drained);
    edge("dead_letters", "drain");
    edge("drain", "payments", "redriven");
    edge("drain", "stock", "redriven");
    edge("drain", "drained", "a mark for each that was drained");
  }

  const config::Config& config_;
  const std::map<std::string, std::int32_t>& partitions_;
  Graph graph_;
};

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::topic:
      return "topic";
    case Kind::part:
      return "part";
    case Kind::store:
      return "store";
    case Kind::service:
      return "service";
  }
  return "?";
}

const GraphNode& Graph::node(std::string_view id) const {
  return *std::find_if(nodes.begin(), nodes.end(), [id](const GraphNode& node) { return node.id == id; });
}

Graph graph_of(const config::Config& config, const std::map<std::string, std::int32_t>& partitions) {
  return Builder(config, partitions).build();
}

std::string graph_json(const Graph& graph) {
  using Json = nlohmann::ordered_json;
  Json nodes = Json::array(), edges = Json::array();
  for (const auto& node : graph.nodes) {
    nodes.push_back({{"id", node.id},
                     {"kind", to_string(node.kind)},
                     {"name", node.name},
                     {"note", node.note},
                     {"partitions", node.partitions ? Json(*node.partitions) : Json(nullptr)}});
  }
  for (const auto& edge : graph.edges) edges.push_back({{"from", edge.from}, {"to", edge.to}, {"what", edge.what}});
  const Json json{{"application_id", graph.application_id}, {"nodes", std::move(nodes)}, {"edges", std::move(edges)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace orders::graph
