// The floor: what plain librdkafka does in one loop, exactly once, and nothing else. No window, no rebuild: its memory
// of unmatched answers is lost when it stops, so it refuses to lose partitions while it runs.
#include <signal.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "programs.h"

namespace orders::bench {
namespace {

std::atomic<bool> stopping = false;

struct Totals {
  std::atomic<std::int64_t> read = 0, results = 0, commits = 0, waiting = 0;
  std::atomic<int> assigned = 0;  ///< loops that have their partitions
};

/// What the loop needs of an answer; offsets into its JSON.
struct Parsed {
  std::int64_t id = 0;
  bool rejects = false;
  std::uint32_t status_begin = 0, status_end = 0, source_begin = 0, source_end = 0;
};

class Parser {
 public:
  Parsed parse(std::string_view json) {
    if (scratch_.size() < json.size() + simdjson::SIMDJSON_PADDING) {
      scratch_.resize(json.size() + simdjson::SIMDJSON_PADDING);
    }
    std::memcpy(scratch_.data(), json.data(), json.size());
    auto document = parser_.iterate(scratch_.data(), json.size(), scratch_.size());
    simdjson::ondemand::object object = document.get_object();
    Parsed parsed;
    parsed.id = object["orderId"].get_int64();
    simdjson::ondemand::value status = object["status"];
    span(status, parsed.status_begin, parsed.status_end);
    parsed.rejects = scratch_[parsed.status_begin + 1] == 'R';
    (void)status.get_raw_json_string();  // consumes it
    simdjson::ondemand::value source = object["source"];
    span(source, parsed.source_begin, parsed.source_end);
    return parsed;
  }

 private:
  void span(simdjson::ondemand::value& value, std::uint32_t& begin, std::uint32_t& end) {
    const std::string_view token = value.raw_json_token();
    begin = static_cast<std::uint32_t>(token.data() - scratch_.data());
    end = begin + static_cast<std::uint32_t>(token.size());
  }

  simdjson::ondemand::parser parser_;
  std::string scratch_;
};

/// The first answer of an order. A payment is only its status.
struct Waiting {
  bool is_stock = false;
  std::int64_t timestamp = 0;
  Parsed parsed;
  std::string value;
};

/// One consumer, one producer, one map.
class Loop {
 public:
  Loop(const FloorOptions& options, int index, Totals& totals) : options_(options), totals_(totals) {
    make_producer(options.place.prefix + "floor-" + std::to_string(index));
    make_consumer();
    waiting_.reserve(1 << 18);
  }

  void run() {
    check(rd_kafka_init_transactions(producer_.get(), 30'000), "initialising transactions");
    PartitionList topics(rd_kafka_topic_partition_list_new(2));
    for (const auto name : {payments, stock}) {
      rd_kafka_topic_partition_list_add(topics.get(), options_.place.topic(name).c_str(), RD_KAFKA_PARTITION_UA);
    }
    check(rd_kafka_subscribe(consumer_.get(), topics.get()), "subscribing");
    std::jthread waker([this](const std::stop_token& token) { keep_awake(token); });
    committed_us_ = now_us();
    while (!stopping) {
      const Message message(rd_kafka_consumer_poll(consumer_.get(), 0));
      if (lost_) throw std::runtime_error("lost partitions while running");
      if (message != nullptr) {
        check(message->err, "reading");
        take(*message);
        if (++since_look_ < 256) continue;
      }
      since_look_ = 0;
      const auto wait_ms = commit_if_due(message == nullptr);
      if (message == nullptr && wait_ms > 0) idle(wait_ms);
    }
    if (moved_) commit();
    totals_.waiting += static_cast<std::int64_t>(waiting_.size());
  }

 private:
  void make_producer(const std::string& transactional_id) {
    Properties properties(options_.place.bootstrap);
    properties.set("transactional.id", transactional_id);
    properties.set("transaction.timeout.ms", "10000");
    properties.set("retry.backoff.ms", "5");
    properties.set("linger.ms", "5");
    properties.set("compression.codec", "lz4");
    properties.set("queue.buffering.max.messages", "1000000");
    properties.set("queue.buffering.max.kbytes", "1048576");
    // Without reports a commit looks every 10 ms only whether all is delivered.
    rd_kafka_conf_set_dr_msg_cb(properties.raw(), [](rd_kafka_t*, const rd_kafka_message_t*, void*) {});
    producer_ = properties.make(RD_KAFKA_PRODUCER);
    const auto name = options_.place.topic(results);
    partitions_ = partitions_of(producer_.get(), name);
    results_.reset(rd_kafka_topic_new(producer_.get(), name.c_str(), nullptr));
    if (partitions_ % options_.threads != 0) throw std::runtime_error("the threads must share the partitions evenly");
    for (auto& side : next_) side.assign(static_cast<std::size_t>(partitions_), -1);
  }

  void make_consumer() {
    Properties properties(options_.place.bootstrap);
    properties.set("group.id", options_.place.prefix + "floor");
    properties.set("isolation.level", "read_committed");
    properties.set("enable.auto.commit", "false");
    properties.set("auto.offset.reset", "earliest");
    properties.set("partition.assignment.strategy", "range");
    properties.set("heartbeat.interval.ms", "200");  // it tells a loop that another one has come
    properties.set("fetch.wait.max.ms", "10");
    properties.set("queued.min.messages", "10000000");  // the bytes are the limit
    properties.set("queued.max.messages.kbytes", std::to_string(options_.queue_mib * 1024));
    rd_kafka_conf_set_opaque(properties.raw(), this);
    rd_kafka_conf_set_rebalance_cb(properties.raw(), on_rebalance);
    consumer_ = properties.make(RD_KAFKA_CONSUMER);
    rd_kafka_poll_set_consumer(consumer_.get());
  }

  /// Begins only when every loop is in the group: each then has its share for the whole run.
  static void on_rebalance(rd_kafka_t* consumer, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                           void* opaque) {
    auto& self = *static_cast<Loop*>(opaque);
    const bool whole = list->cnt == self.partitions_ * 2 / self.options_.threads;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && whole) {
      self.assigned_.reset(rd_kafka_topic_partition_list_copy(list));
      rd_kafka_assign(consumer, list);
      if (++self.totals_.assigned == self.options_.threads) {
        std::puts(JsonLine().add("event", "running").add("at_us", now_us()).text().c_str());
        std::fflush(stdout);
      }
    } else if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      // Others are still to come. Nothing is assigned, which is not the same as unassigning: that would join anew.
      const PartitionList none(rd_kafka_topic_partition_list_new(0));
      rd_kafka_assign(consumer, none.get());
    } else {
      self.lost_ = self.lost_ || self.total_read_ > 0;
      rd_kafka_assign(consumer, nullptr);
    }
  }

  [[nodiscard]] bool is_stock(const rd_kafka_message_t& message) {
    if (message.rkt == stock_topic_) return true;
    if (message.rkt == payment_topic_) return false;
    const bool stock_record = options_.place.topic(stock) == rd_kafka_topic_name(message.rkt);
    (stock_record ? stock_topic_ : payment_topic_) = message.rkt;
    return stock_record;
  }

  void take(const rd_kafka_message_t& message) {
    const bool of_stock = is_stock(message);
    const std::string_view value(static_cast<const char*>(message.payload), message.len);
    const auto parsed = parser_.parse(value);
    const auto timestamp = rd_kafka_message_timestamp(&message, nullptr);
    const auto [at, is_new] = waiting_.try_emplace(parsed.id);
    if (is_new) {
      at->second = {of_stock, timestamp, parsed, std::string(of_stock ? value : std::string_view())};
    } else {
      const auto& first = at->second;
      if (first.is_stock == of_stock) throw std::runtime_error("the same answer twice");
      const auto later = std::max(timestamp, first.timestamp);
      if (of_stock) {
        produce(message, first.parsed.rejects, parsed, value, later);
      } else {
        produce(message, parsed.rejects, first.parsed, first.value, later);
      }
      waiting_.erase(at);
    }
    next_[of_stock ? 1 : 0][static_cast<std::size_t>(message.partition)] = message.offset + 1;
    moved_ = true;
    ++total_read_;
  }

  void produce(const rd_kafka_message_t& message, bool payment_rejects, const Parsed& parsed, std::string_view value,
               std::int64_t timestamp) {
    const bool both = payment_rejects && parsed.rejects;
    const bool one = payment_rejects || parsed.rejects;
    out_.assign(value, 0, parsed.status_begin);
    out_ += both ? R"("REJECTED")" : one ? R"("ROLLBACK")" : R"("CONFIRMED")";
    out_.append(value, parsed.status_end, parsed.source_begin - parsed.status_end);
    if (both) {
      out_.append(value, parsed.source_begin, parsed.source_end - parsed.source_begin);
    } else {
      out_ += !one ? "null" : payment_rejects ? R"("PAYMENT")" : R"("INVENTORY")";
    }
    out_.append(value, parsed.source_end);
    begin();
    for (;;) {
      const auto code = rd_kafka_producev(
          producer_.get(), RD_KAFKA_V_RKT(results_.get()), RD_KAFKA_V_PARTITION(message.partition),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(message.key, message.key_len),
          RD_KAFKA_V_VALUE(out_.data(), out_.size()), RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_END);
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        check(code, "producing");
        break;
      }
      rd_kafka_poll(producer_.get(), 10);
    }
    if (++produced_ % 1'000 == 0) rd_kafka_poll(producer_.get(), 0);  // lets go of what was delivered
  }

  void begin() {
    if (open_) return;
    check(rd_kafka_begin_transaction(producer_.get()), "beginning a transaction");
    open_ = true;
  }

  /// Whether all that the broker has told of has been read.
  [[nodiscard]] bool drained() const {
    if (assigned_ == nullptr) return false;
    for (int i = 0; i < assigned_->cnt; ++i) {
      const auto& at = assigned_->elems[i];
      std::int64_t low = 0, high = -1;
      rd_kafka_get_watermark_offsets(consumer_.get(), at.topic, at.partition, &low, &high);
      const auto side = options_.place.topic(stock) == at.topic ? 1 : 0;
      if (high > std::max<std::int64_t>(next_[side][static_cast<std::size_t>(at.partition)], 0)) return false;
    }
    return true;
  }

  /// Returns how long to wait for a record before looking again.
  int commit_if_due(bool empty) {
    const auto elapsed_ms = (now_us() - committed_us_) / 1'000;
    if (elapsed_ms >= options_.commit_ms && moved_) {
      commit();
      return 0;
    }
    backlog_ = !empty || !drained();
    if (!moved_) return 50;
    if (!options_.adaptive || backlog_)
      return static_cast<int>(std::max<std::int64_t>(options_.commit_ms - elapsed_ms, 1));
    if (elapsed_ms < options_.commit_min_ms) return static_cast<int>(options_.commit_min_ms - elapsed_ms);
    commit();
    return 0;
  }

  void idle(int wait_ms) {
    const Message message(rd_kafka_consumer_poll(consumer_.get(), wait_ms));
    if (message == nullptr) return;
    check(message->err, "reading");
    take(*message);
  }

  void commit() {
    begin();
    PartitionList offsets(rd_kafka_topic_partition_list_new(partitions_ * 2));
    for (std::size_t side = 0; side < 2; ++side) {
      const auto topic = options_.place.topic(side == 1 ? stock : payments);
      for (int i = 0; i < partitions_; ++i) {
        const auto next = next_[side][static_cast<std::size_t>(i)];
        if (next >= 0) rd_kafka_topic_partition_list_add(offsets.get(), topic.c_str(), i)->offset = next;
      }
    }
    auto* group = rd_kafka_consumer_group_metadata(consumer_.get());
    auto* error = rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), group, 30'000);
    rd_kafka_consumer_group_metadata_destroy(group);
    check(error, "sending offsets");
    check(rd_kafka_commit_transaction(producer_.get(), 30'000), "committing");
    open_ = moved_ = false;
    committed_us_ = now_us();
    totals_.results += produced_;
    totals_.read += total_read_ - counted_read_;
    counted_read_ = total_read_;
    produced_ = 0;
    ++totals_.commits;
  }

  /// A full pre-fetch queue is looked at again only after a second; any request to the broker wakes its thread.
  void keep_awake(const std::stop_token& token) {
    const auto topic = options_.place.topic(payments);
    while (!token.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (!backlog_) continue;
      std::int64_t low = 0, high = 0;
      rd_kafka_query_watermark_offsets(consumer_.get(), topic.c_str(), 0, &low, &high, 1'000);
    }
  }

  const FloorOptions& options_;
  Totals& totals_;
  Client producer_;
  Topic results_;
  Client consumer_;
  PartitionList assigned_;
  const rd_kafka_topic_t* payment_topic_ = nullptr;
  const rd_kafka_topic_t* stock_topic_ = nullptr;
  int partitions_ = 0;
  Parser parser_;
  std::unordered_map<std::int64_t, Waiting> waiting_;
  std::string out_;
  std::array<std::vector<std::int64_t>, 2> next_;  ///< offsets to commit: payments, stock; -1: nothing read
  std::int64_t committed_us_ = 0;
  std::int64_t total_read_ = 0, counted_read_ = 0, produced_ = 0;
  int since_look_ = 0;
  bool moved_ = false, open_ = false, lost_ = false;
  std::atomic<bool> backlog_ = true;
};

}  // namespace

int run_floor(const FloorOptions& options) {
  struct sigaction action {};
  action.sa_handler = [](int) { stopping = true; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);

  Totals totals;
  std::exception_ptr failure;
  std::mutex mutex;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < options.threads; ++i) {
      threads.emplace_back([&, i] {
        try {
          Loop(options, i, totals).run();
        } catch (...) {
          const std::lock_guard lock(mutex);
          failure = std::current_exception();
          stopping = true;
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
  std::puts(JsonLine()
                .add("system", "floor")
                .add("threads", std::int64_t(options.threads))
                .add("read", totals.read.load())
                .add("results", totals.results.load())
                .add("waiting", totals.waiting.load())
                .add("commits", totals.commits.load())
                .add("cpu_ms", cpu_ms())
                .add("peak_rss_kib", peak_rss_kib())
                .text()
                .c_str());
  return 0;
}

}  // namespace orders::bench
