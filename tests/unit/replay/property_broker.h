// What the topics and the group's offsets are to those who read committed records only, and the unit of work that fills
// them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "replay/driver.h"

namespace orders::property {

/// One transaction at a time, of records and offsets: all of it or nothing.
class Broker {
 public:
  using Positions = replay::Driver::Positions;

  void produce(const std::string& record) { open_.push_back(record); }
  void send_offsets(const Positions& positions) { open_offsets_ = positions; }
  void commit() {
    records_.insert(open_.begin(), open_.end());
    for (const auto& [partition, offsets] : open_offsets_) offsets_[partition] = offsets;
    abort();
  }
  void abort() {
    open_.clear();
    open_offsets_.clear();
  }

  [[nodiscard]] const std::multiset<std::string>& records() const { return records_; }
  [[nodiscard]] const Positions& offsets() const { return offsets_; }

 private:
  std::multiset<std::string> records_;
  Positions offsets_;
  std::vector<std::string> open_;
  Positions open_offsets_;
};

/// As topology::UnitOfWork: outputs are sent as they come, and kept until a transaction with them has been committed.
class Unit {
 public:
  /// What a process before left open is aborted.
  explicit Unit(Broker& broker) : broker_(&broker) { broker.abort(); }

  void add(std::string output) { outputs_.push_back(std::move(output)); }
  void send() {
    for (; sent_ < outputs_.size(); ++sent_) broker_->produce(outputs_[sent_]);
  }
  /// Up to the commit itself.
  void offer(const Broker::Positions& positions) {
    send();
    broker_->send_offsets(positions);
  }
  void commit(const Broker::Positions& positions) {
    offer(positions);
    broker_->commit();
    outputs_.clear();
    sent_ = 0;
  }
  /// The same outputs go into the next transaction.
  void abort() {
    broker_->abort();
    sent_ = 0;
  }

 private:
  Broker* broker_;
  std::vector<std::string> outputs_;
  std::size_t sent_ = 0;  ///< of them, into the open transaction
};

}  // namespace orders::property
