// A real Kafka broker on free ports: one KRaft node, broker and controller in one, which others may join.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// Throws std::runtime_error, with what to do about it, when the broker's jars or Java are missing: a test that needs a
/// broker fails without one, it does not skip.
class KafkaBroker {
 public:
  /// `config` overrides the broker's properties.
  explicit KafkaBroker(const std::map<std::string, std::string>& config = {});
  /// A broker that is down: only its address is taken. start() brings it up.
  struct Down {};
  explicit KafkaBroker(Down, const std::map<std::string, std::string>& config = {});
  /// Another way to it beside bootstrap(), which stays plain; `name` in capitals.
  struct Listener {
    std::string name;
    std::string protocol;
    int port;
    int advertised_port;  ///< where it tells those who come this way that it is
  };
  /// `format`: more arguments for the storage tool, such as users (--add-scram).
  KafkaBroker(const std::vector<Listener>& listeners, const std::map<std::string, std::string>& config,
              std::vector<std::string> format = {});
  /// The second broker of a cluster whose one controller the first is.
  struct Joining {
    const KafkaBroker& first;
  };
  KafkaBroker(Joining joining, const std::map<std::string, std::string>& config);
  /// A broker with a second way to it, for a proxy: who comes to `proxied_port` is told that the broker is at
  /// 127.0.0.1:`advertised_port`.
  struct Proxied {
    int advertised_port;
    int proxied_port;
  };
  explicit KafkaBroker(Proxied proxied);

  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }
  /// On the same port and data; returns when it answers.
  void start();
  /// SIGTERM: a controlled shutdown.
  void stop();
  /// SIGKILL.
  void kill();
  /// SIGSTOP: connections stay, nothing answers.
  void suspend();
  void resume();
  [[nodiscard]] std::string log() const { return slurp(folder_ / "broker.log"); }

 private:
  /// Takes the ports and writes the file of properties. Without a controller's address it is one itself.
  void configure(const std::string& controller, const std::vector<Listener>& listeners,
                 const std::map<std::string, std::string>& overrides);
  void format();
  TempFolder folder_{"kafka"};
  std::string bootstrap_;
  std::string controller_;
  std::vector<std::string> format_arguments_;
  std::optional<Process> process_;
};

/// The folder of the broker's jars; throws like the broker when they are missing.
[[nodiscard]] std::filesystem::path kafka_jars();

/// The one broker that all tests of an executable share; started by the first that asks. Tests keep apart by the names
/// of their topics and groups.
[[nodiscard]] KafkaBroker& shared_broker();

}  // namespace orders::test
