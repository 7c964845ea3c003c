#include "replay/local.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "replay/driver.h"
#include "topology/task_options.h"

namespace orders::replay {
namespace {

topology::TaskOptions options_of(const config::Config& config) {
  auto options = topology::task_options(config);
  options.origin.instance_id = replay_instance;
  return options;
}

class LocalReplay {
 public:
  LocalReplay(CaptureReader& capture, const config::Config& config, FunctionRef<Result<>(const Record&)> produced)
      : capture_(capture), topics_(config.topics), produced_(produced), driver_(options_of(config)) {}

  Result<> read(FunctionRef<bool()> go_on, std::size_t batch) {
    for (std::size_t n = 1; go_on(); ++n) {
      auto record = capture_.next();
      if (!record) return fail(std::move(record.error()));
      if (!*record) return {};
      if (auto fed = feed(**std::move(record)); !fed) return fed;
      if (n % batch != 0) continue;
      if (auto taken = take(); !taken) return taken;
    }
    return {};
  }

  Result<> take() {
    for (auto& record : driver_.take()) {
      if (record.topic != topics_.orders) ++report_.dead_letters;
      record.offset = next_output_[{record.topic, record.partition}]++;
      if (auto given = produced_(record); !given) return given;
    }
    return {};
  }

  LocalReport report() {
    report_.fates = driver_.fates();
    report_.waiting_payments = driver_.waiting(Side::payment);
    report_.waiting_stock = driver_.waiting(Side::stock);
    return std::move(report_);
  }

 private:
  Result<> feed(Record record) {
    const auto side = side_of(record.topic);
    if (!side) return pass_over(record);
    if (record.partition < 0) {
      return fail(capture_.mistake("partition", fmt::format("a record of {} needs its partition", record.topic)));
    }
    if (auto placed = place(record); !placed) return placed;
    driver_.feed(*side, record);
    return {};
  }

  using Place = std::pair<std::string, std::int32_t>;

  [[nodiscard]] std::optional<Side> side_of(const std::string& topic) const {
    if (topic == topics_.payments) return Side::payment;
    if (topic == topics_.stock) return Side::stock;
    return std::nullopt;
  }

  Result<> pass_over(const Record& record) {
    const std::array ours{topics_.orders, topics_.dead_letter, topics_.drained};
    if (std::ranges::find(ours, record.topic) != ours.end()) {
      ++report_.ignored[record.topic];
      return {};
    }
    return fail(capture_.mistake(
        "topic", fmt::format("topic {} is neither {} nor {}", printable(record.topic), topics_.payments, topics_.stock),
        "the inputs' names come from topics.payments and topics.stock: give the configuration of the application that "
        "the capture is of, with --config or --set"));
  }

  Result<> place(Record& record) {
    auto& next = next_input_[{record.topic, record.partition}];
    if (record.offset == no_offset) record.offset = next;
    if (record.offset < next) {
      return fail(capture_.mistake(
          "offset",
          fmt::format("{}[{}] has had offset {} before: offsets rise", record.topic, record.partition, next - 1),
          "lines that were written by hand may leave the offset out"));
    }
    if (record.offset == std::numeric_limits<std::int64_t>::max()) {
      return fail(capture_.mistake("offset", "there is no offset behind this one"));
    }
    next = record.offset + 1;
    return {};
  }

  CaptureReader& capture_;
  const config::Topics& topics_;
  FunctionRef<Result<>(const Record&)> produced_;
  Driver driver_;
  LocalReport report_;
  std::map<Place, std::int64_t> next_input_, next_output_;
};

}  // namespace

Result<LocalReport> replay_local(CaptureReader& capture, const config::Config& config,
                                 FunctionRef<Result<>(const Record&)> produced, FunctionRef<bool()> go_on,
                                 std::size_t batch) {
  LocalReplay replay(capture, config, produced);
  const auto read = replay.read(go_on, batch);
  // What came before a bad line is given out too, whatever the batch.
  if (auto taken = replay.take(); !taken) return fail(std::move(taken.error()));
  if (!read) return fail(read.error());
  return replay.report();
}

std::string_view first_difference(const Record& expected, const Record& got) {
  if (expected.topic != got.topic) return "topic";
  if (expected.partition != got.partition && got.partition != any_partition) return "partition";
  if (expected.timestamp != got.timestamp) return "timestamp";
  if (expected.key != got.key) return "key";
  if (expected.value != got.value) return "value";
  if (expected.headers != got.headers) return "headers";
  return {};
}

}  // namespace orders::replay
