#include "dlq/route.h"

#include <fmt/format.h>

namespace orders::dlq {
namespace {

Route held(std::string why) { return {Way::held, {}, std::move(why)}; }

}  // namespace

Router::Router(const config::Config& config, Options options)
    : application_(config.application_id),
      orders_(config.topics.orders),
      redrives_(config.limits.redrives),
      embedded_(config.database.backend == config::DatabaseBackend::embedded),
      options_(std::move(options)) {}

Route Router::route(const Letter& letter) const {
  const auto& of = letter.of;
  if (!of.application.empty() && of.application != application_)
    return held(fmt::format("of application {}", of.application));
  if (!options_.to_file.empty()) return {Way::file, options_.to_file, {}};
  // A letter of attempt n was redriven n - 1 times.
  if (of.attempt > redrives_)
    return held(fmt::format("came back too often: limits.redrives is {}", redrives_));
  if (of.value_left_out) return held("without its value, which the broker had refused; the record stands where it was");
  if (!options_.to_topic.empty()) return to_topic(options_.to_topic);
  if (of.topic.empty()) return held("does not say where it came from (--to-topic, --to-file)");
  if (of.origin == "database") return to_database(letter);
  if (of.topic == orders_) return held(fmt::format("of {}, where only results go (--to-topic, --to-file)", orders_));
  return to_topic(of.topic);
}

Route Router::to_topic(const std::string& name) const {
  if (!options_.topics.contains(name)) return held(fmt::format("topic {} is not there, or not for us to see", name));
  return {Way::topic, name, {}};
}

Route Router::to_database(const Letter& letter) const {
  if (letter.of.topic != orders_)
    return held(fmt::format("of the database view of {}, not of {}", letter.of.topic, orders_));
  if (!options_.has_database) {
    return held(embedded_ ? "of the embedded database, which only ordersd can write (--to-file)"
                          : "of the database view, and database.backend is none (--to-file)");
  }
  return {Way::database, "database", {}};
}

kafka::OutputRecord redriven(const Letter& letter, const std::string& topic, Timestamp now) {
  const bool dated_anew = letter.missed_its_partner() || !letter.of.timestamp || *letter.of.timestamp < Timestamp{};
  kafka::OutputRecord record;
  record.topic = topic;
  record.key = letter.key;
  record.value = letter.value;
  record.headers = failure::headers_to_redrive(letter.headers);
  record.timestamp = dated_anew ? now : *letter.of.timestamp;
  return record;
}

}  // namespace orders::dlq
