// Where new orders are published: Kafka, or a fake in tests.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "intake/intake.h"
#include "order/document.h"

namespace orders::intake {

using OrderPtr = std::shared_ptr<const order::Order>;

/// Where an order's record stands.
struct Landed {
  std::int32_t partition = -1;
  std::int64_t offset = -1;
};

/// The producer of one claimant's identity. Whoever init()s last owns the identity: calls of all earlier owners fail
/// from then on. That, and no lock, is what keeps two instances from publishing the same order. One thread.
class Publisher {
 public:
  virtual ~Publisher() = default;
  /// Settles what an earlier owner left open (committed or aborted, never in between) and fences it. May be called
  /// again after `wait`.
  [[nodiscard]] virtual Result<> init(Milliseconds timeout) = 0;
  /// All in one transaction; where they landed, in the order given. `wait`, `abort`, `record` (one of them can't be
  /// published): none is. `recreate`, `fenced`: not known; destroy the publisher, make a new one, init() it, and ask
  /// what is published.
  [[nodiscard]] virtual Result<std::vector<Landed>> publish(std::span<const OrderPtr> orders, Milliseconds timeout) = 0;
};

/// The publisher of a claimant's identity; `invalid` when its settings are refused. Doesn't need the broker.
using PublisherFactory = std::function<Result<std::unique_ptr<Publisher>>(const std::string& claimant)>;

/// With the transactional id `<application_id>-intake-<claimant>`.
[[nodiscard]] PublisherFactory kafka_publishers(const IntakeOptions& options);

}  // namespace orders::intake
