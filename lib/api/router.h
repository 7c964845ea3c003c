// Which route a request belongs to.
#pragma once

#include <string>
#include <vector>

#include "api/server.h"

namespace orders::api {

/// Where a path may match several patterns, literal segments win over {…}, from the left: "/api/orders/counts" is never
/// an order's id, whatever the method.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  ///< null: none of this method
    std::vector<std::string> captures;
    std::string allow;  ///< where no route has the method: those that the path has; empty: no such path
  };
  /// HEAD is answered by GET's route.
  [[nodiscard]] Match find(const std::string& method, const std::string& path) const;

 private:
  struct Pattern {
    std::vector<std::string> segments;  ///< "{…}" for a capture
    std::vector<Route> routes;          ///< one a method
  };
  std::vector<Pattern> patterns_;
};

}  // namespace orders::api
