// Requests that were answered, counted.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <vector>

#include "metrics/snapshot.h"

namespace orders::api {

struct Route;

/// Since the start. Any thread.
class Requests {
 public:
  /// `route` is null where there is none for the request. `took`: from its head to its answer.
  void count(const Route* route, int status, std::chrono::microseconds took);
  [[nodiscard]] std::vector<metrics::RouteRequests> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<const Route*, metrics::RouteRequests> by_route_;
};

}  // namespace orders::api
