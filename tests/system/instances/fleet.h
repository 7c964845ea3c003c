// Several daemons that share one application: broker, topics and database, but nothing else. Each has its own way to
// the broker, and its own disk.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "schedule.h"
#include "support/daemon.h"
#include "support/postgres.h"
#include "support/small_disk.h"

namespace orders::test {

class Fleet {
 public:
  static constexpr int partitions = 4;
  static constexpr std::chrono::milliseconds session{3'000};
  static constexpr int disk_mebibytes = 128;  ///< enough for the stores' own logs of a hundred starts

  /// Topics and schema are made; nobody runs. `more` wins over the settings that the tests need.
  Fleet(std::size_t members, const Settings& more);

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] Daemon& daemon(std::size_t member) { return *members_[member]->daemon; }
  [[nodiscard]] const Daemon& daemon(std::size_t member) const { return *members_[member]->daemon; }
  [[nodiscard]] const Daemon& names() const { return *members_.front()->daemon; }  ///< for topics and settings
  [[nodiscard]] PostgresDatabase& database() { return database_; }
  [[nodiscard]] Life life(std::size_t member) const { return members_[member]->life; }
  [[nodiscard]] std::vector<const Daemon*> running() const;

  /// From the test's main thread. A leaving one is waited for; nobody else.
  void perform(Action action, std::size_t member);
  /// Of one that runs. A fault is possible only where the disk is one.
  [[nodiscard]] bool has_disk(std::size_t member) const { return members_[member]->disk.is_mounted(); }
  void fill_disk(std::size_t member);
  void empty_disk(std::size_t member);
  /// Whoever should run does, and its counters are an identity (I5); adds failures.
  void watch();
  /// For other threads: does the member run, as far as we know?
  [[nodiscard]] const std::atomic<bool>& serves(std::size_t member) const { return members_[member]->serves; }

  /// Partitions that each running member works on, in the order of running(); those it rebuilds or has stopped are not
  /// among them.
  [[nodiscard]] std::vector<std::vector<int>> tasks() const;
  /// Every partition has one owner among the running ones, and each of them is one.
  [[nodiscard]] bool shared_out() const;
  /// The join has committed all of its inputs, no transaction is open, and the views of whoever runs have come to the
  /// end of `orders`.
  [[nodiscard]] bool caught_up() const;
  /// All logs and states, for a failure's message.
  [[nodiscard]] std::string story() const;

 private:
  struct Member {
    SmallDisk disk{disk_mebibytes};  // outlives the daemon
    std::unique_ptr<Daemon> daemon;
    Life life = Life::absent;
    std::atomic<bool> serves{false};
  };
  PostgresDatabase database_;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace orders::test
