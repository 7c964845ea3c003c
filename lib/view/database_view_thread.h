// The database view's thread: its state, and its parts, each in the file that is named after it. Private to the module.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/guarded_thread.h"
#include "base/twin_rule.h"
#include "base/wakeup.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "kafka/end_watcher.h"
#include "view/database_batch.h"
#include "view/dead_letter_sink.h"
#include "view/status_board.h"
#include "view/view.h"

namespace orders::view {

class DatabaseViewThread final : public DatabaseView, private kafka::RebalanceListener {
 public:
  DatabaseViewThread(const ViewOptions& options, database::Database& database, kafka::Admin admin,
                     std::function<void(const Error&)> failed);
  ~DatabaseViewThread() override { stop(); }

  // --- from outside: database_view.cc
  void start();
  void stop() override;
  ViewStatus status() const override;

 private:
  using Clock = std::chrono::steady_clock;
  using State = ViewStatus::State;
  static constexpr std::size_t batch_records = 5'000;
  static constexpr Clock::time_point never = Clock::time_point::max();

  /// A partition that the group gave us and that is being read.
  struct Owned {
    std::int32_t partition = 0;
    kafka::PartitionQueue queue;
    std::int64_t position = 0;  ///< in the database
    std::int64_t next = 0;      ///< read up to here
    bool end_seen = false;
  };
  /// A batch that was sent to the database, and what becomes of its records when that succeeds.
  struct Sent {
    std::vector<database::Batch::Move> moves;
    Fates fates;
    Clock::time_point begun;
    failure::LetterCounts letters{};
  };

  // --- the group: database_view_group.cc
  Result<> run();
  Result<> live();
  void begin_anew();
  tl::unexpected<Error> fenced_by_twin(Error error);
  Result<> join();
  Result<> be_member();
  void assigned(const std::vector<kafka::TopicPartition>& partitions) override;
  void revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) override;
  Result<> look_for_changes();
  void trouble(const Error& error);
  Milliseconds pause_after(const Error& error);

  // --- where to read: database_view_place.cc
  Result<> place();
  Result<std::vector<database::Position>> ask_database();
  Result<std::int64_t> check_standing(const kafka::TopicPartition& at, std::optional<std::int64_t> stored);
  void tell_of_restored_database(const std::vector<database::Position>& stored);
  void settle_sent(const std::vector<database::Position>& stored);
  Result<> look_for_moves();
  void watch();
  void unwatch();
  void forget();
  void lift();

  // --- the work: database_view_work.cc
  Result<> step();
  Result<> read();
  Result<> read_from(Owned& owned);
  Result<> apply();
  Result<> before_commit(const database::Applied& applied);
  Result<> doubt(const database::Applied& applied);
  Result<> write_dead_letters(const database::Applied& applied);
  DeadLetterSink::Letter letter(std::size_t record, failure::Reason reason, std::string_view message) const;
  Fates fates_of(const database::Applied& applied) const;
  failure::LetterCounts letters_of(const database::Applied& applied) const;
  void tell(const database::Applied& applied, const std::vector<database::Change>& changes) const;
  void applied();
  void commit_offsets(bool now);
  void show();

  const ViewOptions options_;
  const std::string group_id_ = options_.application_id + "-database";
  const failure::Origin origin_{options_.application_id, options_.instance_id, "database"};
  database::Database& database_;
  std::unique_ptr<database::Session> session_;
  StatusBoard board_{"database"};
  kafka::Admin admin_;
  DeadLetterSink sink_;
  const std::function<void(const Error&)> failed_;
  TwinRule twin_rule_;
  Backoff backoff_{options_.retry};
  Patience patience_{options_.retry_attempts};
  Wakeup wakeup_;  // before the consumer, which writes to it

  std::optional<kafka::Consumer> consumer_;
  bool member_ = false;                            ///< the group has said which partitions are ours
  std::vector<kafka::TopicPartition> assignment_;  ///< what it said
  bool placed_ = false;                            ///< we read them, from the database's positions
  std::vector<Owned> owned_;
  std::size_t first_ = 0;  ///< of owned_ to be read from next, so that each has its turn
  bool troubled_ = false;  ///< the last try failed: degraded until something goes well again
  Clock::time_point retry_at_{};
  Clock::time_point looked_up_{};
  Clock::time_point compared_{};  ///< our positions with the database's
  Clock::time_point committed_{};
  Clock::time_point last_record_{};
  bool commit_due_ = false;
  std::map<std::int32_t, std::int64_t> told_;  ///< positions of a restored database that were spoken of

  DatabaseBatch batch_{options_.key_format, options_.record_limit};
  std::vector<kafka::Record> records_;  ///< of the batch
  std::size_t limit_ = batch_records;   ///< fewer after a failure: a slow database lets a small batch through
  std::optional<Sent> sent_;            ///< not known yet to have succeeded

  // --- shared with status()
  mutable std::mutex watcher_mutex_;  ///< for the pointer, which only the view's thread changes
  std::unique_ptr<kafka::EndWatcher> watcher_;
  std::atomic<Clock::time_point> asked_{never};  ///< since when the database owes an answer

  std::atomic<bool> stopping_{false};
  GuardedThread thread_;
};

}  // namespace orders::view
