// A capture through the topology, in this process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "base/result.h"
#include "config/config.h"
#include "replay/capture.h"
#include "topology/status.h"

namespace orders::replay {

struct LocalReport {
  topology::Fates fates;
  std::uint64_t waiting_payments = 0, waiting_stock = 0;
  std::uint64_t dead_letters = 0;
  std::map<std::string, std::uint64_t> ignored;  ///< topic -> records: of this application, but no input
};

/// Feeds every record of the inputs, line by line, and gives what the topology would produce to `produced`, in order:
/// topic and partition of the results as they would be produced, dead letters with `any_partition`; offsets counted
/// from 0 for each topic and partition, as in topics that were empty. Records of orders, dead_letter and drained are
/// counted and passed over; one of any other topic is `invalid`, and so is an offset that does not rise. A missing
/// offset is the one behind the partition's last. `go_on` is asked before each line; false ends it as the file's end
/// would.
///
/// The same capture and settings give the same bytes on any machine: dead letters are dated as their records and name
/// `replay_instance`. `batch`: take the outputs after so many records; changes nothing.
[[nodiscard]] Result<LocalReport> replay_local(CaptureReader& capture, const config::Config& config,
                                               FunctionRef<Result<>(const Record&)> produced, FunctionRef<bool()> go_on,
                                               std::size_t batch = 1);

constexpr std::string_view replay_instance = "replay";

/// The first member in which `got` is not what was expected; empty: none. Offsets are not compared, and neither is the
/// partition where `got` leaves it to the producer.
[[nodiscard]] std::string_view first_difference(const Record& expected, const Record& got);

}  // namespace orders::replay
