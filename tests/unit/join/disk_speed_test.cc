// Figures, not assertions: the engine with a day's window and millions that wait on disk, against memory with ten
// seconds. Run by hand in a build with optimization:
//   unit_join --gtest_also_run_disabled_tests --gtest_filter='*DISABLED_Speed*'
// ORDERS_WAITING and ORDERS_FLOW set the numbers of orders; ORDERS_IDS=random takes ids in no order.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "join/disk_buffer.h"
#include "join/engine.h"
#include "join/memory_buffer.h"
#include "support/temp_folder.h"

namespace orders::join {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t number(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoll(text) : otherwise;
}

std::string status_line(const char* name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return line;
  }
  return {};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Count final : Sink {
  std::size_t pairs = 0, unmatched_entries = 0, bytes = 0;
  void joined(const Pair& pair) override { ++pairs, bytes += pair.stock_value.size(); }
  void unmatched(Side, const Entry&) override { ++unmatched_entries; }
};

/// A partition's stream: `disk` is null for memory.
struct Stream {
  Engine engine;
  DiskBuffer* disk;
  Count sink;
  std::int64_t offset = 0;
  std::string value =
      std::string(R"({"orderId":123456789012345,"customerId":77,"status":"ACCEPT","source":null,"items":[)") +
      R"({"itemId":1,"productId":"mug","quantity":2,"productPrice":12.50},)" +
      R"({"itemId":2,"productId":"plate","quantity":1,"productPrice":7.95},)" +
      R"({"itemId":3,"productId":"a longer name","quantity":11,"productPrice":1107.95}],)" +
      R"("remark":"leave it at the neighbours' door"})";
  bool random_ids = std::getenv("ORDERS_IDS") != nullptr;

  [[nodiscard]] std::int64_t id(std::int64_t i) const {
    return random_ids ? static_cast<std::int64_t>(static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15ull >> 1) : i;
  }
  void feed(Side side, std::int64_t i, std::int64_t micros) {
    engine.process({.side = side,
                    .offset = offset++,
                    .timestamp = from_millis(1'000'000'000 + micros / 1'000),
                    .answer = {.order_id = id(i), .status = order::Status::accept, .splice = {}},
                    .value = value},
                   sink);
    if (!disk) return;
    if (disk->unwritten() < 16u << 20) return;
    ASSERT_TRUE(disk->apply("position"));
  }
  void report(const char* what, std::int64_t orders, Clock::time_point begun, double cpu) const {
    const auto seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    fmt::print("{:<44} {:>9.0f} orders/s, {:.2f} us of wall and {:.2f} us of CPU an order; {}; {}\n", what,
               static_cast<double>(orders) / seconds, seconds * 1e6 / static_cast<double>(orders),
               (cpu_seconds() - cpu) * 1e6 / static_cast<double>(orders), status_line("VmRSS"), status_line("VmHWM"));
    std::fflush(stdout);
  }
  /// Both answers of an order come within 500 orders, 50 µs apart.
  void flow(const char* what, std::int64_t first, std::int64_t orders) {
    const auto begun = Clock::now();
    const auto cpu = cpu_seconds();
    for (std::int64_t i = 0; i < orders + 500; ++i) {
      if (i < orders) feed(Side::payment, first + i, (first + i) * 50);
      if (i >= 500) feed(Side::stock, first + i - 500, (first + i - 500) * 50);
    }
    report(what, orders, begun, cpu);
    ASSERT_GE(sink.pairs, static_cast<std::size_t>(orders));
  }
};

constexpr Milliseconds day{std::chrono::hours{24}};

TEST(DISABLED_Speed, MemoryWithTenSeconds) {
  MemoryBuffer buffer;
  Stream stream{.engine = Engine({}, buffer), .disk = nullptr, .sink = {}};
  stream.flow("memory, 10 s", 0, number("ORDERS_FLOW", 1'000'000));
}

TEST(DISABLED_Speed, DiskWithADayAndMillionsWaiting) {
  test::TempFolder folder("speed");
  DiskOptions options{.path = folder / "0",
                      .memory = rocks::share_memory(128ull << 20, 10ull << 20),
                      .retention = day * 2,
                      .cache = 48ull << 20};
  auto buffer = DiskBuffer::open(options).value();
  const auto waiting = number("ORDERS_WAITING", 5'000'000), flow = number("ORDERS_FLOW", 1'000'000);
  Stream stream{.engine = Engine({.before = day, .after = day}, *buffer), .disk = buffer.get(), .sink = {}};
  {
    const auto begun = Clock::now();
    const auto cpu = cpu_seconds();
    for (std::int64_t i = 0; i < waiting; ++i) stream.feed(Side::payment, i, i * 50);
    stream.report("disk, 24 h: orders that wait", waiting, begun, cpu);
  }
  stream.flow("disk, 24 h, with those waiting", waiting, flow);
  stream.flow("the same again", waiting + flow, flow);
  EXPECT_EQ(buffer->waiting(Side::payment), static_cast<std::uint64_t>(waiting));
  fmt::print("buffer {} MB, on disk {} MB\n", buffer->bytes() >> 20, buffer->disk_bytes() >> 20);
  {
    const auto begun = Clock::now();
    const auto cpu = cpu_seconds();
    const auto some = std::min<std::int64_t>(waiting, 200'000);
    for (std::int64_t i = 0; i < some; ++i) stream.feed(Side::stock, (i * 7'919) % waiting, (waiting + 2 * flow) * 50);
    stream.report("partners of those that wait, all over", some, begun, cpu);
  }
  ASSERT_TRUE(buffer->apply("end"));
  const auto begun = Clock::now();
  buffer.reset();
  const auto closed = Clock::now();
  buffer = DiskBuffer::open(options).value();
  fmt::print("closing {} ms, opening {} ms; {}\n", std::chrono::duration_cast<Milliseconds>(closed - begun).count(),
             std::chrono::duration_cast<Milliseconds>(Clock::now() - closed).count(), status_line("VmHWM"));
}

}  // namespace
}  // namespace orders::join
