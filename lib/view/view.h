// A view: a thread that folds `orders` into a store of its own, with the position in the same atomic write.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/error_counts.h"
#include "base/histogram.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "database/database.h"
#include "failure/dead_letter.h"
#include "kafka/types.h"
#include "table/table.h"

namespace orders::view {

// The table is a module of its own, for who reads it without a view.
using table::Table;
using table::TableBatch;
using table::TableOptions;
using table::TablePosition;

/// What a view did with records, and where it stands. One record, one fate (I5).
struct ViewStatus {
  std::string name;  ///< "table" or "database"
  enum class State : std::uint8_t { starting, catching_up, current, degraded, stopped } state = State::starting;
  std::string reason;  ///< of degraded or stopped: what is away or missing, and what to do
  /// Of stopped, when it did not stop by itself: `fenced` (a twin runs: leave), `gap` (looked at again now and then).
  std::optional<ErrorClass> stopped_by;
  std::uint64_t read = 0, applied = 0, superseded = 0, tombstone = 0, missing = 0, invalid = 0, failed = 0;
  std::uint64_t letters_dropped = 0;  ///< dead letters that the broker refuses even without their value
  std::uint64_t rebuilds = 0;
  failure::LetterCounts letters{};  ///< dead letters that were written, those that were dropped among them
  ErrorCounts retries{};            ///< calls that failed
  /// Of batches that the database has taken. The table's are not measured.
  struct Batches {
    FineHistogram transactions;
    Spread records;
  } batches{};
  struct Partition {
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;  ///< reached and durable (database) or written (table)
    std::int64_t end = -1;         ///< last known end of the topic's partition; -1: not known yet
  };
  std::vector<Partition> partitions;
  /// Records still to be read; control records count too, so it may rest a little above zero until the end is seen.
  [[nodiscard]] std::int64_t lag() const;
  /// The same for who relies on it: nothing while an end is not known, or the broker is not there to be asked.
  [[nodiscard]] std::optional<std::int64_t> known_lag() const;
};

[[nodiscard]] std::string_view to_string(ViewStatus::State state);

class View {
 public:
  virtual ~View() = default;  ///< stops
  /// Asks the thread to finish its batch and flush, and waits for it. Any thread; idempotent.
  virtual void stop() = 0;
  /// Any thread, never blocks on the view's work.
  [[nodiscard]] virtual ViewStatus status() const = 0;
};

struct ViewOptions {
  kafka::Connection connection;
  std::string application_id;
  std::string instance_id;
  std::string topic;  ///< `orders`
  std::string dead_letter_topic;
  config::KeyFormat key_format = config::KeyFormat::int64;
  config::MissingOrder missing_order = config::MissingOrder::create;
  Milliseconds session_timeout{10'000};
  std::uint64_t record_limit = 1ull << 20;
  BackoffPolicy retry;     ///< while something is away (then no wait is longer than longest_wait), or a row is refused
  int retry_attempts = 3;  ///< of a row whose refusal may pass (database::Refusal)
  /// Of the database view: for a database that is away, and for an answer until the view is degraded.
  Milliseconds longest_wait{orders::longest_wait};
};

/// Reads all partitions of `orders` (assigned, not subscribed). Opens the table itself, so that a corrupt one can be
/// set aside and rebuilt: `table()` is null until it is open and while it is replaced.
class TableView : public View {
 public:
  /// Fails only for what does not mend itself: `refused` (another process uses the folder), `invalid`. `failed` is
  /// called from the view's thread, at most once and as the last thing that it does, when that can't go on (see
  /// GuardedThread): class `bug`.
  [[nodiscard]] static Result<std::unique_ptr<TableView>> start(const ViewOptions& options, const TableOptions& table,
                                                                std::function<void(const Error&)> failed);
  /// Any thread; keep the pointer only for one query.
  [[nodiscard]] virtual std::shared_ptr<const Table> table() const = 0;
  /// Waits until the record at `offset` of `partition` is in the table (its position is beyond it); false after
  /// `timeout`. For intake's leftovers: with the end of a partition, ask for `end - 1`.
  [[nodiscard]] virtual bool wait_for(std::int32_t partition, std::int64_t offset, Milliseconds timeout) const = 0;
  /// The table is set aside and built anew from the topic, as one that is proven wrong, and the old one is deleted.
  /// Returns at once; until the new one has caught up, queries see what it has. Any thread.
  virtual void rebuild() = 0;
  /// Rises when what has been written may be gone again (the table is opened anew at its last flush, or set aside),
  /// before a query can notice. What wait_for() has said holds as long as this stays as it was before. Any thread.
  [[nodiscard]] virtual std::uint64_t epoch() const = 0;
};

/// Member of the group `<application_id>-database`. `database` must outlive it. A stop while the database hangs
/// interrupts it (Database::interrupt), which other users of it notice.
class DatabaseView : public View {
 public:
  /// `failed` is called from the view's thread, at most once and as the last thing that it does, when another process
  /// is the same member of the group (TwinRule): class `fenced`; or when the thread can't go on (see GuardedThread):
  /// class `bug`. What the database answers is never that: an error that nobody has classified is waited out, too.
  [[nodiscard]] static Result<std::unique_ptr<DatabaseView>> start(const ViewOptions& options,
                                                                   database::Database& database,
                                                                   std::function<void(const Error&)> failed);
};

}  // namespace orders::view
