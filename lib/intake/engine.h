// Intake on any publisher and any clock's pace: what Intake::start() wires to Kafka, and tests to fakes.
#pragma once

#include <memory>

#include "base/backoff.h"
#include "intake/intake.h"
#include "intake/publisher.h"

namespace orders::intake {

struct EngineOptions {
  IntakeOptions intake;
  BackoffPolicy backoff;
  Milliseconds adopt_age{30'000};       ///< an instance with rows older than this is taken for dead
  Milliseconds adopt_interval{10'000};  ///< how often that is looked for
  std::size_t capacity = 100'000;       ///< orders kept in memory while they can't be published
};

[[nodiscard]] Result<std::unique_ptr<Intake>> start_engine(const EngineOptions& options, database::Database& database,
                                                           PublishedCheck published, PublisherFactory publishers);

}  // namespace orders::intake
