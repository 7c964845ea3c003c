// Dead letters out of the queue, each exactly once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dlq/database_target.h"
#include "dlq/dead_letters.h"
#include "dlq/file_target.h"
#include "dlq/redriver.h"
#include "dlq/route.h"
#include "kafka/admin.h"

namespace orders::dlq {

struct DrainOptions {
  Filter filter;
  std::string to_topic;  ///< without one and a file: to where they came from
  std::string to_file;
  std::optional<std::uint64_t> limit;
  std::uint64_t rate = 0;        ///< letters a second; 0: no limit
  std::string edit_command;      ///< mends values; empty: none
  Milliseconds timeout{30'000};  ///< of each wait: broker, edit command
};

/// What the caller has to say and wants to hear; called on the thread that drains.
struct DrainHooks {
  std::function<bool()> stopped;
  std::function<bool(Milliseconds)> sleep;  ///< not past a stop; false: stopped
  std::function<void(std::uint64_t letters)> reading;  ///< of plan()
  std::function<void(std::uint64_t done)> progress;    ///< of run()
  std::function<void(const Letter& letter, const std::string& why)> failed;
};

/// Counts of letters.
struct DrainPlan {
  std::uint64_t letters = 0;                                          ///< that go somewhere
  std::map<std::pair<std::string, std::string>, std::uint64_t> goes;  ///< by destination and reason
  std::map<std::string, std::uint64_t> held;                          ///< by why they stay
  std::uint64_t drained = 0;                                          ///< that match and are marked already
};

struct DrainReport {
  std::uint64_t redriven = 0, applied = 0, written = 0;  ///< to topics, to the database, to the file: all marked
  std::map<std::string, std::uint64_t> failed;           ///< tried, and left: by what failed
  bool stopped = false;
  std::optional<Error> error;  ///< what ended it before its end
  [[nodiscard]] std::uint64_t done() const { return redriven + applied + written; }
};

/// One thread. Filters choose letters, marks say which are done, and a letter's record and its mark are one transaction:
/// so it may be killed at any moment. What goes to the database or the file gets there first, in a way that may be
/// repeated, and is marked then.
class Drain {
 public:
  enum class Mode : std::uint8_t { plan, execute };
  /// `execute` fences whatever other drain of this application runs, and needs a topic for marks that keeps them.
  /// `database` may be null; `config` must outlive the drain.
  [[nodiscard]] static Result<std::unique_ptr<Drain>> open(const kafka::Connection& connection,
                                                           const config::Config& config,
                                                           std::unique_ptr<database::Database> database,
                                                           DrainOptions options, DrainHooks hooks, Mode mode);

  /// Reads the queue once.
  [[nodiscard]] Result<DrainPlan> plan();
  /// Behind plan(), and for the very same letters; reads the queue once more. Partners that missed one another go in
  /// one transaction, dated alike. Once it has gone to its end, whoever lists the queue finds them drained.
  [[nodiscard]] DrainReport run();

 private:
  struct Item {
    Letter letter;
    Route route;
  };
  using Items = std::vector<Item>;  ///< that must not be parted
  struct Batch {
    std::vector<Items> units;
    std::size_t letters = 0, bytes = 0;
  };

  Drain(const config::Config& config, DrainOptions options, DrainHooks hooks, DeadLetters letters, Router router);

  [[nodiscard]] Result<> prepare(const kafka::Connection& connection, const kafka::Admin& admin);
  [[nodiscard]] std::optional<Items> take(Letter& letter, Route route);
  [[nodiscard]] bool fits(const Items& unit) const;
  [[nodiscard]] Result<> add(Items unit);
  [[nodiscard]] bool full() const;

  // drain_batch.cc
  [[nodiscard]] Result<> send();
  [[nodiscard]] Result<> edit(Batch& batch);
  [[nodiscard]] bool edit(Letter& letter);
  [[nodiscard]] Result<> write_file(const Batch& batch);
  [[nodiscard]] Result<> apply(Batch& batch);
  [[nodiscard]] Result<> redrive(const Batch& batch);
  [[nodiscard]] Result<> redrive(std::span<const Items> items, std::span<const Unit> units);
  void count(const Items& items);
  void fail_letter(const Letter& letter, const std::string& category, const std::string& why);
  [[nodiscard]] Result<> pace(std::size_t letters);

  const config::Config& config_;
  const DrainOptions options_;
  const DrainHooks hooks_;
  DeadLetters letters_;
  const Router router_;
  std::unique_ptr<database::Database> database_;
  std::optional<DatabaseTarget> database_target_;
  std::optional<FileTarget> file_;
  std::optional<Redriver> redriver_;
  std::map<std::string, std::size_t> partners_;  ///< by key: how many letters missed one another
  std::map<std::string, Items> incomplete_;      ///< those of them that were read so far
  Batch batch_;
  std::uint64_t taken_ = 0;
  std::optional<std::chrono::steady_clock::time_point> due_;
  DrainReport report_;
};

}  // namespace orders::dlq
