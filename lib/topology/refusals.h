// What becomes of outputs that the broker refuses.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "failure/dead_letter.h"
#include "kafka/producer.h"
#include "topology/outputs.h"
#include "topology/status.h"

namespace orders::topology {

/// The broker refuses whole batches. The records of one go again in smaller groups, which share no batch, until one is
/// refused by itself: that is to blame. A result then becomes a dead letter of its stock record, a dead letter goes
/// without its value, and one without a value is dropped. All of it is of one unit of work, and counts once that is
/// committed. No I/O.
class Refusals {
 public:
  struct Options {
    std::string name;  ///< in the log
    std::string stock_topic;
    std::string dead_letter_topic;
    failure::Origin origin;
  };
  explicit Refusals(Options options) : options_(std::move(options)) {}

  /// The transaction is aborted, for these (one or more, all of one group) were refused. Changes the outputs, or the
  /// groups: the next try is another.
  void settle(Outputs& outputs, std::vector<kafka::Refusal> refused);
  /// This record is refused whatever it goes with.
  void decide(Outputs& outputs, std::size_t record, const std::string& reason);

  /// All before this record has to be delivered before it is produced.
  [[nodiscard]] bool begins_group(std::size_t record) const { return !groups_.empty() && groups_.contains(record); }
  /// It is not produced any more.
  [[nodiscard]] bool is_dropped(std::size_t record) const { return !dropped_.empty() && dropped_.contains(record); }

  void committed();
  void forget();
  /// `refused` and `letters_dropped`, of what was committed.
  [[nodiscard]] const Fates& fates() const { return fates_; }

 private:
  [[nodiscard]] std::size_t output_of(std::size_t produced) const;
  void make_dead_letter(Outputs& outputs, std::size_t record, const std::string& reason) const;

  const Options options_;
  std::set<std::size_t> groups_;  ///< the first record of each, but of the one at the front
  std::set<std::size_t> dropped_;
  Fates pending_;
  Fates fates_;
};

}  // namespace orders::topology
