// New orders for a simulation, made through the daemon beside the answering.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/client.h"
#include "base/result.h"
#include "base/time.h"

namespace orders::ctl {

struct MakeOptions {
  api::Target daemon;
  std::uint64_t count = 0;
  std::uint64_t rate = 0;  ///< orders a second; 0: as fast as they are taken
  std::uint64_t seed = 1;
  std::vector<std::string> products;  ///< codes to choose from; empty: product-1 to product-100
};

/// The n-th order of a seed: a line of NDJSON without its end. One to three different products.
[[nodiscard]] std::string made_order(std::uint64_t seed, std::uint64_t n, const std::vector<std::string>& products);

/// Owns a thread that sends them, in batches with an idempotency key, and waits out a daemon that restarts.
class OrderMaker {
 public:
  explicit OrderMaker(MakeOptions options);
  ~OrderMaker();
  OrderMaker(const OrderMaker&) = delete;
  OrderMaker& operator=(const OrderMaker&) = delete;

  [[nodiscard]] std::uint64_t made() const { return made_; }
  /// All made, or given up.
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] std::optional<Error> error() const;

 private:
  void run();
  [[nodiscard]] Result<> send();

  MakeOptions options_;
  std::atomic<std::uint64_t> made_ = 0;
  std::atomic<bool> finished_ = false;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace orders::ctl
