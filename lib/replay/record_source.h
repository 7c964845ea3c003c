// Where the records come from that are sent to topics again: a capture file, or ranges of topics. Both can say how far
// they are in a form that a group commits, and go on from there.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "config/config.h"
#include "kafka/topic_reader.h"
#include "replay/capture.h"
#include "replay/record.h"

namespace orders::replay {

/// The record's own copy.
[[nodiscard]] Record copy(const kafka::Record& record);

/// How far a replay is: an offset for each place, whose metadata says of which replay.
using Position = std::vector<kafka::PartitionOffset>;

class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// The partitions at which a group keeps the position.
  [[nodiscard]] virtual std::vector<kafka::TopicPartition> places() const = 0;
  /// Once, before next(): goes on from a position; from an empty one begins. `refused` for that of another replay.
  [[nodiscard]] virtual Result<> begin(const Position& committed) = 0;
  /// The next record; nothing at the end, and when `go_on` says no.
  [[nodiscard]] virtual Result<std::optional<Record>> next(FunctionRef<bool()> go_on) = 0;
  /// Behind the last record, and what was passed over with it.
  [[nodiscard]] virtual Position position() const = 0;
  /// Of the last record: "orders.ndjson:12", "orders[2]@17".
  [[nodiscard]] virtual std::string where() const = 0;
};

/// A regular file, whose position is a line, kept at `anchor`.
class CaptureSource : public RecordSource {
 public:
  struct Options {
    std::filesystem::path file;
    config::KeyFormat key_format = config::KeyFormat::int64;
    kafka::TopicPartition anchor;
    std::string identity;  ///< of the replay; no ':'
  };
  /// `invalid` where it can't be read.
  [[nodiscard]] static Result<std::unique_ptr<CaptureSource>> open(Options options);

  [[nodiscard]] std::vector<kafka::TopicPartition> places() const override { return {options_.anchor}; }
  [[nodiscard]] Result<> begin(const Position& committed) override;
  [[nodiscard]] Result<std::optional<Record>> next(FunctionRef<bool()> go_on) override;
  [[nodiscard]] Position position() const override;
  [[nodiscard]] std::string where() const override;

 private:
  explicit CaptureSource(Options options);
  [[nodiscard]] std::string metadata() const;

  Options options_;
  std::ifstream in_;
  CaptureReader reader_;
};

/// Ranges of topics, whose position is an offset of each partition, kept there with where its range ends: what was
/// "latest" or "-15m" at the beginning stays so.
class TopicSource : public RecordSource {
 public:
  struct Options {
    kafka::Connection connection;
    std::vector<kafka::TopicPartition> partitions;
    kafka::Range range;
    kafka::TopicReader::Options reader;
    std::string identity;  ///< of the replay; no ':'
  };
  /// `wakeup` as for TopicReader.
  [[nodiscard]] static Result<std::unique_ptr<TopicSource>> open(Options options, Wakeup& wakeup);

  [[nodiscard]] std::vector<kafka::TopicPartition> places() const override { return options_.partitions; }
  [[nodiscard]] Result<> begin(const Position& committed) override;
  [[nodiscard]] Result<std::optional<Record>> next(FunctionRef<bool()> go_on) override;
  [[nodiscard]] Position position() const override;
  [[nodiscard]] std::string where() const override { return where_.text(); }

 private:
  struct Where {
    kafka::TopicPartition at;
    std::int64_t offset = no_offset;
    [[nodiscard]] std::string text() const;
  };
  TopicSource(Options options, kafka::TopicReader reader) : options_(std::move(options)), reader_(std::move(reader)) {}
  [[nodiscard]] Result<std::vector<kafka::OffsetRange>> ranges_of(const Position& committed) const;

  Options options_;
  kafka::TopicReader reader_;
  Where where_;
};

/// Of a capture's size and first 64 KiB, for telling files apart.
[[nodiscard]] Result<std::string> fingerprint(const std::filesystem::path& file);
/// 16 hexadecimal digits of any text.
[[nodiscard]] std::string identity_of(std::string_view text);

}  // namespace orders::replay
