// The graph of this daemon's configuration, with what the broker says of its topics.
#pragma once

#include <functional>

#include "config/config.h"
#include "kafka/types.h"
#include "graph/graph.h"

namespace orders::daemon {

/// Any thread; waits for the broker, two seconds at the most. Counts that were asked for within the last ten seconds
/// are not asked for again; without an answer the graph has none. `config` must outlive it.
[[nodiscard]] std::function<graph::Graph()> topology_graph(const config::Config& config,
                                                              const kafka::Connection& connection);

}  // namespace orders::daemon
