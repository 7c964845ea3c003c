#include "support/log.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/bytes.h"
#include "support/wait_until.h"

namespace orders::test {

namespace {

using Properties = std::map<std::string, std::string>;

struct Destroy {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_DeleteTopic_t* topic) const { rd_kafka_DeleteTopic_destroy(topic); }
  void operator()(rd_kafka_NewPartitions_t* added) const { rd_kafka_NewPartitions_destroy(added); }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

[[noreturn]] void fail(const std::string& what, const std::string& why) { throw std::runtime_error(what + ": " + why); }
[[noreturn]] void fail(const std::string& what, rd_kafka_resp_err_t error) { fail(what, rd_kafka_err2str(error)); }

Owned<rd_kafka_t> make(rd_kafka_type_t type, Properties properties, rd_kafka_conf_t* conf = rd_kafka_conf_new()) {
  properties["log_level"] = "2";  // tests take brokers away on purpose
  char error[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK)
      fail(name, error);
  }
  rd_kafka_t* handle = rd_kafka_new(type, conf, error, sizeof error);
  if (handle == nullptr) fail("rd_kafka_new", error);
  return Owned<rd_kafka_t>(handle);
}

std::string to_string(Isolation isolation) {
  return isolation == Isolation::read_committed ? "read_committed" : "read_uncommitted";
}

std::string bytes(const void* data, std::size_t size) { return {static_cast<const char*>(data), size}; }

LoggedRecord copy(const rd_kafka_message_t& message) {
  LoggedRecord record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.partition = message.partition;
  record.offset = message.offset;
  if (message.key != nullptr) record.key = bytes(message.key, message.key_len);
  if (message.payload != nullptr) record.value = bytes(message.payload, message.len);
  record.timestamp = rd_kafka_message_timestamp(&message, nullptr);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers.emplace_back(name, value == nullptr ? std::nullopt : std::optional(bytes(value, size)));
    }
  }
  return record;
}

int partitions_of(rd_kafka_t* handle, const std::string& name, int timeout_ms) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (auto error = rd_kafka_metadata(handle, 1, nullptr, &metadata, timeout_ms)) fail("metadata", error);
  int partitions = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (metadata->topics[i].topic == name) partitions = metadata->topics[i].partition_cnt;
  }
  rd_kafka_metadata_destroy(metadata);
  return partitions;
}

/// The broker shows what the controller has done to a topic a moment later.
void await_shown(rd_kafka_t* handle, const std::string& name, int partitions) {
  const auto shown = [&] { return partitions_of(handle, name, 30'000) == partitions; };
  if (!wait_until(std::chrono::seconds{30}, shown, std::chrono::milliseconds{5})) {
    fail(name, "the broker does not show " + std::to_string(partitions) + " partitions");
  }
}

/// Waits for an admin request's result and checks the one topic in it.
Owned<rd_kafka_event_t> await_admin_result(rd_kafka_queue_t* queue, const std::string& what) {
  Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue, 30'000));
  if (!event) fail(what, "no answer");
  if (auto error = rd_kafka_event_error(event.get())) fail(what, error);
  return event;
}

template <class Result>
void check_admin_result(rd_kafka_queue_t* queue, const std::string& what, const Result* (*result_of)(rd_kafka_event_t*),
                        const rd_kafka_topic_result_t** (*get_topics)(const Result*, std::size_t*)) {
  const auto event = await_admin_result(queue, what);
  std::size_t count = 0;
  const rd_kafka_topic_result_t** topics = get_topics(result_of(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (auto error = rd_kafka_topic_result_error(topics[i])) fail(what, error);
  }
}

}  // namespace

std::optional<std::string> LoggedRecord::header(const std::string& name) const {
  std::optional<std::string> found;
  for (const auto& [header, value] : headers) {
    if (header == name) found = value;
  }
  return found;
}

std::string LoggedRecord::where() const {
  return topic + "[" + std::to_string(partition) + "]@" + std::to_string(offset);
}

struct LogReader::Impl {
  Owned<rd_kafka_t> handle;
  int partitions = 0;
  std::set<std::int32_t> at_end;
};

LogReader::LogReader(const std::string& bootstrap, const std::string& topic, Isolation isolation)
    : impl_(std::make_unique<Impl>()) {
  impl_->handle =
      make(RD_KAFKA_CONSUMER,
           {{"bootstrap.servers", bootstrap},
            {"group.id", "test-reader"},
            {"enable.auto.commit", "false"},
            {"enable.partition.eof", "true"},
            {"check.crcs", "true"},
            {"fetch.wait.max.ms", "10"},
            {"isolation.level", to_string(isolation)}});
  rd_kafka_poll_set_consumer(impl_->handle.get());
  impl_->partitions = partitions_of(impl_->handle.get(), topic, 30'000);
  if (impl_->partitions == 0) fail(topic, "no such topic");
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(impl_->partitions));
  for (int p = 0; p < impl_->partitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  if (auto error = rd_kafka_assign(impl_->handle.get(), list.get())) fail(topic, error);
}

LogReader::~LogReader() = default;

bool LogReader::at_end() const { return static_cast<int>(impl_->at_end.size()) == impl_->partitions; }

std::optional<LoggedRecord> LogReader::next(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const Owned<rd_kafka_message_t> message(
        rd_kafka_consumer_poll(impl_->handle.get(), static_cast<int>(std::max<std::int64_t>(left.count(), 0))));
    if (!message) {
      if (left.count() <= 0) return {};
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      impl_->at_end.erase(message->partition);
      return copy(*message);
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      impl_->at_end.insert(message->partition);
      if (at_end()) return {};
      continue;
    }
    // Connections that break while a broker is away mend themselves.
    if (message->err != RD_KAFKA_RESP_ERR__TRANSPORT && message->err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      fail("reading", rd_kafka_message_errstr(message.get()));
    }
  }
}

std::vector<LoggedRecord> read_topic(const std::string& bootstrap, const std::string& topic, Isolation isolation,
                                     std::chrono::milliseconds timeout) {
  LogReader reader(bootstrap, topic, isolation);
  std::vector<LoggedRecord> records;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!reader.at_end()) {
    if (std::chrono::steady_clock::now() > deadline) fail(topic, "its end was not reached in time");
    if (auto record = reader.next(std::chrono::milliseconds{1'000})) records.push_back(std::move(*record));
  }
  return records;
}

struct LogWriter::Impl {
  Owned<rd_kafka_t> handle;
  std::string error;
};

LogWriter::LogWriter(const std::string& bootstrap) : impl_(std::make_unique<Impl>()) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set_opaque(conf, impl_.get());
  rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<Impl*>(opaque)->error = rd_kafka_err2str(message->err);
  });
  impl_->handle = make(RD_KAFKA_PRODUCER,
                       {{"bootstrap.servers", bootstrap},
                        {"enable.idempotence", "true"},
                        {"partitioner", "murmur2_random"},
                        {"linger.ms", "5"}},
                       conf);
}

LogWriter::~LogWriter() {
  if (impl_) rd_kafka_purge(impl_->handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void LogWriter::write(const Record& record) {
  auto optional_vu = [](rd_kafka_vtype_t type, const std::optional<std::string>& bytes) {
    rd_kafka_vu_t vu{};
    vu.vtype = type;
    vu.u.mem.ptr = bytes ? const_cast<char*>(bytes->data()) : nullptr;
    vu.u.mem.size = bytes ? bytes->size() : 0;
    return vu;
  };
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  std::vector<rd_kafka_vu_t> arguments(7);
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = record.topic.c_str();
  arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  arguments[1].u.i32 = record.partition < 0 ? RD_KAFKA_PARTITION_UA : record.partition;
  arguments[2] = optional_vu(RD_KAFKA_VTYPE_KEY, record.key);
  arguments[3] = optional_vu(RD_KAFKA_VTYPE_VALUE, record.value);
  arguments[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[4].u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK;
  arguments[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  arguments[5].u.i64 = record.timestamp;
  arguments[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[6].u.headers = headers;
  rd_kafka_poll(impl_->handle.get(), 0);
  if (rd_kafka_error_t* error = rd_kafka_produceva(impl_->handle.get(), arguments.data(), arguments.size())) {
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    fail("writing to " + record.topic, why);
  }
}

void LogWriter::flush() {
  if (auto error = rd_kafka_flush(impl_->handle.get(), 60'000)) fail("flush", error);
  if (!impl_->error.empty()) fail("delivery", impl_->error);
}

void create_topic(const std::string& bootstrap, const std::string& name, int partitions,
                  const std::map<std::string, std::string>& config) {
  const auto handle = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle.get()));
  const Owned<rd_kafka_NewTopic_t> topic(rd_kafka_NewTopic_new(name.c_str(), partitions, 1, nullptr, 0));
  for (const auto& [key, value] : config) rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  // A broker that is held up, or was suspended, may be taken for dead for a moment: then nobody could hold the topic.
  rd_kafka_resp_err_t error{};
  const auto decided = [&] {
    rd_kafka_CreateTopics(handle.get(), topics, 1, nullptr, queue.get());
    const auto event = await_admin_result(queue.get(), "create " + name);
    std::size_t count = 0;
    const auto** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    error = count == 0 ? RD_KAFKA_RESP_ERR_UNKNOWN : rd_kafka_topic_result_error(results[0]);
    return error != RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR;
  };
  if (!wait_until(std::chrono::seconds{30}, decided) || error) fail("create " + name, error);
  await_shown(handle.get(), name, partitions);
}

void delete_topic(const std::string& bootstrap, const std::string& name) {
  const auto handle = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle.get()));
  const Owned<rd_kafka_DeleteTopic_t> topic(rd_kafka_DeleteTopic_new(name.c_str()));
  rd_kafka_DeleteTopic_t* topics[] = {topic.get()};
  rd_kafka_DeleteTopics(handle.get(), topics, 1, nullptr, queue.get());
  check_admin_result(queue.get(), "delete " + name, rd_kafka_event_DeleteTopics_result,
                     rd_kafka_DeleteTopics_result_topics);
  await_shown(handle.get(), name, 0);
}

void add_partitions(const std::string& bootstrap, const std::string& name, int partitions) {
  const auto handle = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle.get()));
  const Owned<rd_kafka_NewPartitions_t> added(
      rd_kafka_NewPartitions_new(name.c_str(), static_cast<std::size_t>(partitions), nullptr, 0));
  rd_kafka_NewPartitions_t* all[] = {added.get()};
  rd_kafka_CreatePartitions(handle.get(), all, 1, nullptr, queue.get());
  check_admin_result(queue.get(), "partitions of " + name, rd_kafka_event_CreatePartitions_result,
                     rd_kafka_CreatePartitions_result_topics);
  await_shown(handle.get(), name, partitions);
}

int partition_count(const std::string& bootstrap, const std::string& name) {
  return partitions_of(make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}}).get(), name, 30'000);
}

std::vector<std::int64_t> end_offsets(const std::string& bootstrap, const std::string& topic, Isolation isolation) {
  const auto handle =
      make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap}, {"isolation.level", to_string(isolation)}});
  std::vector<std::int64_t> ends(static_cast<std::size_t>(partitions_of(handle.get(), topic, 30'000)));
  for (std::size_t p = 0; p < ends.size(); ++p) {
    std::int64_t low = 0;
    if (auto error = rd_kafka_query_watermark_offsets(handle.get(), topic.c_str(), static_cast<std::int32_t>(p), &low,
                                                      &ends[p], 30'000)) {
      fail(topic, error);
    }
  }
  return ends;
}

std::vector<std::int64_t> committed_offsets(const std::string& bootstrap, const std::string& group,
                                            const std::string& topic, Isolation isolation) {
  const auto handle = make(
      RD_KAFKA_CONSUMER,
      {{"bootstrap.servers", bootstrap}, {"group.id", group}, {"isolation.level", to_string(isolation)}});
  const int partitions = partitions_of(handle.get(), topic, 30'000);
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(partitions));
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p);
  rd_kafka_resp_err_t error{};
  const auto answered = [&] {  // a broker that has just come up may still be reading what was committed
    error = rd_kafka_committed(handle.get(), list.get(), 30'000);
    return error != RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS &&
           error != RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE && error != RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
  };
  if (!wait_until(std::chrono::seconds{30}, answered) || error) fail(group, error);
  std::vector<std::int64_t> offsets;
  for (int p = 0; p < partitions; ++p) offsets.push_back(list->elems[p].offset);
  return offsets;
}

void commit_offsets(const std::string& bootstrap, const std::string& group, const std::string& topic,
                    const std::vector<std::int64_t>& offsets) {
  const auto handle = make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap}, {"group.id", group}});
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(0));
  for (std::size_t p = 0; p < offsets.size(); ++p) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<std::int32_t>(p))->offset = offsets[p];
  }
  // A member that was stopped while it joined is one until its session is over.
  rd_kafka_resp_err_t error{};
  const auto taken = [&] {
    error = rd_kafka_commit(handle.get(), list.get(), 0);
    return error != RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID && error != RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
  };
  if (!wait_until(std::chrono::seconds{30}, taken) || error) fail("commit of " + group, error);
}

void delete_committed_offsets(const std::string& bootstrap, const std::string& group, const std::string& topic) {
  const auto handle = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
  const int partitions = partitions_of(handle.get(), topic, 30'000);
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(partitions));
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p);
  const auto gone = [&] {  // refused while the group has members, see commit_offsets()
    auto* request = rd_kafka_DeleteConsumerGroupOffsets_new(group.c_str(), list.get());
    const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle.get()));
    rd_kafka_DeleteConsumerGroupOffsets(handle.get(), &request, 1, nullptr, queue.get());
    rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
    (void)await_admin_result(queue.get(), "delete the offsets of " + group);
    return std::ranges::all_of(committed_offsets(bootstrap, group, topic), [](auto offset) { return offset < 0; });
  };
  if (!wait_until(std::chrono::seconds{30}, gone)) throw std::runtime_error("the offsets of " + group + " stay");
}

void delete_records(const std::string& bootstrap, const std::string& topic, std::int32_t partition,
                    std::int64_t offset) {
  const auto handle = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
  const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  auto* request = rd_kafka_DeleteRecords_new(list.get());
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle.get()));
  rd_kafka_DeleteRecords(handle.get(), &request, 1, nullptr, queue.get());
  rd_kafka_DeleteRecords_destroy(request);
  (void)await_admin_result(queue.get(), "delete records of " + topic);
}

bool broker_answers(const std::string& bootstrap, std::chrono::milliseconds timeout) {
  const auto handle = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}, {"reconnect.backoff.max.ms", "200"}});
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(handle.get(), 0, nullptr, &metadata, static_cast<int>(timeout.count()))) return false;
  const bool listed =
      std::any_of(metadata->brokers, metadata->brokers + metadata->broker_cnt, [&](const auto& broker) {
        return std::string(broker.host) + ":" + std::to_string(broker.port) == bootstrap;
      });
  rd_kafka_metadata_destroy(metadata);
  return listed;
}

std::string int64_key(std::int64_t id) {
  std::string key;
  append_be64(key, static_cast<std::uint64_t>(id));
  return key;
}

std::int64_t from_int64_key(const std::string& key) {
  if (key.size() != 8) throw std::runtime_error("a key of " + std::to_string(key.size()) + " bytes");
  return static_cast<std::int64_t>(load_be64(key.data()));
}

std::int32_t java_partition(const std::string& key, int partitions) {
  // org.apache.kafka.common.utils.Utils.murmur2, as its documentation of the algorithm (MurmurHash2, seed 0x9747b28c).
  constexpr std::uint32_t m = 0x5bd1e995;
  const auto size = static_cast<std::uint32_t>(key.size());
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i])); };
  std::uint32_t hash = 0x9747b28cU ^ size;
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    std::uint32_t k = at(i) | at(i + 1) << 8 | at(i + 2) << 16 | at(i + 3) << 24;
    k *= m;
    k ^= k >> 24;
    hash = hash * m ^ k * m;
  }
  if (key.size() - i == 3) hash ^= at(i + 2) << 16;
  if (key.size() - i >= 2) hash ^= at(i + 1) << 8;
  if (key.size() - i >= 1) hash = (hash ^ at(i)) * m;
  hash ^= hash >> 13;
  hash *= m;
  hash ^= hash >> 15;
  return static_cast<std::int32_t>(hash & 0x7fffffffU) % partitions;
}

}  // namespace orders::test
