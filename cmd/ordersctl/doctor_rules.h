// What is wrong with an installation, by facts that were gathered of it: pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "kafka/types.h"
#include "preflight/topic_plan.h"

namespace orders::ctl {

using preflight::Level;

struct Diagnosis {
  Level level = Level::ok;
  std::string check;  ///< "topics", "group orders", …
  std::string what;
  std::string mend;  ///< empty where nothing has to be done
};
using Diagnoses = std::vector<Diagnosis>;

// --- the broker

/// A group that is given time to end a rebalance.
struct GroupFacts {
  std::string id;
  std::string state;  ///< "Stable", "Empty", "Dead", "PreparingRebalance", …
  std::vector<std::string> members;
  bool still_rebalancing = false;  ///< for longer than a session may take to time out
  bool daemon_answers = false;     ///< the one of this configuration does
};
[[nodiscard]] Diagnoses diagnose_group(const GroupFacts& facts);

/// A partition whose last stable offset stayed below its end, at one and the same offset, between two looks.
struct HeldBack {
  kafka::TopicPartition at;
  std::int64_t stable = 0;  ///< the first offset of the open transaction
  std::int64_t end = 0;
  std::optional<Timestamp> begun;  ///< the time of the record at `stable`
};
[[nodiscard]] Diagnoses diagnose_transactions(const std::vector<HeldBack>& held, const config::Config& config,
                                              Timestamp now);

/// Keys of the newest records of one input, with the partition of each; decimal order ids.
struct KeySample {
  std::map<std::int64_t, std::int32_t> partitions;
  std::uint64_t records = 0;
  std::uint64_t elsewhere = 0;  ///< not on the partition of the Java client
};
[[nodiscard]] Diagnoses diagnose_keys(const KeySample& payments, const KeySample& stock, const config::Topics& topics);

// --- the database

struct DatabaseFacts {
  std::string where;
  std::optional<Error> unreachable;
  int schema_found = 0, schema_needed = 0;
  struct Place {
    std::int32_t partition = 0;
    std::int64_t position = 0;
    std::optional<kafka::Watermarks> marks;  ///< none: there is no such partition
  };
  std::vector<Place> positions;
};
[[nodiscard]] Diagnoses diagnose_database(const DatabaseFacts& facts, const std::string& topic);

// --- this machine

struct StateFacts {
  std::string folder;
  bool there = false;
  bool writable = false;  ///< by this user
  bool others_may_write = false;
  std::uint64_t bytes_free = 0, bytes_all = 0;
};
[[nodiscard]] Diagnoses diagnose_state(const StateFacts& facts);

struct LimitFacts {
  bool of_daemon = false;  ///< else of this command, which the daemon's may differ from
  std::uint64_t open_files = 0;
  std::int32_t partitions = 0;  ///< of the inputs
};
[[nodiscard]] Diagnoses diagnose_limits(const LimitFacts& facts);

struct ClockFacts {
  std::optional<bool> synchronized;  ///< by the kernel's own account; none: it does not say
  Timestamp now;
  std::optional<Timestamp> newest;  ///< of the newest records of the inputs
  std::string newest_at;            ///< "stock-orders[2]@17"
};
[[nodiscard]] Diagnoses diagnose_clock(const ClockFacts& facts);

// --- the daemon against the configuration

struct DaemonFacts {
  std::optional<Error> unreachable;
  std::string version, application_id, instance_id, state;
  std::vector<std::string> reasons;
};
[[nodiscard]] Diagnoses diagnose_daemon(const DaemonFacts& facts, const config::Config& config,
                                        std::string_view our_version);

}  // namespace orders::ctl
