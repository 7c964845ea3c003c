#include "kafka/consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/heartbeat.h"
#include "base/prefetch.h"
#include "kafka/advice.h"
#include "kafka/client.h"

namespace orders::kafka {
namespace {

std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_t& list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list.cnt; ++i) partitions.push_back({list.elems[i].topic, list.elems[i].partition});
  std::ranges::sort(partitions);
  return partitions;
}

/// Errors of the connection, and no error at all: they end by themselves and are told elsewhere.
bool is_passing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__PARTITION_EOF || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
         code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE ||
         code == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

constexpr std::chrono::milliseconds group_pace{50};

constexpr std::size_t most_headers = 64;  ///< bytes of them to be fetched with the value
constexpr std::size_t message_size = 192;  ///< as librdkafka keeps it: what it needs itself stands behind what it shows

/// Messages taken from a queue many at a time: a call for each costs more than what it returns. They were written by
/// another thread, on another core: what comes next is fetched into the cache while the one before is worked on.
class Messages {
 public:
  Messages() = default;
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;
  ~Messages() { clear(); }

  /// The queue's next one, which is the caller's; nullptr when there is none. Never blocks.
  rd_kafka_message_t* take(rd_kafka_queue_t* queue) {
    if (next_ == size_) {
      const auto taken = rd_kafka_consume_batch_queue(queue, 0, all_.data(), all_.size());
      next_ = 0;
      size_ = taken > 0 ? static_cast<std::size_t>(taken) : 0;
    }
    if (next_ == size_) return nullptr;
    look_ahead();
    return all_[next_++];
  }
  /// What take() returns next, where that is known already.
  [[nodiscard]] const rd_kafka_message_t* coming() const { return next_ < size_ ? all_[next_] : nullptr; }
  void clear() {
    while (next_ < size_) rd_kafka_message_destroy(all_[next_++]);
  }

 private:
  void look_ahead() const {
    if (next_ + 3 < size_) prefetch(all_[next_ + 3], message_size);
    if (next_ + 2 >= size_) return;
    const auto& next = *all_[next_ + 2];
    // The key stands before the value, the headers behind it.
    if (next.payload != nullptr) prefetch(next.payload, next.len + most_headers);
    if (next.key != nullptr) prefetch(next.key, 1);
  }

  std::array<rd_kafka_message_t*, 128> all_{};
  std::size_t next_ = 0, size_ = 0;
};

/// Has librdkafka write to the wakeup's descriptor whenever the queue becomes non-empty.
void notify_from(rd_kafka_queue_t* queue, Wakeup& wakeup) {
  static constexpr std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue, wakeup.fd(), &one, sizeof one);
}

}  // namespace

struct PartitionQueue::Impl {
  Queue queue;
  const ClientContext* context;
  TopicPartition at;
  Messages messages;  // after `queue`: gone before it
};

PartitionQueue::PartitionQueue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartitionQueue::PartitionQueue(PartitionQueue&&) noexcept = default;
PartitionQueue& PartitionQueue::operator=(PartitionQueue&&) noexcept = default;
PartitionQueue::~PartitionQueue() {
  if (impl_ != nullptr) rd_kafka_queue_io_event_enable(impl_->queue.get(), -1, nullptr, 0);
}

Result<PartitionQueue::Next> PartitionQueue::next() {
  rd_kafka_message_t* message = impl_->messages.take(impl_->queue.get());
  if (message == nullptr) return Next{};
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return Next{Kind::record, Record(message), 0};
  const Record owned(message);
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return Next{Kind::end_of_partition, Record(), message->offset};
  return failure(message->err, fmt::format("reading {}: {}", impl_->at.text(), rd_kafka_message_errstr(message)),
                 impl_->context);
}

std::optional<std::string_view> PartitionQueue::coming_key() const {
  const auto* message = impl_->messages.coming();
  if (message == nullptr || message->key == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(message->key), message->key_len);
}

struct Consumer::Impl {
  ClientContext context;
  rd_kafka_t* client = nullptr;
  Queue group_queue;
  Messages messages;  ///< of poll()
  RebalanceListener* listener = nullptr;
  std::exception_ptr thrown;  ///< by the listener
  Wakeup* wakeup = nullptr;
  bool in_group = false;
  std::vector<PartitionOffset> at_end;
  std::optional<Error> group_trouble;
  std::chrono::steady_clock::time_point paced;

  ~Impl() {
    const heartbeat::Wait wait("closing a consumer", closing_time);
    messages.clear();
    group_queue.reset();
    // No close: it would wait for the group. Who wants to leave it calls leave() first.
    if (client != nullptr) rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }

  /// No exception may pass through librdkafka: it goes on in poll_group().
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                           void* opaque) {
    auto& self = *static_cast<Impl*>(static_cast<ClientContext*>(opaque)->owner);
    try {
      if (self.rebalance(code, *list)) return;
    } catch (...) {
      self.thrown = std::current_exception();
    }
    rd_kafka_assign(client, nullptr);
  }

  /// Whether partitions have been assigned.
  bool rebalance(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t& list) {
    group_trouble.reset();
    if (listener == nullptr) return false;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      listener->assigned(to_partitions(list));
      return true;
    }
    if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
      listener->revoked(to_partitions(list), rd_kafka_assignment_lost(client) != 0);
    }
    return false;
  }

  void rethrow() {
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
  }

  /// librdkafka's main thread looks after the group only when something wakes it, which may be every half a second:
  /// heartbeats are late then, so that a rebalance is heard of late and the others wait, and a join that met another
  /// rebalance on its way begins anew up to two seconds later. This question wakes it.
  void keep_pace() {
    const auto now = std::chrono::steady_clock::now();
    if (listener == nullptr || now - paced < group_pace) return;
    paced = now;
    const GroupMetadata woken(rd_kafka_consumer_group_metadata(client));
  }
};

Consumer::Consumer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Consumer::Consumer(Consumer&&) noexcept = default;
Consumer& Consumer::operator=(Consumer&&) noexcept = default;
Consumer::~Consumer() = default;

Result<Consumer> Consumer::create(const Connection& connection, const ConsumerOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->context.owner = impl.get();
  ClientConfig config(connection, impl->context);
  const bool in_group = impl->in_group = !options.group_id.empty();
  // librdkafka wants a group's name even where partitions are assigned by hand; nothing joins it.
  config.set("group.id", in_group ? options.group_id : connection.client_id + "-assigned");
  if (!options.group_instance_id.empty()) config.set("group.instance.id", options.group_instance_id);
  // A member hears of a rebalance by the answer to its heartbeat: until then the others wait. Measured: at 500 ms a
  // backlog of ten seconds is begun half a second later by two threads.
  const auto session = options.session_timeout.count();
  config.set("session.timeout.ms", std::to_string(session));
  config.set("max.poll.interval.ms", std::to_string(std::max(options.session_timeout, options.poll_timeout).count()));
  config.set("heartbeat.interval.ms", std::to_string(std::clamp<std::int64_t>(session / 20, 50, 100)));
  config.set("partition.assignment.strategy", "range");
  config.set("enable.auto.commit", "false");
  config.set("enable.auto.offset.store", "false");
  config.set("auto.offset.reset", "error");
  config.set("enable.partition.eof", "true");
  config.set("isolation.level", options.read_committed ? "read_committed" : "read_uncommitted");
  config.set("socket.timeout.ms", request_timeout);
  config.set("fetch.wait.max.ms", "10");
  config.set("queued.min.messages", "1000000");  // the bytes are the limit
  config.set("queued.max.messages.kbytes", std::to_string(options.queue_kib));
  config.set("fetch.message.max.bytes", "524288");
  rd_kafka_conf_set_rebalance_cb(config.conf(), Impl::on_rebalance);

  auto client = config.make(RD_KAFKA_CONSUMER);
  if (!client) return fail(client.error());
  impl->client = *client;
  rd_kafka_poll_set_consumer(impl->client);
  impl->group_queue.reset(rd_kafka_queue_get_consumer(impl->client));
  return Consumer(std::move(impl));
}

Result<> Consumer::subscribe(const std::vector<std::string>& topics, RebalanceListener& listener) {
  impl_->listener = &listener;
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const auto& topic : topics) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto code = rd_kafka_subscribe(impl_->client, list.get()))
    return failure(code, "subscribing", &impl_->context);
  return {};
}

Result<> Consumer::poll_group(Milliseconds timeout) {
  const heartbeat::Wait wait("serving the group", timeout);
  impl_->keep_pace();
  rd_kafka_message_t* message = rd_kafka_consumer_poll(impl_->client, to_timeout(timeout));
  const Record owned(message);
  impl_->rethrow();
  if (message != nullptr && message->err && classify(message->err) != ErrorClass::gap && !is_passing(message->err)) {
    impl_->group_trouble =
        Error{classify(message->err), rd_kafka_message_errstr(message), group_advice(message->err)};
  }
  if (auto fatal = fatal_error()) return fail(*std::move(fatal));
  return {};  // that the broker is away the partitions' queues and the calls say too
}

void Consumer::leave(Milliseconds timeout) {
  const heartbeat::Wait wait("leaving the group", timeout);
  rd_kafka_unsubscribe(impl_->client);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  PartitionList current;
  do {
    const Record served(rd_kafka_consumer_poll(impl_->client, 20));
    rd_kafka_topic_partition_list_t* list = nullptr;
    if (rd_kafka_assignment(impl_->client, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    current.reset(list);
  } while (current->cnt > 0 && std::chrono::steady_clock::now() < deadline);
  // The request to leave is sent by librdkafka's own thread after the assignment is gone; closing waits for it.
  if (current != nullptr && current->cnt == 0) {
    RdError closing(rd_kafka_consumer_close_queue(impl_->client, impl_->group_queue.get()));
    while (rd_kafka_consumer_closed(impl_->client) == 0 && std::chrono::steady_clock::now() < deadline) {
      const Event served(rd_kafka_queue_poll(impl_->group_queue.get(), 20));
      if (served && rd_kafka_event_type(served.get()) == RD_KAFKA_EVENT_REBALANCE)
        rd_kafka_assign(impl_->client, nullptr);
    }
  }
  impl_->rethrow();
}

Result<> Consumer::commit_async(std::span<const PartitionOffset> offsets) {
  const auto list = to_list(offsets);
  if (const auto code = rd_kafka_commit(impl_->client, list.get(), 1))
    return failure(code, "committing offsets", &impl_->context);
  return {};
}

const std::optional<Error>& Consumer::group_trouble() const { return impl_->group_trouble; }

rd_kafka_s* Consumer::handle() const { return impl_->client; }

Result<> Consumer::assign(std::span<const PartitionOffset> offsets) {
  impl_->messages.clear();
  impl_->at_end.clear();
  const auto list = to_list(offsets);
  if (const auto code = rd_kafka_assign(impl_->client, list.get()))
    return failure(code, "assigning partitions", &impl_->context);
  return {};
}

Result<std::vector<PartitionQueue>> Consumer::assign_with_queues(std::span<const PartitionOffset> offsets) {
  std::vector<PartitionQueue> queues;
  for (const auto& [at, offset, metadata] : offsets) {
    Queue queue(rd_kafka_queue_get_partition(impl_->client, at.topic.c_str(), at.partition));
    if (queue == nullptr) return fail(ErrorClass::wait, fmt::format("{} is not there", at.text()));
    // Before assign(): librdkafka then leaves the queue apart, so that no record gets to the group's queue.
    rd_kafka_queue_forward(queue.get(), nullptr);
    if (impl_->wakeup != nullptr) notify_from(queue.get(), *impl_->wakeup);
    queues.emplace_back(
        std::unique_ptr<PartitionQueue::Impl>(new PartitionQueue::Impl{std::move(queue), &impl_->context, at, {}}));
  }
  if (auto assigned = assign(offsets); !assigned) return fail(assigned.error());
  return queues;
}

void Consumer::unassign() {
  impl_->messages.clear();
  rd_kafka_assign(impl_->client, nullptr);
}

Result<std::optional<Record>> Consumer::poll(Milliseconds timeout) {
  for (;;) {
    rd_kafka_message_t* message = impl_->messages.take(impl_->group_queue.get());
    if (message == nullptr) {
      const heartbeat::Wait wait("reading", timeout);
      message = rd_kafka_consumer_poll(impl_->client, to_timeout(timeout));
    }
    if (message == nullptr) return std::nullopt;
    Record owned(message);
    // librdkafka looks for the coordinator of a group that nothing joins, too; whether we may use it is all the same.
    if (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED && !impl_->in_group) continue;
    if (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
      return failure(message->err, fmt::format("reading: {}", rd_kafka_message_errstr(message)), &impl_->context);
    std::erase_if(impl_->at_end, [&](const PartitionOffset& end) {
      return end.at.partition == owned.partition() && end.at.topic == owned.topic();
    });
    if (!message->err) return owned;
    impl_->at_end.push_back({{std::string(owned.topic()), message->partition}, message->offset, {}});
    timeout = Milliseconds{0};  // what else is there, yes; but nothing more is waited for
  }
}

const std::vector<PartitionOffset>& Consumer::at_end() const { return impl_->at_end; }

void Consumer::notify(Wakeup& wakeup) {
  impl_->wakeup = &wakeup;
  notify_from(impl_->group_queue.get(), wakeup);
}

Result<std::vector<PartitionOffset>> Consumer::committed(std::span<const TopicPartition> partitions,
                                                         Milliseconds timeout) const {
  const heartbeat::Wait wait("reading committed offsets", timeout);
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& at : partitions) rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
  if (const auto code = rd_kafka_committed(impl_->client, list.get(), to_timeout(timeout))) {
    return failure(code, "reading committed offsets", &impl_->context);
  }
  std::vector<PartitionOffset> offsets;
  for (int i = 0; i < list->cnt; ++i) {
    const auto& element = list->elems[i];
    if (element.err)
      return failure(element.err,
                     fmt::format("reading the committed offset of {}[{}]", element.topic, element.partition));
    offsets.push_back({{element.topic, element.partition},
                       element.offset < 0 ? offset_none : element.offset,
                       std::string(static_cast<const char*>(element.metadata), element.metadata_size)});
  }
  return offsets;
}

// rd_kafka_query_watermark_offsets waits for a broker that is away until its request is given up (socket.timeout.ms),
// whatever its timeout; ListOffsets takes the logical offsets in the place of a time.
Result<std::int64_t> Consumer::end(const TopicPartition& at, Milliseconds timeout) const {
  return offset_for_time(at, from_millis(offset_end), timeout);
}

Result<Watermarks> Consumer::watermarks(const TopicPartition& at, Milliseconds timeout) const {
  auto low = offset_for_time(at, from_millis(offset_beginning), timeout);
  if (!low) return fail(low.error());
  auto high = end(at, timeout);
  if (!high) return fail(high.error());
  return Watermarks{*low, *high};
}

Result<std::int64_t> Consumer::offset_for_time(const TopicPartition& at, Timestamp t, Milliseconds timeout) const {
  auto offsets = offsets_for_time(std::span(&at, 1), t, timeout);
  if (!offsets) return fail(std::move(offsets.error()));
  return offsets->front();
}

Result<std::vector<std::int64_t>> Consumer::offsets_for_time(std::span<const TopicPartition> partitions, Timestamp t,
                                                             Milliseconds timeout) const {
  if (partitions.empty()) return std::vector<std::int64_t>();
  const heartbeat::Wait wait("asking for an offset", timeout);
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& at : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset = to_millis(t);
  }
  const auto whole = rd_kafka_offsets_for_times(impl_->client, list.get(), to_timeout(timeout));
  std::vector<std::int64_t> offsets;
  for (const auto& at : partitions) {
    const auto* answer = rd_kafka_topic_partition_list_find(list.get(), at.topic.c_str(), at.partition);
    const auto code = whole ? whole : answer->err;
    if (code) return failure(code, fmt::format("asking for an offset of {}", at.text()), &impl_->context);
    offsets.push_back(answer->offset);
  }
  return offsets;
}

Result<std::int32_t> Consumer::partition_count(const std::string& topic, Milliseconds timeout) const {
  const Topic handle(rd_kafka_topic_new(impl_->client, topic.c_str(), nullptr));
  const auto what = fmt::format("asking for the partitions of {}", topic);
  const auto metadata = ask_metadata(impl_->client, handle.get(), timeout, what, impl_->context);
  if (!metadata) return fail(metadata.error());
  if ((*metadata)->topic_cnt == 0) return fail(ErrorClass::wait, fmt::format("{}: an empty answer", what));
  const auto& found = (*metadata)->topics[0];
  if (found.err) return failure(found.err, what);
  return found.partition_cnt;
}

std::optional<Error> Consumer::fatal_error() const {
  std::array<char, 512> reason{};
  const auto code = rd_kafka_fatal_error(impl_->client, reason.data(), reason.size());
  if (!code) return std::nullopt;
  const auto error_class = classify(code) == ErrorClass::fenced ? ErrorClass::fenced : ErrorClass::recreate;
  return Error{error_class, fmt::format("{}: {}", rd_kafka_err2name(code), reason.data()), {}};
}

}  // namespace orders::kafka
