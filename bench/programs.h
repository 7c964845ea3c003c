// The programs: each prints one line of JSON and returns the exit code.
#pragma once

#include <cstdint>
#include <string>

#include "client.h"
#include "data.h"

namespace orders::bench {

struct SetupOptions {
  Place place;
  int partitions = 4;
  bool remove = false;  ///< deletes every topic that begins with the prefix
};
int set_up(const SetupOptions& options);

enum class Answers : std::uint8_t { both, payments, stock };
struct LoadOptions {
  Place place;
  Recipe recipe;
  Answers answers = Answers::both;
  double rate = 0;       ///< orders a second, dated now; 0: as fast as possible, dated by start and spacing
  bool preload = false;  ///< says the same as no rate, and excludes one
  std::int64_t spacing_us = 50;
  std::int64_t start_ms = 0;  ///< of the first order; 0: so that the last one is dated now
  int linger_ms = 5;
  std::string compression = "none";  ///< what a Java producer does unless told otherwise
};
int load(const LoadOptions& options);

enum class Mode : std::uint8_t { throughput, latency, first };
struct MeasureOptions {
  Place place;
  Recipe recipe;
  Mode mode = Mode::throughput;
  bool read_during = false;  ///< throughput: read the results while they come, not when all are there
  bool from_end = false;
  double timeout_s = 300;
  double idle_s = 60;            ///< gives up when nothing came for so long
  double warmup_s = 10;          ///< latency: orders of the first seconds are left out
  std::int64_t settle_ms = 300;  ///< reads on for so long after the last one: a duplicate may follow
  std::int64_t started_at_ms = 0;
  std::string started_file;  ///< holds started_at_ms, written by the caller when it is known
  std::string ready;
};
int measure(const MeasureOptions& options);

struct FloorOptions {
  Place place;
  int threads = 1;
  bool adaptive = true;
  std::int64_t commit_ms = 1'000;
  std::int64_t commit_min_ms = 20;
  int queue_mib = 256;
};
int run_floor(const FloorOptions& options);

}  // namespace orders::bench
