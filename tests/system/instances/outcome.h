// What came of everything, once all is quiet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fleet.h"
#include "load.h"

namespace orders::test {

/// Counts; all but the first four must be 0. `examples` name the first of each kind.
struct Figures {
  std::size_t created = 0, hung_up = 0, answers = 0, results = 0;
  std::size_t duplicates = 0;    ///< results and NEWs that stand on the topic too often
  std::size_t missing = 0;       ///< those that don't stand there
  std::size_t stale_rows = 0;    ///< of PostgreSQL, that are not what the topic says last (or are not there)
  std::size_t table_rows = 0;    ///< the same of the table, over all instances that run
  std::size_t dead_letters = 0;  ///< of the join: missing, surplus or with another reason
  std::size_t requests = 0;      ///< whose orders are not what the client was told, once each
  std::vector<std::string> examples;

  [[nodiscard]] bool all_right() const {
    return duplicates + missing + stale_rows + table_rows + dead_letters + requests == 0;
  }
  /// Counts only.
  void add(const Figures& other);
};

/// Reads topics, database and the tables of all that run. `load` has finished, and the fleet has caught up.
[[nodiscard]] Figures examine(Fleet& fleet, const Load& load);

}  // namespace orders::test
