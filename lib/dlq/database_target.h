// Dead letters of the database view, back into it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "database/database.h"
#include "dlq/letter.h"

namespace orders::dlq {

/// One thread. Applies records of `orders` as the view does, with the offsets that they have there and without moving
/// its position. So doing it twice changes nothing, and an older result never overwrites a newer one.
class DatabaseTarget {
 public:
  /// `database` must outlive it.
  DatabaseTarget(database::Database& database, const config::Config& config);

  /// For each letter nothing, if its row is as it has to be now; or why the database does not take it. An error: none
  /// was applied.
  [[nodiscard]] Result<std::vector<std::optional<std::string>>> apply(std::span<const Letter* const> letters);

 private:
  [[nodiscard]] Result<database::Applied> try_to_apply(const database::Batch& batch);

  const config::KeyFormat key_format_;
  const std::uint64_t record_limit_;
  database::Database& database_;
  std::unique_ptr<database::Session> session_;
};

}  // namespace orders::dlq
