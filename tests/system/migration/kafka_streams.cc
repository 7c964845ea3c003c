#include "kafka_streams.h"

#include <csignal>
#include <stdexcept>

#include "support/wait_until.h"

namespace orders::test {

using namespace std::chrono_literals;

namespace {

std::string class_path() {
  const std::filesystem::path built = SOURCE_DIR "/build/kafka_streams";
  if (!std::filesystem::exists(built / "classes/ordersd/bench/Saga.class"))
    throw std::runtime_error("no Kafka Streams application in " + built.string() + ": run scripts/kafka.sh");
  return (built / "classes").string() + ":" + (built / "libs").string() + "/*";
}

}  // namespace

void KafkaStreams::start() {
  const auto before = times_running();
  Command command;
  command.arguments = {"java",        "-Xmx256m",   "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                       "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                       "-cp",         class_path(), "ordersd.bench.Saga",
                       "--bootstrap", bootstrap_,   "--prefix",         prefix_,
                       "--window-ms", "10000",      "--threads",        "1",
                       "--commit-ms", "100",        "--state",          (folder_ / "state").string()};
  command.output = log_file();
  process_ = Process::spawn(command);
  const bool settled = wait_until(60s, [&] { return !process_->running() || times_running() > before; });
  if (!settled || !process_->running()) throw std::runtime_error("Kafka Streams does not start:\n" + log());
}

void KafkaStreams::stop() {
  process_->signal(SIGTERM);
  if (!process_->wait(60s)) throw std::runtime_error("Kafka Streams does not stop:\n" + log());
}

std::size_t KafkaStreams::times_running() const {
  const auto text = log();
  std::size_t times = 0;
  constexpr std::string_view event = "\"event\": \"running\"";
  for (auto at = text.find(event); at != std::string::npos; at = text.find(event, at + 1)) ++times;
  return times;
}

}  // namespace orders::test
