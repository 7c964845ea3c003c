#include "api/requests.h"

#include "api/server.h"

namespace orders::api {

void Requests::count(const Route* route, int status, std::chrono::microseconds took) {
  const std::lock_guard lock(mutex_);
  auto& requests = by_route_[route];
  if (requests.method.empty()) {
    // Whatever clients make up must not make series of its own.
    requests.method = route == nullptr ? "none" : route->method;
    requests.route = route == nullptr ? "none" : route->pattern;
  }
  ++requests.by_code[status];
  requests.took.add(took);
}

std::vector<metrics::RouteRequests> Requests::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<metrics::RouteRequests> all;
  for (const auto& [route, requests] : by_route_) all.push_back(requests);
  return all;
}

}  // namespace orders::api
