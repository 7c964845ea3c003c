#include "state/against_topic.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/bytes.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "kafka/end_watcher.h"

namespace orders::state {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t turn_records = 5'000;  ///< between two looks at the clock, the watcher and whether to go on
constexpr Milliseconds poll_time{100};

/// A folder that goes with its object.
class ScratchFolder {
 public:
  [[nodiscard]] static Result<ScratchFolder> make(const fs::path& in) {
    auto pattern = (in / "ordersctl-verify-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) return ScratchFolder(pattern);
    return fail(ErrorClass::bug, fmt::format("can't make a folder in {}: {}", in.string(),
                                             std::generic_category().message(errno)));
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// The disk is nothing that is away: no exit code of a dependency.
Error scratch_error(Error error) {
  if (error.error_class == ErrorClass::wait) error.error_class = ErrorClass::bug;
  return error;
}

Result<> check_identity(const table::Table& table, const TopicReading& reading) {
  auto identity = table.identity();
  if (!identity) return fail(identity.error());
  auto admin = kafka::Admin::create(reading.connection);
  if (!admin) return fail(admin.error());
  auto cluster = admin->cluster_id(reading.timeout);
  if (!cluster) return fail(cluster.error());
  if (!*identity || ((*identity)->cluster_id == *cluster && (*identity)->topic == reading.topic)) return {};
  return fail(ErrorClass::gap,
              fmt::format("the table is of topic {} of cluster {}, and this is topic {} of cluster {}",
                          printable((*identity)->topic), printable((*identity)->cluster_id), reading.topic, *cluster));
}

/// All of a topic's partitions, from where they begin to where they ended when this was made.
class Reader {
 public:
  [[nodiscard]] static Result<Reader> open(const TopicReading& reading) {
    auto consumer = kafka::Consumer::create(reading.connection, {});
    if (!consumer) return fail(consumer.error());
    auto partitions = consumer->partition_count(reading.topic, reading.timeout);
    if (!partitions) return fail(partitions.error());
    Reader reader(*std::move(consumer), reading);
    std::vector<kafka::PartitionOffset> from;
    for (std::int32_t partition = 0; partition < *partitions; ++partition) {
      const kafka::TopicPartition at{reading.topic, partition};
      auto marks = reader.consumer_.watermarks(at, reading.timeout);
      if (!marks) return fail(marks.error());
      reader.begins_[partition] = marks->low;
      reader.total_ += static_cast<std::uint64_t>(marks->high - marks->low);
      if (marks->high > marks->low) reader.ends_[partition] = marks->high;
      from.push_back({at, marks->low, {}});
    }
    if (auto assigned = reader.consumer_.assign(from); !assigned) return fail(assigned.error());
    return reader;
  }

  /// Until all that was there has been added.
  [[nodiscard]] Result<> read(TopicFold& fold) {
    std::vector<kafka::TopicPartition> all;
    for (const auto& [partition, begin] : begins_) all.push_back({reading_.topic, partition});
    kafka::EndWatcher watcher(consumer_, std::move(all));
    auto heard = Clock::now();
    while (!ends_.empty()) {
      auto taken = turn(fold);
      if (!taken) return fail(taken.error());
      if (auto watched = watcher.check(); !watched) return watched;
      watcher.took(*taken, bytes_);
      if (*taken > 0) heard = Clock::now();
      if (Clock::now() - heard > reading_.timeout) {
        return fail(ErrorClass::wait, fmt::format("nothing has come from topic {} for {}", reading_.topic,
                                                  format_duration(reading_.timeout)));
      }
      if (reading_.go_on && !reading_.go_on(read_, total_)) {
        return fail(ErrorClass::bug, fmt::format("stopped after {} records: nothing was compared", read_),
                    "nothing was changed; begin again");
      }
    }
    return {};
  }
  [[nodiscard]] const std::map<std::int32_t, std::int64_t>& begins() const { return begins_; }

 private:
  Reader(kafka::Consumer consumer, const TopicReading& reading) : consumer_(std::move(consumer)), reading_(reading) {}

  Result<std::size_t> turn(TopicFold& fold) {
    std::size_t taken = 0;
    bytes_ = 0;
    while (taken < turn_records && !ends_.empty()) {
      auto record = consumer_.poll(taken == 0 ? poll_time : Milliseconds{0});
      if (!record) return fail(record.error());
      if (!*record) break;
      if (auto added = add(fold, **record); !added) return fail(scratch_error(added.error()));
      ++taken;
    }
    // Control records at the end of a partition are told by its end only.
    for (const auto& end : consumer_.at_end()) reached(end.at.partition, end.offset);
    return taken;
  }
  Result<> add(TopicFold& fold, const kafka::Record& record) {
    ++read_;
    bytes_ += record.value().value_or("").size();
    reached(record.partition(), record.offset() + 1);
    return fold.add({record.partition(), record.offset(), record.timestamp(), record.key(), record.value()});
  }
  void reached(std::int32_t partition, std::int64_t next) {
    const auto end = ends_.find(partition);
    if (end != ends_.end() && next >= end->second) ends_.erase(end);
  }

  kafka::Consumer consumer_;
  const TopicReading& reading_;
  std::map<std::int32_t, std::int64_t> begins_;
  std::map<std::int32_t, std::int64_t> ends_;  ///< of the partitions that are not read to their end yet
  std::uint64_t total_ = 0, read_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<Comparison> compare_with_topic(const table::Table& table, const TopicReading& reading) {
  if (auto ours = check_identity(table, reading); !ours) return fail(ours.error());
  auto positions = table.positions();
  if (!positions) return fail(positions.error());
  auto folder = ScratchFolder::make(reading.scratch);
  if (!folder) return fail(folder.error());
  auto fold = TopicFold::create(folder->path(), *positions, reading.key_format);
  if (!fold) return fail(scratch_error(fold.error()));
  auto reader = Reader::open(reading);
  if (!reader) return fail(reader.error());
  if (auto read = reader->read(*fold); !read) return fail(read.error());
  auto comparison = fold->compare(table, reader->begins());
  if (!comparison) return fail(scratch_error(comparison.error()));
  return comparison;
}

}  // namespace orders::state
