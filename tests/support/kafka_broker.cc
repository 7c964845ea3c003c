#include "support/kafka_broker.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "support/log.h"
#include "support/wait_until.h"

namespace orders::test {

using namespace std::chrono_literals;

std::filesystem::path kafka_jars() {
  const char* set = std::getenv("KAFKA_LIBS_FOLDER");
  std::filesystem::path folder = set != nullptr ? set : KAFKA_LIBS;
  if (!std::filesystem::exists(folder / "kafka_2.13-4.1.0.jar")) {
    throw std::runtime_error("no Kafka broker in " + folder.string() + ": run scripts/test.sh, which fetches it");
  }
  return folder;
}

namespace {

std::vector<std::string> java(const std::string& main_class, const std::vector<std::string>& arguments) {
  // A small broker that starts fast: one collector thread and the quick compiler only save a third of the start.
  std::vector<std::string> command = {"java",
                                      "-Xms256m",
                                      "-Xmx768m",
                                      "-XX:+UseSerialGC",
                                      "-XX:TieredStopAtLevel=1",
                                      "-Dlog4j2.level=WARN",
                                      "-cp",
                                      kafka_jars().string() + "/*",
                                      main_class};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::string properties(const std::map<std::string, std::string>& overrides, int port, int controller_port,
                       const std::filesystem::path& data) {
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port);
  std::map<std::string, std::string> all = {
      {"process.roles", "broker,controller"},
      {"node.id", "1"},
      {"controller.quorum.voters", "1@" + controller},
      {"listeners", "PLAINTEXT://" + address + ",CONTROLLER://" + controller},
      {"advertised.listeners", "PLAINTEXT://" + address},
      {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"},
      {"controller.listener.names", "CONTROLLER"},
      {"inter.broker.listener.name", "PLAINTEXT"},
      {"log.dirs", data.string()},
      {"auto.create.topics.enable", "false"},
      {"log.retention.ms", "-1"},  // tests write records of other years
      // One node, and few partitions of the internal topics: they are made at the first use.
      {"offsets.topic.replication.factor", "1"},
      {"offsets.topic.num.partitions", "4"},
      {"transaction.state.log.replication.factor", "1"},
      {"transaction.state.log.min.isr", "1"},
      {"transaction.state.log.num.partitions", "4"},
      {"share.coordinator.state.topic.replication.factor", "1"},
      {"share.coordinator.state.topic.min.isr", "1"},
      {"group.initial.rebalance.delay.ms", "0"},
      // After kill -9 the broker may not register anew before its old session is over.
      {"broker.session.timeout.ms", "2000"},
      {"broker.heartbeat.interval.ms", "200"},
      {"group.min.session.timeout.ms", "1000"},
  };
  for (const auto& [name, value] : overrides) all[name] = value;
  std::string text;
  for (const auto& [name, value] : all) text += name + "=" + value + "\n";
  return text;
}

/// Stops the shared broker when the last test has run.
class SharedBroker : public testing::Environment {
 public:
  void TearDown() override { broker_.reset(); }
  KafkaBroker& get() {
    if (!broker_) broker_ = std::make_unique<KafkaBroker>();
    return *broker_;
  }

 private:
  std::unique_ptr<KafkaBroker> broker_;
};

// Registered before main runs: gtest takes environments only until the tests start. gtest owns it.
SharedBroker* const shared = static_cast<SharedBroker*>(testing::AddGlobalTestEnvironment(new SharedBroker));  // NOLINT

}  // namespace

KafkaBroker::KafkaBroker(const std::map<std::string, std::string>& config) : KafkaBroker(Down{}, config) { start(); }

KafkaBroker::KafkaBroker(Down, const std::map<std::string, std::string>& config) {
  const int port = free_port();
  bootstrap_ = "127.0.0.1:" + std::to_string(port);
  write_file(folder_ / "broker.properties", properties(config, port, free_port(), folder_ / "data"));
}

// It is not killed: better patient on a busy machine.
KafkaBroker::KafkaBroker(Proxied proxied)
    : KafkaBroker(std::vector<Proxied>{proxied}, {{"broker.session.timeout.ms", "18000"}}) {}

KafkaBroker::KafkaBroker(const std::vector<Proxied>& ways, const std::map<std::string, std::string>& config) {
  const int port = free_port();
  const int controller_port = free_port();
  bootstrap_ = "127.0.0.1:" + std::to_string(port);
  const std::string at = "://127.0.0.1:";
  std::string listeners = "PLAINTEXT" + at + std::to_string(port);
  std::string advertised = listeners;
  std::string protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT";
  for (const auto& way : ways) {
    const std::string name = "PROXIED" + std::to_string(way.proxied_port);
    listeners += "," + name + at + std::to_string(way.proxied_port);
    advertised += "," + name + at + std::to_string(way.advertised_port);
    protocols += "," + name + ":PLAINTEXT";
  }
  auto overrides = config;
  overrides["listeners"] = listeners + ",CONTROLLER" + at + std::to_string(controller_port);
  overrides["advertised.listeners"] = advertised;
  overrides["listener.security.protocol.map"] = protocols;
  write_file(folder_ / "broker.properties", properties(overrides, port, controller_port, folder_ / "data"));
  start();
}

void KafkaBroker::format() {
  const auto output = run(
      {java("kafka.tools.StorageTool", {"format", "-t", "b3JkZXJzZC10ZXN0cy0wMQ", "-c", folder_ / "broker.properties"}),
       {},
       {},
       {},
       {}});
  if (output.exit_code != 0) throw std::runtime_error(output.text());
}

void KafkaBroker::start() {
  if (!std::filesystem::exists(folder_ / "data")) format();
  process_ = Process::spawn({java("kafka.Kafka", {folder_ / "broker.properties"}), {}, {}, folder_ / "broker.log", {}});
  const bool up = wait_until(60s, [&] { return !process_->running() || broker_answers(bootstrap_, 1s); });
  if (!up || !process_->running()) throw std::runtime_error("the Kafka broker does not start:\n" + log());
}

void KafkaBroker::stop() {
  process_->signal(SIGTERM);
  if (!process_->wait(60s)) throw std::runtime_error("the Kafka broker does not stop:\n" + log());
}

void KafkaBroker::kill() { process_->kill(); }
void KafkaBroker::suspend() { process_->signal(SIGSTOP); }
void KafkaBroker::resume() { process_->signal(SIGCONT); }

KafkaBroker& shared_broker() { return shared->get(); }

}  // namespace orders::test
