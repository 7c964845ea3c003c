#include "topology/unit_of_work.h"

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "order/key.h"

namespace orders::topology {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::duration_cast;
constexpr Milliseconds abort_timeout{2'000};
constexpr Milliseconds least_commit_timeout{200};

bool same(const std::vector<kafka::PartitionOffset>& a, const std::vector<kafka::PartitionOffset>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.at == y.at && x.offset == y.offset && x.metadata == y.metadata;
  });
}

}  // namespace

Result<UnitOfWork::Ready> UnitOfWork::ready(const kafka::Consumer& consumer) {
  if (!producer_) {
    auto producer = kafka::TransactionalProducer::create(
        options_.connection, {.transactional_id = options_.transactional_id,
                              .transaction_timeout = options_.transaction_timeout,
                              .lent_values = true});
    if (!producer) return fail(producer.error());
    if (auto initialised = producer->init(options_.call_timeout); !initialised) return recover(initialised.error());
    ORDERS_FAILPOINT("unit.init.after");
    const std::string topics[] = {options_.results_topic, options_.dead_letter_topic};
    producer->warm(topics, Milliseconds{2'000});
    producer_ = *std::move(producer);
  }
  if (!unknown_) return Ready{};
  ORDERS_FAILPOINT("unit.settle.before");
  std::vector<kafka::TopicPartition> partitions;
  for (const auto& position : *unknown_) partitions.push_back(position.at);
  auto committed = consumer.committed(partitions, options_.call_timeout);
  if (!committed) return fail(committed.error());
  const bool ours = same(*committed, *unknown_);
  log_about(spdlog::level::info, {.transaction = name_},
            fmt::format("{}: the commit whose outcome was unknown {}", options_.transactional_id,
                        ours ? "succeeded" : "did not happen; sending it again"));
  ORDERS_FAILPOINT("unit.settle.after");
  unknown_.reset();
  if (ours) settled();
  return Ready{ours};
}

Result<> UnitOfWork::begin() {
  if (transaction_) return {};
  // Sending a unit whose outcome is unknown could do it twice: only ready() may settle it.
  if (!producer_ || unknown_) return fail(ErrorClass::wait, "the unit of work before is not settled yet");
  auto transaction = producer_->begin();
  if (!transaction) return recover(transaction.error());
  transaction_.emplace(*std::move(transaction));
  began_ = SteadyClock::now();
  name_ = fmt::format("{}#{}", options_.transactional_id, ++begun_);
  sent_ = 0;
  ORDERS_FAILPOINT("unit.begin.after");
  return {};
}

Result<> UnitOfWork::send() {
  if (transaction_ ? sent_ == outputs_.records.size() : outputs_.records.empty()) return {};
  if (auto begun = begin(); !begun) return begun;
  const bool following = should_follow();
  for (; sent_ < outputs_.records.size(); ++sent_) {
    if (auto produced = produce(); !produced) return recover(produced.error());
    if (following && !refusals_.is_dropped(sent_)) tell_sent();
  }
  return {};
}

void UnitOfWork::tell_sent() const {
  const auto& record = outputs_.records[sent_];
  LogSubject subject{.transaction = name_, .topic = record.topic, .partition = record.partition};
  if (record.key) subject.order = order::decode_key(*record.key, options_.key_format);
  log_about(spdlog::level::debug, subject,
            record.topic == options_.results_topic ? "join: result sent" : "join: dead letter sent");
}

/// Of the transaction as a whole.
void UnitOfWork::tell(std::string_view what) const {
  log_about(spdlog::level::debug, {.transaction = name_}, what);
}

/// The next output, if it is still to be produced; as another one, if it is too large to be sent at all.
Result<> UnitOfWork::produce() {
  if (refusals_.begins_group(sent_)) {
    if (auto flushed = transaction_->flush(options_.call_timeout); !flushed) return flushed;
  }
  while (!refusals_.is_dropped(sent_)) {
    ORDERS_FAILPOINT("unit.produce.before");
    auto produced = transaction_->produce(outputs_.records[sent_]);
    ORDERS_FAILPOINT_RESULT("unit.produce.after", produced);
    if (produced || produced.error().error_class != ErrorClass::record) return produced;
    refusals_.decide(outputs_, sent_, produced.error().message);
  }
  return {};
}

Result<> UnitOfWork::commit(const std::vector<kafka::PartitionOffset>& positions, const kafka::Consumer& consumer,
                            Milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  if (auto sent = send(); !sent) return sent;
  if (auto begun = begin(); !begun) return begun;
  ORDERS_FAILPOINT("unit.offsets.before");
  const auto ends = SteadyClock::now();
  auto offsets = transaction_->send_offsets(positions, consumer, timeout);
  ORDERS_FAILPOINT_RESULT("unit.offsets.after", offsets);
  if (!offsets) return recover(offsets.error());
  Result<> committed;
  ORDERS_FAILPOINT_RESULT("unit.commit.before", committed);
  if (committed) {
    committed = transaction_->commit(
        std::max(duration_cast<Milliseconds>(deadline - SteadyClock::now()), least_commit_timeout));
  }
  ORDERS_FAILPOINT_RESULT("unit.commit.after", committed);
  if (!committed) {
    const auto error_class = committed.error().error_class;
    if (error_class == ErrorClass::recreate || error_class == ErrorClass::fenced) unknown_ = positions;
    return recover(committed.error());
  }
  transaction_.reset();
  if (should_follow()) {
    tell(fmt::format("join: committed (outputs: {}, offsets: {})", outputs_.records.size(), positions.size()));
  }
  const auto now = SteadyClock::now();
  totals_.transactions.add(duration_cast<std::chrono::microseconds>(now - began_));
  totals_.commits.add(duration_cast<std::chrono::microseconds>(now - ends));
  settled();
  return {};
}

void UnitOfWork::settled() {
  measure_latency();
  failure::add(totals_.letters, outputs_.letters);
  for (std::size_t side = 0; side < totals_.lateness.size(); ++side) {
    if (outputs_.lateness[side].count() > 0) totals_.lateness[side] += outputs_.lateness[side];
  }
  outputs_.clear();
  refusals_.committed();
}

void UnitOfWork::measure_latency() {
  const auto now = wall_clock_now();
  const auto steady_now = SteadyClock::now();
  for (const auto& stock : outputs_.stock) {
    const auto& result = outputs_.records[stock.record];
    if (result.topic != options_.results_topic) continue;  // refused: it has become a dead letter
    const auto latency = now - result.timestamp.value_or(now);
    recent_latency_.add(latency, steady_now);
    total_latency_.add(latency);
  }
}

Latency UnitOfWork::latency() { return {recent_latency_.at(SteadyClock::now()), total_latency_}; }

tl::unexpected<Error> UnitOfWork::recover(Error error) {
  if (transaction_ && should_follow()) tell("join: not committed: " + error.text());
  const bool timed_out = transaction_ && SteadyClock::now() - began_ >= options_.transaction_timeout;
  if (transaction_ && error.error_class != ErrorClass::fenced && error.error_class != ErrorClass::recreate) {
    ++aborts_;
    ORDERS_FAILPOINT("unit.abort.before");
    if (auto aborted = transaction_->abort(abort_timeout); !aborted) error.error_class = aborted.error().error_class;
    ORDERS_FAILPOINT("unit.abort.after");
    if (auto refused = producer_->refused(); !refused.empty()) {
      drop_producer();  // see TransactionalProducer::refused(); and what is lent to it may be changed now
      refusals_.settle(outputs_, std::move(refused));
      if (error.error_class != ErrorClass::fenced && error.error_class != ErrorClass::recreate)
        error.error_class = ErrorClass::record;
    }
  }
  if (error.error_class == ErrorClass::fenced) {
    if (timed_out) twin_ = {};  // two fencings are a twin only with no timeout of ours between them
    if (!timed_out && twin_.is_twin(SteadyClock::now())) {
      error.message += "; this happened twice within a minute: another ordersd runs with our instance_id";
    } else {
      error.error_class = ErrorClass::recreate;
    }
  }
  if (error.error_class == ErrorClass::recreate || error.error_class == ErrorClass::fenced) drop_producer();
  transaction_.reset();
  return fail(std::move(error));
}

void UnitOfWork::drop_producer() {
  if (producer_) ++recreated_;
  transaction_.reset();
  producer_.reset();
}

void UnitOfWork::abandon() {
  if (transaction_) {
    ++aborts_;
    if (should_follow()) tell("join: given up");
    if (auto aborted = transaction_->abort(abort_timeout); !aborted) drop_producer();
  }
  transaction_.reset();
  unknown_.reset();
  outputs_.clear();
  refusals_.forget();
}

std::optional<SteadyClock::time_point> UnitOfWork::open_since() const {
  if (!transaction_) return std::nullopt;
  return began_;
}

}  // namespace orders::topology
