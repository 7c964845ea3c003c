// Topics seen from outside: librdkafka's C API directly, so that what lib/kafka does is checked by other code.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orders::test {

struct LoggedRecord {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp = -1;  ///< milliseconds since the epoch

  /// The last header of that name.
  [[nodiscard]] std::optional<std::string> header(const std::string& name) const;
  /// "orders[2]@17"
  [[nodiscard]] std::string where() const;
};

enum class Isolation : std::uint8_t { read_committed, read_uncommitted };

/// Reads all partitions of a topic from their beginning. Throws std::runtime_error on any error.
class LogReader {
 public:
  LogReader(const std::string& bootstrap, const std::string& topic, Isolation isolation = Isolation::read_committed);
  ~LogReader();
  /// Nothing when there is no new record within `timeout`, or sooner when the end of every partition is met.
  [[nodiscard]] std::optional<LoggedRecord> next(std::chrono::milliseconds timeout);
  /// The end of every partition was met, and nothing has come since.
  [[nodiscard]] bool at_end() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All records of a topic up to its end as it is now. Throws after `timeout`.
[[nodiscard]] std::vector<LoggedRecord> read_topic(const std::string& bootstrap, const std::string& topic,
                                                   Isolation isolation = Isolation::read_committed,
                                                   std::chrono::milliseconds timeout = std::chrono::seconds{60});

/// An idempotent producer that sets what it is told: partition, timestamp, headers.
class LogWriter {
 public:
  explicit LogWriter(const std::string& bootstrap);
  ~LogWriter();
  struct Record {
    std::string topic;
    std::int32_t partition = -1;  ///< -1: by the key, murmur2
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::int64_t timestamp = 0;  ///< 0: now
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  };
  void write(const Record& record);
  /// Waits for all deliveries. Throws if one failed.
  void flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// These three return when the broker shows what was done.
void create_topic(const std::string& bootstrap, const std::string& name, int partitions,
                  const std::map<std::string, std::string>& config = {});
void delete_topic(const std::string& bootstrap, const std::string& name);
/// Adds partitions, up to `partitions` in all.
void add_partitions(const std::string& bootstrap, const std::string& name, int partitions);
/// 0: the topic is not there.
[[nodiscard]] int partition_count(const std::string& bootstrap, const std::string& name);
/// The end of each partition, as such a reader sees it.
[[nodiscard]] std::vector<std::int64_t> end_offsets(const std::string& bootstrap, const std::string& topic,
                                                    Isolation isolation = Isolation::read_committed);
/// What a group has committed for each partition; -1001 where nothing. As of now; with read_committed once a
/// transaction under way has ended, and it throws when that takes more than 30 s.
[[nodiscard]] std::vector<std::int64_t> committed_offsets(const std::string& bootstrap, const std::string& group,
                                                          const std::string& topic,
                                                          Isolation isolation = Isolation::read_uncommitted);
/// As another tool resets a group: offsets without metadata, for partitions 0, 1, …; the group must have no members.
void commit_offsets(const std::string& bootstrap, const std::string& group, const std::string& topic,
                    const std::vector<std::int64_t>& offsets);
/// Takes away what a group has committed for all partitions of a topic.
void delete_committed_offsets(const std::string& bootstrap, const std::string& group, const std::string& topic);
/// Moves the beginning of a partition to `offset`, as retention does.
void delete_records(const std::string& bootstrap, const std::string& topic, std::int32_t partition,
                    std::int64_t offset);
/// Does the broker at this address answer within `timeout`, and is it one that may be given partitions? For a moment
/// after its start it is not.
[[nodiscard]] bool broker_answers(const std::string& bootstrap, std::chrono::milliseconds timeout);

/// As the Java client's LongSerializer writes it.
[[nodiscard]] std::string int64_key(std::int64_t id);
[[nodiscard]] std::int64_t from_int64_key(const std::string& key);
/// The partition that the Java client's default partitioner picks for a key.
[[nodiscard]] std::int32_t java_partition(const std::string& key, int partitions);

}  // namespace orders::test
