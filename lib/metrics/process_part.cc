#include <array>

#include "metrics/page.h"

namespace orders::metrics {
namespace {

/// The classes that a daemon meets; the rest are those of a person at a prompt.
constexpr std::array classes{ErrorClass::wait,   ErrorClass::denied, ErrorClass::abort, ErrorClass::recreate,
                             ErrorClass::record, ErrorClass::fenced, ErrorClass::gap,   ErrorClass::bug};
constexpr std::array others{ErrorClass::invalid, ErrorClass::not_found, ErrorClass::refused};
static_assert(classes.size() + others.size() == error_classes);

constexpr std::array levels{"trace", "debug", "info", "warning", "error", "critical"};

void add_retries(Family& family, const std::string& part, const ErrorCounts& counts) {
  for (const auto error_class : classes)
    family.add(counts.of(error_class), {{"part", part}, {"class", std::string(to_string(error_class))}});
  std::uint64_t rest = 0;
  for (const auto error_class : others) rest += counts.of(error_class);
  family.add(rest, {{"part", part}, {"class", "other"}});
}

void add_state(Page& page, const Snapshot& snapshot) {
  page.gauge("ordersd_build_info", "What runs; always 1.")
      .add(1.0, {{"version", snapshot.version},
                 {"application_id", snapshot.application_id},
                 {"instance_id", snapshot.instance_id}});
  auto state = page.gauge("ordersd_state", "Whether the daemon is in this state, that of its worst part.");
  add_states(state, snapshot.state, snapshot.states);
  page.gauge("ordersd_state_reasons", "Reasons why the state is not running.").add(std::uint64_t{snapshot.reasons});
}

void add_trouble(Page& page, const Snapshot& snapshot) {
  auto retries = page.counter("ordersd_retries_total", "Calls that failed, by the class of failure.");
  if (snapshot.join) add_retries(retries, "join", snapshot.join->status.totals.retries);
  for (const auto& view : snapshot.views) add_retries(retries, view.status.name, view.status.retries);
  if (snapshot.intake) add_retries(retries, "intake", snapshot.intake->retries);
  page.counter("ordersd_thread_restarts_total",
               "Threads that failed in a way that nobody foresaw, and were begun anew.")
      .add(snapshot.thread_restarts);
  page.gauge(
          "ordersd_thread_silence_seconds",
          "How long the most silent thread has given no sign of life, beyond what it may, at the watchdog's last look.")
      .add(static_cast<double>(snapshot.watchdog.longest_silence.count()) / 1000);
  page.counter("ordersd_watchdog_looks_total", "How often the watchdog has looked at the threads.")
      .add(snapshot.watchdog.count);
  auto log = page.counter("ordersd_log_messages_total", "Messages logged, by level.");
  for (std::size_t level = 0; level < levels.size(); ++level) log.add(snapshot.log[level], {{"level", levels[level]}});
}

}  // namespace

void add_process(Page& page, const Snapshot& snapshot) {
  add_state(page, snapshot);
  add_trouble(page, snapshot);
  const auto& process = snapshot.process;
  page.counter("process_cpu_seconds_total", "Processor time, of user and system.").add(process.cpu_seconds);
  page.gauge("process_resident_memory_bytes", "Memory in RAM.").add(process.resident_bytes);
  page.gauge("process_virtual_memory_bytes", "Address space.").add(process.virtual_bytes);
  page.gauge("process_open_fds", "Open file descriptors.").add(process.open_fds);
  page.gauge("process_max_fds", "How many file descriptors may be open.").add(process.max_fds);
  page.gauge("process_start_time_seconds", "When the process started, since 1970.").add(process.started);
}

}  // namespace orders::metrics
