#include "base/log_counts.h"

#include <spdlog/sinks/sink.h>

#include <atomic>
#include <memory>

namespace orders {
namespace {

std::array<std::atomic<std::uint64_t>, 6>& counts() {
  static std::array<std::atomic<std::uint64_t>, 6> all{};
  return all;
}

class Counter final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    const auto level = static_cast<std::size_t>(message.level);
    if (level < counts().size()) counts()[level].fetch_add(1, std::memory_order_relaxed);
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
};

}  // namespace

LogCounts log_counts() {
  LogCounts now{};
  for (std::size_t level = 0; level < now.size(); ++level) now[level] = counts()[level].load(std::memory_order_relaxed);
  return now;
}

spdlog::sink_ptr log_counter() { return std::make_shared<Counter>(); }

}  // namespace orders
