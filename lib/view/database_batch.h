// From records of `orders` to what the database is asked to do, without Kafka and without a database.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "database/database.h"
#include "failure/dead_letter.h"
#include "order/document.h"
#include "view/fold.h"

namespace orders::view {

/// The records of one database transaction. One thread.
class DatabaseBatch {
 public:
  /// A record that can't become a change.
  struct Invalid {
    std::size_t record = 0;  ///< its number, in the order of add()
    failure::Reason reason = failure::Reason::invalid_value;
    std::string message;
  };

  DatabaseBatch(config::KeyFormat key_format, std::uint64_t record_limit)
      : key_format_(key_format), record_limit_(record_limit) {}

  /// NEW must be a whole order; a result needs orderId and status only, and can make a missing row if it is whole.
  void add(const InputRecord& record);
  void clear();

  [[nodiscard]] std::size_t records() const { return records_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t tombstones() const { return tombstones_; }
  [[nodiscard]] const std::vector<Invalid>& invalid() const { return invalid_; }
  [[nodiscard]] const std::vector<database::Change>& changes() const { return changes_; }
  [[nodiscard]] std::vector<database::Change>& changes() { return changes_; }
  /// The record that a change came from.
  [[nodiscard]] std::size_t record_of(std::size_t change) const { return record_of_change_[change]; }

 private:
  void refuse(failure::Reason reason, std::string message);
  [[nodiscard]] bool parse(const InputRecord& record, database::Change& change);

  config::KeyFormat key_format_;
  std::uint64_t record_limit_;
  order::Parser parser_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t tombstones_ = 0;
  std::vector<Invalid> invalid_;
  std::vector<database::Change> changes_;
  std::vector<std::size_t> record_of_change_;
};

/// Counts the refusals of records that may pass (database::Refusal): who is refused `attempts` times is given up.
class Patience {
 public:
  explicit Patience(int attempts) : attempts_(attempts) {}

  /// One more refusal of the record; true when it is to be given up.
  [[nodiscard]] bool refused(std::int32_t partition, std::int64_t offset);
  /// The position has moved: what lies before it has its fate.
  void moved(std::int32_t partition, std::int64_t position);

 private:
  const int attempts_;
  std::map<std::pair<std::int32_t, std::int64_t>, int> tries_;
};

}  // namespace orders::view
