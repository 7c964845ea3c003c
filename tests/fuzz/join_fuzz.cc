// Records of any kind through the whole join, from a capture: every one has one fate, results are valid, and the same
// comes out whatever the batches.
#include <array>
#include <sstream>

#include "base/log.h"
#include "check.h"
#include "order/document.h"
#include "replay/local.h"

namespace orders::replay {
namespace {

struct Replayed {
  std::string out;
  std::string problem;
  LocalReport report;
};

void check_output(const Record& record, const config::Config& config) {
  if (record.topic == config.topics.dead_letter) return;
  FUZZ_CHECK(record.topic == config.topics.orders && record.key && record.value);
  const auto result = order::Parser().parse_answer(*record.value);
  FUZZ_CHECK(result && order::encode_key(result->order_id, config.topics.key_format) == *record.key);
  const bool is_final = result->status == order::Status::confirmed || result->status == order::Status::rejected ||
                        result->status == order::Status::rollback;
  FUZZ_CHECK(is_final || config.join.unknown_status == config::UnknownStatus::pass);
}

Replayed replay_text(const std::string& text, const config::Config& config, std::size_t batch) {
  std::istringstream in(text);
  CaptureReader capture(in, "capture.ndjson", config.topics.key_format);
  Replayed replayed;
  auto report = replay_local(
      capture, config,
      [&](const Record& record) -> Result<> {
        check_output(record, config);
        append_line(replayed.out, record, config.topics.key_format);
        return {};
      },
      [] { return true; }, batch);
  if (report) {
    replayed.report = *std::move(report);
  } else {
    replayed.problem = report.error().text();
  }
  return replayed;
}

void check(const std::string& text, const config::Config& config) {
  const auto replayed = replay_text(text, config, 1);
  const auto in_batches = replay_text(text, config, 3);
  FUZZ_CHECK(replayed.out == in_batches.out && replayed.problem == in_batches.problem);
  FUZZ_CHECK(fuzz::can_be_shown(replayed.problem));
  const auto& fates = replayed.report.fates;
  FUZZ_CHECK(fates.read == fates.joined + fates.unmatched + fates.late + fates.duplicate + fates.invalid +
                               fates.skipped + replayed.report.waiting_payments + replayed.report.waiting_stock);
}

config::Config lopsided() {
  config::Config config;
  config.topics.key_format = config::KeyFormat::string;
  config.join.before = Milliseconds{0};
  config.join.after = Milliseconds{5'000};
  config.join.grace = Milliseconds{1};
  config.join.duplicates = config::Duplicates::suppress;
  config.join.unknown_status = config::UnknownStatus::pass;
  return config;
}

}  // namespace
}  // namespace orders::replay

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  spdlog::set_level(spdlog::level::off);
  const std::string text(orders::fuzz::text_of(data, size));
  static const std::array configs{orders::config::Config{}, orders::replay::lopsided()};
  for (const auto& config : configs) orders::replay::check(text, config);
  return 0;
}
