#include "kafka/producer.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "base/heartbeat.h"
#include "kafka/advice.h"
#include "kafka/client.h"

namespace orders::kafka {
namespace {

/// How long a full queue may stay full: the broker is away.
constexpr std::chrono::seconds queue_patience{4};
constexpr std::size_t serve_every = 1'000;  ///< records: those that were delivered meanwhile are let go of

/// Whether its bytes stay where they are when the string is moved. Those of a short one may lie in the object.
bool can_be_lent(const std::optional<std::string>& text) { return text && text->size() >= sizeof *text; }

/// One try to queue the record, whose report will bear `number`. `headers` belong to the message when it succeeds.
rd_kafka_error_t* enqueue(rd_kafka_t* client, rd_kafka_topic_t* topic, const OutputRecord& record,
                          rd_kafka_headers_t* headers, std::size_t number, bool lent_values) {
  std::array<rd_kafka_vu_t, 8> parts{};
  std::size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> auto& {
    parts[count].vtype = type;
    return parts[count++].u;
  };
  add(RD_KAFKA_VTYPE_RKT).rkt = topic;
  add(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition < 0 ? RD_KAFKA_PARTITION_UA : record.partition;
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = lent_values && can_be_lent(record.value) ? 0 : RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_OPAQUE).ptr = reinterpret_cast<void*>(number);
  const auto bytes = [&](rd_kafka_vtype_t type, const std::optional<std::string>& text) {
    auto& part = add(type);
    part.mem.ptr = text ? const_cast<char*>(text->data()) : nullptr;  // only read
    part.mem.size = text ? text->size() : 0;
  };
  bytes(RD_KAFKA_VTYPE_KEY, record.key);
  bytes(RD_KAFKA_VTYPE_VALUE, record.value);
  if (record.timestamp) add(RD_KAFKA_VTYPE_TIMESTAMP).i64 = to_millis(*record.timestamp);
  if (headers != nullptr) add(RD_KAFKA_VTYPE_HEADERS).headers = headers;
  return rd_kafka_produceva(client, parts.data(), count);
}

/// Of a transactional call that did not end well.
ErrorClass classify_transactional(const rd_kafka_error_t* error) {
  if (classify(rd_kafka_error_code(error)) == ErrorClass::fenced) return ErrorClass::fenced;
  if (rd_kafka_error_is_fatal(error)) return ErrorClass::recreate;
  if (rd_kafka_error_txn_requires_abort(error)) return ErrorClass::abort;
  if (rd_kafka_error_is_retriable(error)) return ErrorClass::wait;
  return ErrorClass::recreate;
}

}  // namespace

struct TransactionalProducer::Impl {
  ClientContext context;
  rd_kafka_t* client = nullptr;
  std::string transactional_id;
  std::map<std::string, Topic, std::less<>> topics;
  bool deliveries_wanted = false;
  bool lent_values = false;
  // Of the transaction begun last.
  std::size_t produced = 0;
  std::vector<Delivery*> deliveries;
  std::vector<Refusal> refused;
  std::optional<Error> undelivered;  ///< why the first other record was not taken

  ~Impl() {
    topics.clear();
    deliveries.clear();  // who asked for them may be gone
    if (client == nullptr) return;
    const heartbeat::Wait wait("closing a producer", closing_time);
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_poll(client, 0);
    rd_kafka_destroy(client);
  }

  /// Called by the calls that wait, on their thread. Any failed delivery fails the commit, too.
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<Impl*>(static_cast<ClientContext*>(opaque)->owner);
    const auto number = reinterpret_cast<std::size_t>(message->_private);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      self.not_delivered(*message, number);
    } else if (number < self.deliveries.size() && self.deliveries[number] != nullptr) {
      *self.deliveries[number] = {message->partition, message->offset};
    }
  }

  void not_delivered(const rd_kafka_message_t& message, std::size_t number) {
    const auto error_class = classify(message.err);
    if (error_class == ErrorClass::record) {
      refused.push_back({number, rd_kafka_err2str(message.err)});
    } else if (!undelivered && message.err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
               message.err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
      undelivered = Error{error_class,
                          fmt::format("{}: {}", rd_kafka_topic_name(message.rkt), rd_kafka_err2str(message.err)),
                          permission_advice(message.err)};
    }
  }

  rd_kafka_topic_t* topic(const std::string& name) {
    auto& topic = topics[name];
    if (topic == nullptr) topic.reset(rd_kafka_topic_new(client, name.c_str(), nullptr));
    return topic.get();
  }

  Result<> check(rd_kafka_error_t* raw, std::string_view what) const {
    const RdError error(raw);
    if (error == nullptr) return {};
    const auto code = rd_kafka_error_code(error.get());
    Error failed{classify_transactional(error.get()),
                 fmt::format("{} ({}): {}", what, transactional_id, rd_kafka_error_string(error.get())),
                 permission_advice(code)};
    explain(failed, code);
    return fail(std::move(failed));
  }

  /// Adds what the code does not tell: why there was no answer, which topic is closed to us.
  void explain(Error& failed, rd_kafka_resp_err_t code) const {
    const auto last = context.last_failure();
    const bool tells = is_denied(code) ? last.find("authorization failed") != std::string::npos : !last.empty();
    if (tells && (code == RD_KAFKA_RESP_ERR__TIMED_OUT || is_denied(code))) {
      failed.message += fmt::format(" ({})", last);
      if (failed.hint.empty()) failed.hint = connection_advice(last);
    }
    if (code == RD_KAFKA_RESP_ERR__INCONSISTENT && undelivered) {
      failed.message += fmt::format(" ({})", undelivered->message);
      failed.hint = undelivered->hint;
    }
  }
};

TransactionalProducer::TransactionalProducer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TransactionalProducer::TransactionalProducer(TransactionalProducer&&) noexcept = default;
TransactionalProducer& TransactionalProducer::operator=(TransactionalProducer&&) noexcept = default;
TransactionalProducer::~TransactionalProducer() = default;

Result<TransactionalProducer> TransactionalProducer::create(const Connection& connection,
                                                            const ProducerOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->transactional_id = options.transactional_id;
  impl->deliveries_wanted = options.deliveries;
  impl->lent_values = options.lent_values;
  impl->context.owner = impl.get();
  ClientConfig config(connection, impl->context);
  config.set("transactional.id", options.transactional_id);
  config.set("transaction.timeout.ms", std::to_string(options.transaction_timeout.count()));
  config.set("partitioner", "murmur2_random");
  // AddOffsetsToTxn meets CONCURRENT_TRANSACTIONS in a commit of six; at the default of 100 ms that is the latency's
  // tail.
  config.set("retry.backoff.ms", "5");
  // 2.0.2 sends one request at a time to a partition, and while one is on its way it looks without a pause for messages
  // that have waited longer than this: 12,000 empty polls a second in a backlog at 5 ms. A commit sends at once.
  config.set("linger.ms", "50");
  config.set("compression.codec", "lz4");
  config.set("message.max.bytes", "67108864");  // the topics' own limits count, and limits.record is below this
  config.set("queue.buffering.max.kbytes", "131072");
  config.set("queue.buffering.max.messages", "1000000");
  // Of every record, though only failures are of interest: a commit begins with waiting for them all, and unless a
  // report wakes it that looks every 10 ms only. (With reports of failures alone: 18 ms for a commit instead of 8.)
  rd_kafka_conf_set_dr_msg_cb(config.conf(), Impl::on_delivery);
  auto client = config.make(RD_KAFKA_PRODUCER);
  if (!client) return fail(client.error());
  impl->client = *client;
  return TransactionalProducer(std::move(impl));
}

Result<> TransactionalProducer::init(Milliseconds timeout) {
  const heartbeat::Wait wait("initialising transactions", timeout);
  return impl_->check(rd_kafka_init_transactions(impl_->client, to_timeout(timeout)), "initialising transactions");
}

void TransactionalProducer::warm(std::span<const std::string> topics, Milliseconds timeout) {
  for (const auto& name : topics) {
    (void)ask_metadata(impl_->client, impl_->topic(name), timeout, "warming", impl_->context);
  }
}

Result<Transaction> TransactionalProducer::begin() {
  if (auto begun = impl_->check(rd_kafka_begin_transaction(impl_->client), "beginning a transaction"); !begun) {
    return fail(begun.error());
  }
  impl_->produced = 0;
  impl_->deliveries.clear();
  impl_->refused.clear();
  impl_->undelivered.reset();
  return Transaction(impl_.get());
}

const std::vector<Refusal>& TransactionalProducer::refused() const { return impl_->refused; }

Transaction::Transaction(Transaction&& other) noexcept : producer_(std::exchange(other.producer_, nullptr)) {}

Transaction::~Transaction() {
  if (producer_ != nullptr) (void)abort(Milliseconds{2'000});
}

Result<> Transaction::produce(const OutputRecord& record, Delivery* delivery) {
  rd_kafka_headers_t* headers = record.headers.empty() ? nullptr : rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (;;) {
    const RdError error(enqueue(producer_->client, producer_->topic(record.topic), record, headers, producer_->produced,
                                producer_->lent_values));
    if (error == nullptr) {
      ++producer_->produced;
      if (producer_->deliveries_wanted) producer_->deliveries.push_back(delivery);
      if (producer_->produced % serve_every == 0) rd_kafka_poll(producer_->client, 0);
      return {};
    }
    const auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      const auto now = std::chrono::steady_clock::now();
      if (!deadline) deadline = now + queue_patience;
      if (now < *deadline) {
        heartbeat::beat("waiting for room in the producer's queue");
        rd_kafka_poll(producer_->client, 10);
        continue;
      }
    }
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    const auto what = fmt::format("producing to {} ({})", record.topic, producer_->transactional_id);
    if (classify(code) == ErrorClass::record) return failure(code, what);
    return fail(rd_kafka_error_is_fatal(error.get()) ? ErrorClass::recreate : ErrorClass::abort,
                fmt::format("{}: {}", what, rd_kafka_error_string(error.get())), permission_advice(code));
  }
}

Result<> Transaction::flush(Milliseconds timeout) {
  const heartbeat::Wait wait("sending what is queued", timeout);
  const auto code = rd_kafka_flush(producer_->client, to_timeout(timeout));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return failure(code, fmt::format("sending what is queued ({})", producer_->transactional_id), &producer_->context);
}

Result<> Transaction::send_offsets(std::span<const PartitionOffset> offsets, const Consumer& consumer,
                                   Milliseconds timeout) {
  const heartbeat::Wait wait("sending offsets", timeout);
  const auto list = to_list(offsets);
  const GroupMetadata group(rd_kafka_consumer_group_metadata(consumer.handle()));
  return producer_->check(
      rd_kafka_send_offsets_to_transaction(producer_->client, list.get(), group.get(), to_timeout(timeout)),
      "sending offsets");
}

Result<> Transaction::commit(Milliseconds timeout) {
  const heartbeat::Wait wait("committing a transaction", timeout);
  auto committed =
      producer_->check(rd_kafka_commit_transaction(producer_->client, to_timeout(timeout)), "committing a transaction");
  if (committed) {
    producer_ = nullptr;
  } else if (committed.error().error_class != ErrorClass::abort) {
    producer_ = nullptr;  // not ours to abort any more: the outcome is unknown, or the producer is lost
    if (committed.error().error_class == ErrorClass::wait) committed.error().error_class = ErrorClass::recreate;
  }
  return committed;
}

Result<> Transaction::abort(Milliseconds timeout) {
  const heartbeat::Wait wait("aborting a transaction", timeout);
  auto* producer = std::exchange(producer_, nullptr);
  auto aborted =
      producer->check(rd_kafka_abort_transaction(producer->client, to_timeout(timeout)), "aborting a transaction");
  if (!aborted && aborted.error().error_class != ErrorClass::fenced) aborted.error().error_class = ErrorClass::recreate;
  return aborted;
}

}  // namespace orders::kafka
