// A state directory that can't be written, or fills up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/saga.h"
#include "support/small_disk.h"
#include "support/wait_until.h"

namespace orders::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

void expect_refused(const std::string& name, const std::string& directory, ExitCode code) {
  Daemon daemon(name, {{"kafka.bootstrap_servers", shared_broker().bootstrap()}, {"state.directory", directory}});
  create_topics(shared_broker().bootstrap(), daemon);
  daemon.start();
  EXPECT_EQ(daemon.wait(30s), code) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(directory));
}

TEST(StateDirectory, OneBelowAFileIsRefusedByName) {
  TempFolder folder("file");
  write_file(folder / "file", "not a folder");
  expect_refused("no-folder", (folder / "file").string() + "/state", 2);
}

TEST(StateDirectory, AReadOnlyOneIsRefusedByName) {
  const SmallDisk disk;
  expect_refused("read-only", disk.read_only(), 1);  // a mount can change, so that systemd should try again
}

TEST(StateDirectory, AFullOneDegradesItsViewWhileTheJoinGoesOnAndMendsItself) {
  const auto& bootstrap = shared_broker().bootstrap();
  const SmallDisk disk;
  // Small write buffers, so that the table has to write to the disk soon.
  Daemon daemon("full", {{"kafka.bootstrap_servers", bootstrap},
                         {"state.directory", disk.path() / "state"},
                         {"state.memory", "8MiB"},
                         {"state.cache", "1MiB"}});
  create_topics(bootstrap, daemon);
  daemon.start_and_await();
  LogWriter writer(bootstrap);
  std::int64_t next = 1;
  const auto write_pairs = [&](int count) {
    for (; count > 0; --count, ++next) {
      const auto partition = static_cast<std::int32_t>(next % 4);
      writer.write(answer(daemon.payments(), partition, next, "ACCEPT", 1'700'000'000'000 + next));
      writer.write(
          answer(daemon.stock(), partition, next, "ACCEPT", 1'700'000'000'000 + next, std::string(1'000, 'x')));
    }
    writer.flush();
  };
  ResultFollower results(bootstrap, daemon.orders());
  write_pairs(100);
  results.await(100, 30s);

  disk.fill(daemon.process());
  std::size_t written = 100;
  const auto degraded = [&] {
    write_pairs(2'000);
    written += 2'000;
    results.await(written, 60s);  // the join does not care
    const auto status = daemon.get("/api/status");
    return status && status->at("/views/table/state"_json_pointer) == "degraded";
  };
  ASSERT_TRUE(wait_until(60s, degraded)) << daemon.log();
  EXPECT_THAT(daemon.ctl_json({"status"}).at("reason").get<std::string>(), HasSubstr("table"));
  EXPECT_TRUE(daemon.running());

  disk.empty(daemon.process());
  ASSERT_TRUE(wait_until(60s, [&] {
    const auto count = daemon.get("/api/orders/store/count");
    return count && count->at("count") == written;
  })) << daemon.log();
  EXPECT_TRUE(wait_until(30s, [&] { return daemon.ready(); })) << daemon.log();
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace orders::test
