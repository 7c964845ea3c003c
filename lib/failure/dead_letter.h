// What becomes a dead letter, and its headers (wire contract).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/record.h"
#include "kafka/types.h"

namespace orders::failure {

/// The reasons, as they stand in the header `orders-reason` and in the metrics.
enum class Reason : std::uint8_t {
  invalid_key,
  invalid_value,
  key_mismatch,
  invalid_status,
  invalid_timestamp,
  too_large,
  late,
  unmatched,
  database_refused,
  missing_order,
  invalid_result,
  broker_refused,
};
[[nodiscard]] std::string_view to_string(Reason reason);
/// Dead letters by reason, in the order of the enumeration.
using LetterCounts = std::array<std::uint64_t, 12>;
inline void count(LetterCounts& counts, Reason reason) { ++counts[static_cast<std::size_t>(reason)]; }
inline void add(LetterCounts& counts, const LetterCounts& more) {
  for (std::size_t reason = 0; reason < counts.size(); ++reason) counts[reason] += more[reason];
}
/// Of every reason, as to_string() gives it.
[[nodiscard]] std::vector<std::string_view> reason_names();
/// What stands in `kafka_dlt-exception-fqcn`: "orders.failure.Late" and so on, one stable name for each reason.
[[nodiscard]] std::string_view exception_name(Reason reason);

/// Where a dead letter comes from. `origin` is "join", "table" or "database".
struct Origin {
  std::string application_id;
  std::string instance_id;
  std::string origin;
};

/// What is known of the record that could not be processed. The views may point into a consumed record.
struct Rejected {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::string_view timestamp_type = "CreateTime";
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<kafka::Header>
      headers;  ///< the record's own; an earlier dead letter's `kafka_dlt-*` and ours are replaced
};

/// Key, value and headers unchanged, then `kafka_dlt-*` with Spring Kafka's names and encodings, then ours
/// (orders-reason, orders-attempt, orders-application, orders-instance, orders-origin, orders-time). `now` is also the
/// dead letter's timestamp.
[[nodiscard]] kafka::OutputRecord dead_letter(const std::string& topic, Rejected rejected, Reason reason,
                                              std::string_view message, const Origin& origin, Timestamp now);

/// What a dead letter's headers say of the record that it is of; Spring Kafka's have no application, reason, origin.
struct LetterHeaders {
  std::string application, origin, reason, message;
  std::string topic;  ///< empty: the headers do not say which record it was
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  std::optional<Timestamp> timestamp;  ///< of the record, if known
  std::int64_t attempt = 1;            ///< how often it has become a dead letter
  bool value_left_out = false;
};
/// The newest of each name counts, as for who reads Spring Kafka's. Topic, partition and offset are there together or
/// not at all.
[[nodiscard]] LetterHeaders read_headers(const std::vector<kafka::Header>& headers);
/// As the record goes back: its own headers, and `orders-attempt` of ours, so that dead_letter() counts on from there.
[[nodiscard]] std::vector<kafka::Header> headers_to_redrive(std::vector<kafka::Header> headers);

/// For a topic that does not take the letter as it is: without its value, and with what is left out in the header
/// `orders-value-left-out`.
void leave_value_out(kafka::OutputRecord& letter);
/// "payment-orders[3]@1042": the record that the letter is of, by its headers.
[[nodiscard]] std::string original_of(const kafka::OutputRecord& letter);

}  // namespace orders::failure
