// The units as systemd runs them, on a machine of their own and a real broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "machine.h"
#include "support/daemon.h"
#include "support/installation.h"
#include "support/kafka_broker.h"
#include "support/log.h"
#include "support/saga.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

constexpr auto patience = 60s;
constexpr auto unit = "ordersd.service";
const std::filesystem::path configuration = "/etc/orders/ordersd.yaml";

/// One machine and one broker for all tests, each of which leaves the units stopped.
class Systemd : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    missing_ = Machine::missing();
    if (missing_) return;
    installation_ = std::make_unique<TempFolder>("machine");
    const auto installed = install("/usr", installation_->path());
    if (installed.exit_code != 0) throw std::runtime_error(installed.text());
    machine_ = std::make_unique<Machine>(installation_->path());
    machine_->write(configuration, to_yaml(settings()));
    machine_->ok({"ordersctl", "-q", "topics", "create", "--partitions", "4", "--replication-factor", "1"});
  }
  static void TearDownTestSuite() {
    machine_.reset();
    installation_.reset();
  }

  void SetUp() override {
    if (missing_) GTEST_SKIP() << "no machine with systemd can be booted here, so these are not tested: " << *missing_;
    ASSERT_NE(machine_, nullptr) << "it did not come up: see above";
  }
  void TearDown() override {
    if (machine_ == nullptr) return;
    if (HasFailure()) std::fprintf(stderr, "%s", machine_->run({"journalctl", "--no-pager"}).out.c_str());
    (void)machine_->run({"systemctl", "stop", "ordersd*"});
    (void)machine_->run({"systemctl", "reset-failed"});
    machine_->remove_drop_in(unit);
    machine_->write(configuration, to_yaml(settings()));
  }

  static Settings settings() {
    return {{"application_id", "orders"},
            {"kafka.bootstrap_servers", shared_broker().bootstrap()},
            {"stream.commit_interval", "100ms"},
            {"database.backend", "none"}};
  }
  static void start(const std::string& name = unit) { machine_->ok({"systemctl", "start", name}); }
  static std::string property(const std::string& name, const std::string& of = unit) {
    return machine_->property(of, name);
  }
  /// Throws with the journal.
  template <class Reached>
  static void await(Reached reached, const std::string& of = unit) {
    if (wait_until(patience, reached, 100ms)) return;
    throw std::runtime_error("it never came to that: " + property("StatusText", of) + "\n" + machine_->journal(of));
  }
  static void await_status(const std::string& part, const std::string& of = unit) {
    await([&] { return property("StatusText", of).find(part) != std::string::npos; }, of);
  }
  static void expect_failed(const std::string& exit_code) {
    await([] { return property("ActiveState") == "failed"; });  // "activating" while it waits to be started again
    EXPECT_EQ(property("ExecMainStatus"), exit_code);
    EXPECT_EQ(property("NRestarts"), "0");
  }

  static inline std::optional<std::string> missing_;
  static inline std::unique_ptr<TempFolder> installation_;
  static inline std::unique_ptr<Machine> machine_;
};

TEST_F(Systemd, StartsItAndShowsInOneLineHowItIs) {
  start();
  EXPECT_EQ(property("ActiveState"), "active") << "it has said that it is ready";
  await_status("running: 2 threads, 4 partitions, 0 records behind, 0 waiting; table current");
  LogWriter writer(shared_broker().bootstrap());
  writer.write(answer("payment-orders", 0, 1, "ACCEPT", 0));  // now
  writer.flush();
  await_status("0 records behind, 1 waiting");
  machine_->ok({"systemctl", "stop", unit});
  EXPECT_EQ(property("Result"), "success");
  EXPECT_EQ(property("ExecMainStatus"), "0");
}

TEST_F(Systemd, ReloadsAConfigurationThatIsRightAndRefusesAnother) {
  start();
  const auto process = property("MainPID");
  machine_->ok({"systemctl", "reload", unit});
  await([] { return machine_->journal(unit).find("SIGHUP") != std::string::npos; });
  await([] { return property("ActiveState") == "active"; });

  machine_->write(configuration, "join: {windw: PT1S}\n");
  EXPECT_NE(machine_->run({"systemctl", "reload", unit}).exit_code, 0);
  await([] { return machine_->journal(unit).find("did you mean join.window?") != std::string::npos; });
  EXPECT_EQ(property("ActiveState"), "active");
  EXPECT_EQ(property("MainPID"), process) << "as it was";
  await_status("running: ");
}

TEST_F(Systemd, StartsItAgainWhenItHangs) {
  machine_->drop_in(unit, "[Service]\nWatchdogSec=4\nRestartSec=100ms\n");
  start();
  const auto process = property("MainPID");
  machine_->ok({"kill", "-STOP", process});
  await([] { return property("NRestarts") == "1"; });
  await_status("running: ");
  EXPECT_NE(property("MainPID"), process);
}

TEST_F(Systemd, LeavesOneThatWasFencedStopped) {
  machine_->drop_in(unit,
                    "[Service]\nRestartSec=100ms\nEnvironment=ORDERSD_FAILPOINT=worker.assigned.middle=fenced@*\n");
  start();
  expect_failed("10");
  EXPECT_THAT(property("StatusText"), StartsWith("the join can't go on: "));
}

TEST_F(Systemd, LeavesOneWithAWrongConfigurationStopped) {
  machine_->drop_in(unit, "[Service]\nRestartSec=100ms\n");
  machine_->write(configuration, "join: {windw: PT1S}\n");
  EXPECT_NE(machine_->run({"systemctl", "start", unit}).exit_code, 0);
  expect_failed("2");
}

TEST_F(Systemd, RunsInstancesSideBySide) {
  machine_->write(configuration, to_yaml(with(settings(), {{"application_id", "several"}})));
  machine_->write("/etc/orders/a.env", "ORDERS_STREAM_THREADS=1\n");
  start("ordersd@a.service");
  start("ordersd@b.service");
  await_status("running: 1 thread, 2 partitions", "ordersd@a.service");
  await_status("running: 2 threads, 2 partitions", "ordersd@b.service");
  for (const std::string name : {"a", "b"}) {
    const auto socket = "api.socket=/run/ordersd/" + name + "/api.sock";
    const auto status =
        nlohmann::json::parse(machine_->ok({"ordersctl", "--set", socket, "--output", "json", "status"}));
    EXPECT_EQ(status.at("instance_id"), "machine-" + name);
    EXPECT_EQ(machine_->run({"test", "-d", "/var/lib/ordersd/" + name + "/several/table"}).exit_code, 0);
  }
  machine_->ok({"systemctl", "stop", "ordersd@b.service"});
  await_status("running: 1 thread, 4 partitions", "ordersd@a.service");
  EXPECT_EQ(machine_->ok({"ls", "/run/ordersd"}), "a\n");
}

/// As packaging/credentials.conf has it.
TEST_F(Systemd, HandsSecretsOver) {
  const std::string token = "0123456789abcdef0123456789abcdef";
  const auto listen = "127.0.0.1:" + std::to_string(free_port());
  std::istringstream example(slurp(installation_->path() / "usr/share/doc/ordersd/examples/credentials.conf"));
  std::string drop_in = "[Service]\nEnvironment=ORDERS_API_LISTEN=" + listen + "\n";
  for (std::string line; std::getline(example, line);) {
    if (line.find("api-token") != std::string::npos) drop_in += line + "\n";
  }
  machine_->write("/etc/orders/api-token", token);
  machine_->ok({"chmod", "0400", "/etc/orders/api-token"});  // root's alone
  machine_->drop_in(unit, drop_in);
  start();
  const auto ask = [&](const std::string& file) {
    return machine_->run(
        {"ordersctl", "--set", "api.url=http://" + listen, "--set", "api.token_file=" + file, "status"});
  };
  const auto status = ask("/etc/orders/api-token");
  EXPECT_EQ(status.exit_code, 0) << status.text();
  machine_->write("/etc/orders/other-token", "another" + token);
  machine_->ok({"chmod", "0400", "/etc/orders/other-token"});
  EXPECT_NE(ask("/etc/orders/other-token").exit_code, 0);
}

/// The last: what it leaves in the groups takes its time.
TEST_F(Systemd, GivesAStopThatGetsOnMoreTimeThanTheUnitSays) {
  machine_->drop_in(unit, "[Service]\nTimeoutStopSec=1\n");
  start();
  await_status("running: ");
  shared_broker().suspend();  // leaving the group takes seconds then
  machine_->ok({"systemctl", "stop", unit});
  shared_broker().resume();
  EXPECT_EQ(property("Result"), "success");
  EXPECT_EQ(property("ExecMainStatus"), "0");
}

}  // namespace
}  // namespace orders::test
