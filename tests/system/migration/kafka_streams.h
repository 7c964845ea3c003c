// The order saga on Kafka Streams (bench/kafka_streams), as a process.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// Joins <prefix>payment-orders and <prefix>stock-orders into <prefix>orders within 10 s, as the application
/// <prefix>streams. Errors of the set-up throw std::runtime_error. int64 keys.
class KafkaStreams {
 public:
  KafkaStreams(std::string bootstrap, std::string prefix)
      : bootstrap_(std::move(bootstrap)), prefix_(std::move(prefix)) {}

  /// Returns when it has its partitions, and its stores are restored.
  void start();
  /// SIGTERM: it commits, and its members leave the group.
  void stop();
  /// The stores on this machine; what is in their changelogs stays.
  void wipe() const { std::filesystem::remove_all(folder_ / "state"); }
  [[nodiscard]] std::string application_id() const { return prefix_ + "streams"; }
  [[nodiscard]] std::string log() const { return slurp(log_file()); }

 private:
  [[nodiscard]] std::filesystem::path log_file() const { return folder_ / "streams.log"; }
  [[nodiscard]] std::size_t times_running() const;

  const std::string bootstrap_, prefix_;
  TempFolder folder_{"streams"};
  std::optional<Process> process_;
};

}  // namespace orders::test
