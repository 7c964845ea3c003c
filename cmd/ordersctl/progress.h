// How far long work has come: a bar on a terminal, a line every 10 s otherwise, nothing with -q.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orders::ctl {

/// "12,000 of 20,000 orders  60 %  4,100/s  2 s left"; without a total only count and rate.
[[nodiscard]] std::string progress_text(std::string_view what, std::uint64_t done, std::optional<std::uint64_t> total,
                                        std::chrono::milliseconds elapsed);
/// "[########            ]"
[[nodiscard]] std::string progress_bar(std::uint64_t done, std::uint64_t total, std::size_t width);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  Progress(std::string what, std::optional<std::uint64_t> total, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Cheap; shows no more often than it should.
  void update(std::uint64_t done);
  /// Takes the bar off the screen, so that other lines can be written.
  void clear();

 private:
  std::string what_;
  std::optional<std::uint64_t> total_;
  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace orders::ctl
