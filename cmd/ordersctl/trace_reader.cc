#include "ordersctl/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/bytes.h"
#include "base/json.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "kafka/partitioner.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/topic_scan.h"
#include "state/commits.h"

namespace orders::ctl {
namespace {

using Kind = TracedRecord::Kind;

constexpr Milliseconds longest_answer{10'000};

Milliseconds ask_time(const TraceRequest& request) { return std::min(longest_answer, request.timeout); }

/// The last header of that name.
std::optional<std::string_view> header(const std::vector<kafka::HeaderView>& headers, std::string_view name) {
  const auto found = std::ranges::find(headers.rbegin(), headers.rend(), name, &kafka::HeaderView::name);
  return found == headers.rend() ? std::nullopt : found->value;
}

/// "payment-orders[3]@17", by Spring's headers, which the service that this replaces writes, too.
std::string original_of(const std::vector<kafka::HeaderView>& headers) {
  const auto topic = header(headers, "kafka_dlt-original-topic");
  const auto partition = header(headers, "kafka_dlt-original-partition");
  const auto offset = header(headers, "kafka_dlt-original-offset");
  if (!topic || !partition || partition->size() != 4 || !offset || offset->size() != 8) return {};
  return fmt::format("{}[{}]@{}", *topic, load_be32(partition->data()), load_be64(offset->data()));
}

class TraceReader {
 public:
  TraceReader(kafka::Consumer consumer, const config::Config& config, const TraceRequest& request, Timestamp since,
              OrderTrace& trace)
      : consumer_(std::move(consumer)),
        config_(config),
        request_(request),
        since_(since),
        key_(order::encode_key(request.id, config.topics.key_format)),
        trace_(trace),
        until_(std::chrono::steady_clock::now() + request.timeout) {}

  Result<> find_partitions(const kafka::Connection& connection) {
    const auto& topics = config_.topics;
    auto admin = kafka::Admin::create(connection);
    if (!admin) return fail(std::move(admin.error()));
    const std::vector<std::string> names = {topics.payments, topics.stock, topics.orders, topics.dead_letter};
    auto found = admin->topics(names, ask_time(request_));
    if (!found) return fail(std::move(found.error()));
    for (const auto& topic : *found) {
      if (topic.partitions == 0) {
        return fail(ErrorClass::invalid, fmt::format("topic {} is not there", topic.name), "ordersctl topics create");
      }
      counts_[topic.name] = topic.partitions;
    }
    return {};
  }

  /// The answers first: they tell where the result is.
  Result<> read() {
    auto inputs = where_of({config_.topics.payments, config_.topics.stock});
    if (auto done = read(inputs, "offsets of the inputs"); !done) return done;
    auto rest = where_of({config_.topics.orders, config_.topics.dead_letter});
    for (const auto kind : {Kind::payment, Kind::stock}) {
      for (const auto& answer : trace_.records.of(kind)) {
        if (answer.at.partition < counts_[config_.topics.orders]) {
          rest.insert({config_.topics.orders, answer.at.partition});
        }
      }
    }
    return read(rest, "offsets of orders and dead letters");
  }

 private:
  using Partitions = std::set<kafka::TopicPartition>;

  [[nodiscard]] Partitions where_of(const std::vector<std::string>& topics) {
    Partitions partitions;
    for (const auto& topic : topics) {
      const auto count = counts_[topic];
      if (!request_.all_partitions) {
        partitions.insert({topic, kafka::partition_of_key(key_, count)});
        continue;
      }
      for (std::int32_t partition = 0; partition < count; ++partition) partitions.insert({topic, partition});
    }
    return partitions;
  }

  Result<> read(const Partitions& partitions, std::string what) {
    auto ranges = ranges_since(consumer_, {partitions.begin(), partitions.end()}, since_, ask_time(request_));
    if (!ranges) return fail(std::move(ranges.error()));
    const auto left = std::chrono::duration_cast<Milliseconds>(until_ - std::chrono::steady_clock::now());
    return scan(consumer_, *ranges, {std::move(what), left, request_.quiet},
                [this](const kafka::Record& record) {
                  if (record.key() == key_) trace_.records.add(traced(record));
                });
  }

  [[nodiscard]] Kind kind_of(std::string_view topic, std::string_view status) const {
    if (topic == config_.topics.payments) return Kind::payment;
    if (topic == config_.topics.stock) return Kind::stock;
    if (topic == config_.topics.dead_letter) return Kind::dead_letter;
    return status == "NEW" ? Kind::announced : Kind::result;
  }

  [[nodiscard]] TracedRecord traced(const kafka::Record& record) const {
    TracedRecord found;
    found.at = {std::string(record.topic()), record.partition()};
    found.offset = record.offset();
    found.time = record.timestamp();
    const auto value = record.value().value_or("");
    if (is_json(value)) {
      found.status = raw_json::text(value, "status");
      found.source = raw_json::text(value, "source");
    }
    found.kind = kind_of(record.topic(), found.status);
    if (found.kind == Kind::dead_letter) add_letter(found, record.headers());
    return found;
  }

  static void add_letter(TracedRecord& found, const std::vector<kafka::HeaderView>& headers) {
    found.reason = header(headers, "orders-reason").value_or(header(headers, "kafka_dlt-exception-fqcn").value_or("?"));
    found.message = header(headers, "kafka_dlt-exception-message").value_or("");
    found.origin = header(headers, "orders-origin").value_or("");
    found.original = original_of(headers);
  }

  kafka::Consumer consumer_;
  const config::Config& config_;
  const TraceRequest& request_;
  const Timestamp since_;
  const std::string key_;
  OrderTrace& trace_;
  const std::chrono::steady_clock::time_point until_;
  std::map<std::string, std::int32_t> counts_;
};

/// Of the partitions where answers were found: of both inputs, since one's time tells how long the other waits.
Result<> add_join(const kafka::Connection& connection, const config::Config& config, const TraceRequest& request,
                  OrderTrace& trace) {
  std::set<kafka::TopicPartition> wanted;
  for (const auto kind : {Kind::payment, Kind::stock}) {
    for (const auto& answer : trace.records.of(kind)) {
      wanted.insert({config.topics.payments, answer.at.partition});
      wanted.insert({config.topics.stock, answer.at.partition});
    }
  }
  if (wanted.empty()) return {};
  kafka::ConsumerOptions options;
  options.group_id = config.application_id;
  options.read_committed = false;  // as of now, whatever transaction is under way
  auto consumer = kafka::Consumer::create(connection, options);
  if (!consumer) return fail(std::move(consumer.error()));
  auto commits = state::join_commits(*consumer, {wanted.begin(), wanted.end()}, ask_time(request));
  if (!commits) return fail(std::move(commits.error()));
  for (const auto& commit : *commits) trace.join[commit.at] = {commit.next_offset, commit.stream_time};
  return {};
}

}  // namespace

Result<> read_trace(const kafka::Connection& connection, const config::Config& config, const TraceRequest& request,
                    OrderTrace& trace) {
  auto consumer = kafka::Consumer::create(connection, {});
  if (!consumer) return fail(std::move(consumer.error()));
  // The embedded broker finds nothing by time.
  const auto since = connection.embedded ? from_millis(kafka::offset_beginning) : request.since;
  TraceReader reader(*std::move(consumer), config, request, since, trace);
  if (auto found = reader.find_partitions(connection); !found) return found;
  if (auto done = reader.read(); !done) return done;
  return add_join(connection, config, request, trace);
}

}  // namespace orders::ctl
