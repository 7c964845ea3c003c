#include "topology/status.h"

namespace orders::topology {

Fates& Fates::operator+=(const Fates& more) {
  read += more.read;
  joined += more.joined;
  unmatched += more.unmatched;
  late += more.late;
  duplicate += more.duplicate;
  invalid += more.invalid;
  skipped += more.skipped;
  results += more.results;
  refused += more.refused;
  letters_dropped += more.letters_dropped;
  carried += more.carried;
  return *this;
}

Latency& Latency::operator+=(const Latency& more) {
  recent += more.recent;
  total += more.total;
  return *this;
}

std::string_view to_string(WorkerStatus::State state) {
  switch (state) {
    case WorkerStatus::State::starting:
      return "starting";
    case WorkerStatus::State::rebalancing:
      return "rebalancing";
    case WorkerStatus::State::rebuilding:
      return "rebuilding";
    case WorkerStatus::State::running:
      return "running";
    case WorkerStatus::State::degraded:
      return "degraded";
    case WorkerStatus::State::stopped:
      return "stopped";
  }
  return "?";
}

std::string_view to_string(TaskStatus::State state) {
  switch (state) {
    case TaskStatus::State::rebuilding:
      return "rebuilding";
    case TaskStatus::State::running:
      return "running";
    case TaskStatus::State::stopped:
      return "stopped";
  }
  return "?";
}

}  // namespace orders::topology
