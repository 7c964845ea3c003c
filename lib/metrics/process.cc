#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>

#include "metrics/snapshot.h"

namespace orders::metrics {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// The 22nd of its numbers, in ticks since the machine was started (proc(5)); the second may have blanks in it.
double find_start() {
  std::ifstream file("/proc/self/stat");
  file.ignore(std::numeric_limits<std::streamsize>::max(), ')');
  std::string skipped;
  for (int number = 3; number < 22; ++number) file >> skipped;
  std::uint64_t ticks = 0;
  if (!(file >> ticks)) return 0;
  const auto uptime = static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + uptime;
}

void add_memory(Process& process) {
  std::uint64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  process.virtual_bytes = all * page;
  process.resident_bytes = resident * page;
}

void add_files(Process& process) {
  std::error_code problem;
  std::filesystem::directory_iterator entries("/proc/self/fd", problem);
  for (; !problem && entries != std::filesystem::directory_iterator(); entries.increment(problem)) ++process.open_fds;
  if (process.open_fds > 0) --process.open_fds;  // the one that it was read with
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) process.max_fds = limit.rlim_cur;
}

}  // namespace

Process process() {
  static const double started = find_start();
  Process process;
  process.started = started;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  process.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  add_memory(process);
  add_files(process);
  return process;
}

}  // namespace orders::metrics
