#include "topology/status.h"

namespace orders::topology {

RecordFates& RecordFates::operator+=(const RecordFates& more) {
  read += more.read;
  joined += more.joined;
  unmatched += more.unmatched;
  late += more.late;
  duplicate += more.duplicate;
  invalid += more.invalid;
  skipped += more.skipped;
  carried += more.carried;
  return *this;
}

Fates& Fates::operator+=(const Fates& more) {
  RecordFates::operator+=(more);
  results += more.results;
  refused += more.refused;
  letters_dropped += more.letters_dropped;
  for (std::size_t side = 0; side < sides.size(); ++side) sides[side] += more.sides[side];
  return *this;
}

void Fates::add_up() {
  RecordFates& both = *this;
  both = sides[0];
  both += sides[1];
}

Totals& Totals::operator+=(const Totals& more) {
  fates += more.fates;
  for (std::size_t side = 0; side < lateness.size(); ++side) lateness[side] += more.lateness[side];
  failure::add(letters, more.letters);
  transactions += more.transactions;
  commits += more.commits;
  retries += more.retries;
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
