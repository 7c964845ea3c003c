#include "dlq/database_target.h"

#include "view/database_batch.h"

namespace orders::dlq {
namespace {

constexpr int tries = 3;  ///< of what a lock or another session has stopped

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text;
}

view::InputRecord record_of(const Letter& letter) {
  return {letter.of.partition, letter.of.offset, letter.of.timestamp.value_or(letter.time), view_of(letter.key),
          view_of(letter.value)};
}

}  // namespace

DatabaseTarget::DatabaseTarget(database::Database& database, const config::Config& config)
    : key_format_(config.topics.key_format),
      record_limit_(config.limits.record),
      database_(database),
      session_(database.session()) {}

Result<database::Applied> DatabaseTarget::try_to_apply(const database::Batch& batch) {
  for (int attempt = 1;; ++attempt) {
    auto applied = session_->apply(batch);
    if (applied || applied.error().error_class != ErrorClass::abort || attempt == tries) return applied;
    session_ = database_.session();
  }
}

Result<std::vector<std::optional<std::string>>> DatabaseTarget::apply(std::span<const Letter* const> letters) {
  std::vector<std::optional<std::string>> refused(letters.size());
  view::DatabaseBatch records(key_format_, record_limit_);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (!letters[i]->value) refused[i] = "it has no value";
    records.add(record_of(*letters[i]));
  }
  for (const auto& invalid : records.invalid()) refused[invalid.record] = invalid.message;
  database::Batch batch;
  batch.changes = std::move(records.changes());
  if (batch.changes.empty()) return refused;
  auto applied = try_to_apply(batch);
  if (!applied) return fail(std::move(applied.error()));
  for (const auto& refusal : applied->refused) refused[records.record_of(refusal.change)] = refusal.message;
  for (const auto change : applied->missing) {
    refused[records.record_of(change)] = "the order of this result is not in the database";
  }
  return refused;
}

}  // namespace orders::dlq
