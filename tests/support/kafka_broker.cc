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

std::string at(int port) { return "127.0.0.1:" + std::to_string(port); }

/// Of every node.
std::map<std::string, std::string> common_properties() {
  return {
      {"controller.listener.names", "CONTROLLER"},
      {"inter.broker.listener.name", "PLAINTEXT"},
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
      {"broker.session.timeout.ms", "18000"},  // one that a busy machine holds up is not taken for dead; see start()
      {"broker.heartbeat.interval.ms", "200"},
      {"group.min.session.timeout.ms", "1000"},
      // A transaction that has timed out is aborted within a second, not within ten.
      {"transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"},
  };
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

KafkaBroker::KafkaBroker(Down, const std::map<std::string, std::string>& config) { configure({}, {}, config); }

KafkaBroker::KafkaBroker(const std::vector<Listener>& listeners, const std::map<std::string, std::string>& config,
                         std::vector<std::string> format)
    : format_arguments_(std::move(format)) {
  configure({}, listeners, config);
  start();
}

KafkaBroker::KafkaBroker(Joining joining, const std::map<std::string, std::string>& config) {
  configure(joining.first.controller_, {}, config);
  start();
}

KafkaBroker::KafkaBroker(Proxied proxied)
    : KafkaBroker(std::vector<Listener>{{"PROXIED", "PLAINTEXT", proxied.proxied_port, proxied.advertised_port}}, {}) {}

void KafkaBroker::configure(const std::string& controller, const std::vector<Listener>& listeners,
                            const std::map<std::string, std::string>& overrides) {
  const bool controls = controller.empty();
  bootstrap_ = at(free_port());
  controller_ = controls ? at(free_port()) : controller;
  std::string bound = "PLAINTEXT://" + bootstrap_;
  std::string advertised = bound;
  std::string protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT";
  for (const auto& listener : listeners) {
    bound += "," + listener.name + "://" + at(listener.port);
    advertised += "," + listener.name + "://" + at(listener.advertised_port);
    protocols += "," + listener.name + ":" + listener.protocol;
  }
  if (controls) bound += ",CONTROLLER://" + controller_;
  auto all = common_properties();
  all["process.roles"] = controls ? "broker,controller" : "broker";
  all["node.id"] = controls ? "1" : "2";
  all["controller.quorum.voters"] = "1@" + controller_;
  all["listeners"] = bound;
  all["advertised.listeners"] = advertised;
  all["listener.security.protocol.map"] = protocols;
  all["log.dirs"] = (folder_ / "data").string();
  for (const auto& [name, value] : overrides) all[name] = value;
  std::string text;
  for (const auto& [name, value] : all) text += name + "=" + value + "\n";
  write_file(folder_ / "broker.properties", text);
}

void KafkaBroker::format() {
  std::vector<std::string> arguments = {"format", "-t", "b3JkZXJzZC10ZXN0cy0wMQ", "-c",
                                        folder_ / "broker.properties"};
  arguments.insert(arguments.end(), format_arguments_.begin(), format_arguments_.end());
  const auto output = run({java("kafka.tools.StorageTool", arguments), {}, {}, {}, {}});
  if (output.exit_code != 0) throw std::runtime_error(output.text());
}

void KafkaBroker::start() {
  std::vector<std::string> arguments = {folder_ / "broker.properties"};
  if (std::filesystem::exists(folder_ / "data")) {
    // It may not register anew before its old session is over.
    arguments.insert(arguments.end(), {"--override", "broker.session.timeout.ms=2000"});
  } else {
    format();
  }
  process_ = Process::spawn({java("kafka.Kafka", arguments), {}, {}, folder_ / "broker.log", {}});
  const bool up = wait_until(180s, [&] { return !process_->running() || broker_answers(bootstrap_, 1s); });
  if (!up || !process_->running()) throw std::runtime_error("the Kafka broker does not start:\n" + log());
}

void KafkaBroker::stop() {
  process_->signal(SIGTERM);
  if (!process_->wait(60s)) throw std::runtime_error("the Kafka broker does not stop:\n" + log());
}

void KafkaBroker::kill() { process_->kill(); }
void KafkaBroker::suspend() { process_->suspend(); }
void KafkaBroker::resume() { process_->signal(SIGCONT); }

KafkaBroker& shared_broker() { return shared->get(); }

}  // namespace orders::test
