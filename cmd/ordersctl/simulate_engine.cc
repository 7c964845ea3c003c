#include "ordersctl/simulate_engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "kafka/admin.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds broker_timeout = 10s;
constexpr Milliseconds give_up_after = 60s;
constexpr Milliseconds idle_commit = 1s;  ///< of offsets that moved without an answer
constexpr std::size_t unit_answers = 5'000;
constexpr std::size_t pending_limit = 20'000;

}  // namespace

SimulateEngine::SimulateEngine(EngineOptions options) : options_(std::move(options)) {}
SimulateEngine::~SimulateEngine() = default;

// --- the clients

Result<> SimulateEngine::make_producer() {
  producer_.reset();
  auto producer = kafka::TransactionalProducer::create(options_.connection, {options_.group + "-" + options_.instance});
  if (!producer) return fail(std::move(producer.error()));
  if (auto ready = producer->init(broker_timeout); !ready) return ready;
  producer_.emplace(std::move(*producer));
  const std::vector<std::string> topics = {options_.topics.payments, options_.topics.stock};
  producer_->warm(topics, broker_timeout);
  return {};
}

Result<> SimulateEngine::start() {
  auto admin = kafka::Admin::create(options_.connection);
  if (!admin) return fail(std::move(admin.error()));
  const std::vector<std::string> names = {options_.topics.orders, options_.topics.payments, options_.topics.stock};
  auto topics = admin->topics(names, broker_timeout);
  if (!topics) return fail(std::move(topics.error()));
  for (const auto& topic : *topics) {
    if (topic.partitions == 0) {
      return fail(ErrorClass::invalid, fmt::format("topic {} is not there", topic.name), "ordersctl topics create");
    }
  }
  if (auto made = make_producer(); !made) return made;
  kafka::ConsumerOptions consumer;
  consumer.group_id = options_.group;
  consumer.group_instance_id = options_.instance;
  auto created = kafka::Consumer::create(options_.connection, consumer);
  if (!created) return fail(std::move(created.error()));
  consumer_.emplace(std::move(*created));
  consumer_->notify(stop_wakeup());
  return consumer_->subscribe({options_.topics.orders}, *this);
}

void SimulateEngine::stop() {
  if (!consumer_) return;
  // After an error there may be no producer: what is due then stays, and is read again by the next run.
  const auto last = producer_ ? send_due(true) : Result<>{};
  if (!last) spdlog::debug("last commit: {}", last.error().text());
  consumer_->leave(broker_timeout);
  forget();
}

// --- the assignment

void SimulateEngine::assigned(const std::vector<kafka::TopicPartition>& partitions) {
  assignment_ = partitions;
  assign_again_ = true;
}

void SimulateEngine::revoked(const std::vector<kafka::TopicPartition>&, bool) {
  // Units are sent within one step, so nothing is open here.
  forget();
  assignment_.clear();
  assign_again_ = false;
}

/// Drops all that is not committed; whoever gets the partitions reads it again.
void SimulateEngine::forget() {
  partitions_.clear();
  taken_ -= pending_.size();
  pending_.clear();
  due_ = {};
}

Result<kafka::PartitionOffset> SimulateEngine::start_of(const kafka::PartitionOffset& committed) {
  auto from = committed;
  if (from.offset < 0) {
    // librdkafka's mock cluster forgets what is committed in transactions; within this process we know it ourselves.
    const auto known = last_committed_.find(committed.at.partition);
    if (known != last_committed_.end()) from = known->second;
  }
  if (from.offset >= 0 && !lost_.contains(from.at.partition)) return from;
  auto marks = consumer_->watermarks(from.at, broker_timeout);
  if (!marks) return fail(std::move(marks.error()));
  return kafka::PartitionOffset{from.at, marks->low, {}};
}

Result<> SimulateEngine::assign() {
  const auto before = pending_;
  forget();
  auto committed = consumer_->committed(assignment_, broker_timeout);
  if (!committed) return fail(std::move(committed.error()));
  std::vector<kafka::PartitionOffset> starts;
  for (const auto& partition : *committed) {
    auto from = start_of(partition);
    if (!from) return fail(std::move(from.error()));
    starts.push_back(std::move(*from));
  }
  auto queues = consumer_->assign_with_queues(starts);
  if (!queues) return fail(std::move(queues.error()));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    auto& partition = partitions_[starts[i].at.partition];
    partition.progress = AnswerProgress::restore(starts[i].offset, starts[i].metadata);
    partition.queue.emplace(std::move((*queues)[i]));
    partition.committed = starts[i];
  }
  count_committed(before);
  lost_.clear();
  assign_again_ = false;
  return {};
}

/// Of the orders that were under way, those whose commit had an unknown outcome and turns out to have been done.
void SimulateEngine::count_committed(const std::map<Place, Pending>& before) {
  for (const auto& [place, order] : before) {
    const auto partition = partitions_.find(place.first);
    if (partition == partitions_.end() || lost_.contains(place.first)) continue;
    const auto& progress = partition->second.progress;
    if (!progress.answered(place.second, Side::payment) || !progress.answered(place.second, Side::stock)) continue;
    ++taken_;
    confirm(order);
  }
}

// --- the loop

Result<> SimulateEngine::step(Milliseconds timeout) {
  if (auto worked = work(); !worked) return recover(std::move(worked.error()));
  failing_since_.reset();
  backoff_.reset();
  stop_wakeup().wait(until_due(timeout));
  return {};
}

Result<> SimulateEngine::work() {
  if (const auto fatal = consumer_->fatal_error()) return fail(*fatal);
  if (!producer_) {
    if (auto made = make_producer(); !made) return made;
  }
  if (auto polled = consumer_->poll_group(0ms); !polled) return polled;
  if (const auto& trouble = consumer_->group_trouble(); trouble && trouble->error_class == ErrorClass::denied) {
    return fail(*trouble);
  }
  if (assign_again_) {
    if (auto done = assign(); !done) return done;
  }
  if (auto done = read(); !done) return done;
  return send_due();
}

/// What was not settled is sent again, or read again from what is committed; an error comes back only when there is no
/// use in going on.
Result<> SimulateEngine::recover(Error error) {
  if (error.error_class == ErrorClass::fenced) {
    error.hint = fmt::format("another simulate runs as {}: give one of them another --instance", options_.instance);
    return fail(std::move(error));
  }
  const bool passing = error.error_class == ErrorClass::wait || error.error_class == ErrorClass::abort ||
                       error.error_class == ErrorClass::recreate || error.error_class == ErrorClass::gap;
  if (!failing_since_) failing_since_ = Clock::now();
  if (!passing || Clock::now() - *failing_since_ > give_up_after) return fail(std::move(error));
  spdlog::warn("{}; trying again", error.text());
  if (error.error_class == ErrorClass::recreate) producer_.reset();
  if (error.error_class == ErrorClass::recreate || error.error_class == ErrorClass::gap) {
    assign_again_ = !assignment_.empty();
  }
  sleep_unless_stopped(backoff_.next());
  return {};
}

Milliseconds SimulateEngine::until_due(Milliseconds at_most) const {
  if (due_.empty()) return at_most;
  const auto left = std::chrono::ceil<Milliseconds>(due_.top().when - Clock::now());
  return std::clamp<Milliseconds>(left, 0ms, at_most);
}

// --- reading

Result<> SimulateEngine::read() {
  for (auto& [number, partition] : partitions_) {
    while (pending_.size() < pending_limit && !partition.progress.full()) {
      auto next = partition.queue->next();
      if (!next) {
        if (next.error().error_class == ErrorClass::gap) lost_.insert(number);
        return fail(std::move(next.error()));
      }
      if (next->kind == kafka::PartitionQueue::Kind::empty) break;
      if (next->kind == kafka::PartitionQueue::Kind::record) {
        take(number, partition, next->record);
      } else if (!full()) {
        partition.progress.reached_end(next->offset);
      }
    }
  }
  return {};
}

void SimulateEngine::take(std::int32_t number, Partition& partition, const kafka::Record& record) {
  const auto offset = record.offset();
  const auto value = record.value();
  auto parsed = value ? parser_.parse_answer(*value) : fail(ErrorClass::record, "a tombstone");
  const bool is_new = parsed && record.key() && parsed->status == order::Status::new_;
  if (parsed && !is_new && offset >= results_read_[number]) {
    if (options_.verify) verifier_.result(parsed->order_id, *value);
    results_read_[number] = offset + 1;
    last_news_ = Clock::now();
  }
  // With as many orders as were asked for, reading goes on for their results alone; the rest is for the next run.
  if (full()) return;
  partition.progress.read(offset);
  if (is_new) return take_new({number, offset}, *parsed, record, partition.progress);
  partition.progress.done(offset);
}

void SimulateEngine::take_new(Place place, const order::Answer& order, const kafka::Record& record,
                              const AnswerProgress& progress) {
  last_news_ = Clock::now();
  const auto& rules = options_.rules;
  const bool open[] = {!progress.answered(place.second, Side::payment), !progress.answered(place.second, Side::stock)};
  if (!open[0] && !open[1]) return;
  Pending pending{order.order_id,
                  std::string(*record.key()),
                  std::string(*record.value()),
                  order.splice,
                  decide(rules, order.order_id, Side::payment),
                  decide(rules, order.order_id, Side::stock)};
  if (options_.verify) {
    verifier_.expect(order.order_id,
                     expected_result(pending.value, pending.splice, pending.payment, pending.stock).value);
  }
  pending_.insert_or_assign(place, std::move(pending));
  ++taken_;
  for (const auto side : {Side::payment, Side::stock}) {
    if (!open[static_cast<std::size_t>(side)]) continue;
    due_.push({Clock::now() + delay_of(rules, order.order_id, side), place, side});
  }
}

// --- sending

SimulateEngine::Unit SimulateEngine::next_unit() {
  Unit unit;
  const auto now = Clock::now();
  while (!due_.empty() && due_.top().when <= now && unit.size() < unit_answers) {
    unit.push_back(due_.top());
    due_.pop();
  }
  return unit;
}

Result<> SimulateEngine::send_due(bool all) {
  const auto unit = next_unit();
  auto after = std::map<std::int32_t, AnswerProgress>();
  for (const auto& [number, partition] : partitions_) after.emplace(number, partition.progress);
  for (const auto& due : unit) after.at(due.place.first).answer(due.place.second, due.side);
  std::vector<kafka::PartitionOffset> offsets;
  for (const auto& [number, progress] : after) {
    kafka::PartitionOffset offset{{options_.topics.orders, number}, progress.position(), progress.metadata()};
    const auto& last = partitions_.at(number).committed;
    if (offset.offset != last.offset || offset.metadata != last.metadata) offsets.push_back(std::move(offset));
  }
  if (offsets.empty() || (unit.empty() && !all && Clock::now() - last_commit_ < idle_commit)) return {};
  if (auto sent = send(unit, offsets); !sent) {
    for (const auto& due : unit) due_.push(due);
    return sent;
  }
  last_commit_ = Clock::now();
  for (auto& [number, progress] : after) partitions_.at(number).progress = std::move(progress);
  for (auto& offset : offsets) {
    last_committed_.insert_or_assign(offset.at.partition, offset);
    partitions_.at(offset.at.partition).committed = std::move(offset);
  }
  settle(unit);
  return {};
}

Result<> SimulateEngine::send(const Unit& unit, const std::vector<kafka::PartitionOffset>& offsets) {
  auto transaction = producer_->begin();
  if (!transaction) return fail(std::move(transaction.error()));
  for (const auto& due : unit) {
    if (auto produced = transaction->produce(answer_record(due)); !produced) return produced;
  }
  if (auto sent = transaction->send_offsets(offsets, *consumer_, broker_timeout); !sent) return sent;
  return transaction->commit(broker_timeout);
}

kafka::OutputRecord SimulateEngine::answer_record(const Due& due) const {
  const auto& order = pending_.at(due.place);
  const bool payment = due.side == Side::payment;
  kafka::OutputRecord record;
  record.topic = payment ? options_.topics.payments : options_.topics.stock;
  record.key = order.key;
  record.value = answer_json(order.value, order.splice, due.side, payment ? order.payment : order.stock);
  return record;
}

void SimulateEngine::settle(const Unit& unit) {
  if (!unit.empty()) last_news_ = Clock::now();
  for (const auto& due : unit) {
    const auto& progress = partitions_.at(due.place.first).progress;
    const auto offset = due.place.second;
    if (!progress.answered(offset, Side::payment) || !progress.answered(offset, Side::stock)) continue;
    const auto found = pending_.find(due.place);
    if (found == pending_.end()) continue;  // both of its answers were in this unit
    confirm(found->second);
    pending_.erase(found);
  }
}

void SimulateEngine::confirm(const Pending& order) {
  ++answered_;
  if (options_.answered) options_.answered({order.id, order.payment, order.stock});
}

}  // namespace orders::ctl
