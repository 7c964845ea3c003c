#include "replay/sender.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/backoff.h"

namespace orders::replay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds longest_call{10'000};

bool passes(ErrorClass error_class) {
  return error_class == ErrorClass::wait || error_class == ErrorClass::abort || error_class == ErrorClass::recreate;
}

bool same_place(const kafka::PartitionOffset& a, const kafka::PartitionOffset& b) {
  return a.at == b.at && a.offset == b.offset && a.metadata == b.metadata;
}

bool same(const Position& a, const Position& b) { return std::ranges::equal(a, b, same_place); }

std::vector<kafka::TopicPartition> places_of(const Position& position) {
  std::vector<kafka::TopicPartition> places;
  for (const auto& place : position) places.push_back(place.at);
  return places;
}

/// The first of a batch to be refused is not always to blame, but of its topic.
Error refusal(const Unit& unit, const kafka::Refusal& refused) {
  return {ErrorClass::record,
          fmt::format("{} refuses a record: {}", unit.records[refused.record].topic, refused.reason),
          "a record may be larger than the topic's max.message.bytes"};
}

}  // namespace

Result<Sender> Sender::create(Options options, Wakeup& wakeup) {
  kafka::ConsumerOptions group_options;
  group_options.group_id = options.name;
  auto group = kafka::Consumer::create(options.connection, group_options);
  if (!group) return fail(std::move(group.error()));
  return Sender(std::move(options), *std::move(group), wakeup);
}

Milliseconds Sender::call_timeout() const { return std::min(options_.patience, longest_call); }

Result<Position> Sender::committed(std::span<const kafka::TopicPartition> places) const {
  if (places.empty()) return Position{};
  // Longer than a call: a transaction that was left open ends by its own timeout.
  auto offsets = group_.committed(places, options_.patience);
  if (!offsets) return fail(std::move(offsets.error()));
  std::erase_if(*offsets, [](const auto& place) { return place.offset == kafka::offset_none; });
  std::ranges::sort(*offsets, {}, &kafka::PartitionOffset::at);
  return *std::move(offsets);
}

Result<Position> Sender::start(std::span<const kafka::TopicPartition> places) {
  if (auto made = make_producer(); !made) return fail(std::move(made.error()));
  auto position = committed(places);
  if (position) standing_ = *position;
  return position;
}

Result<> Sender::make_producer() {
  producer_.reset();
  auto producer =
      kafka::TransactionalProducer::create(options_.connection, {options_.name, options_.transaction_timeout, false});
  if (!producer) return fail(std::move(producer.error()));
  if (auto ready = producer->init(call_timeout()); !ready) return ready;
  producer_.emplace(*std::move(producer));
  return {};
}

Result<> Sender::send(const Unit& unit, FunctionRef<bool()> go_on) {
  Backoff backoff({});
  const auto until = Clock::now() + options_.patience;
  for (;;) {
    auto sent = attempt(unit);
    if (sent) {
      standing_ = unit.position;
      return sent;
    }
    if (!passes(sent.error().error_class)) return sent;
    sent.error().error_class = ErrorClass::wait;
    if (Clock::now() >= until || !go_on()) return sent;
    wakeup_.wait(backoff.next());
  }
}

Result<> Sender::attempt(const Unit& unit) {
  if (!producer_) {
    if (auto made = make_producer(); !made) return made;
  }
  if (in_doubt_) {
    auto sent = was_sent(unit);
    if (!sent) return fail(std::move(sent.error()));
    in_doubt_ = false;
    if (*sent) return {};
  }
  return transact(unit);
}

Result<bool> Sender::was_sent(const Unit& unit) const {
  auto position = committed(places_of(unit.position));
  if (!position) return fail(std::move(position.error()));
  if (same(*position, unit.position)) return true;
  if (same(*position, standing_)) return false;
  return fail(ErrorClass::fenced, fmt::format("another replay named {} has gone on meanwhile", options_.name));
}

Result<> Sender::transact(const Unit& unit) {
  auto transaction = producer_->begin();
  if (!transaction) {
    lose_producer();
    return fail(std::move(transaction.error()));
  }
  for (const auto& record : unit.records) {
    if (auto produced = transaction->produce(record); !produced)
      return give_up(*transaction, unit, std::move(produced.error()));
  }
  if (auto sent = transaction->send_offsets(unit.position, group_, call_timeout()); !sent)
    return give_up(*transaction, unit, std::move(sent.error()));
  auto committed = transaction->commit(call_timeout());
  if (committed) return committed;
  if (committed.error().error_class == ErrorClass::abort)
    return give_up(*transaction, unit, std::move(committed.error()));
  lose_producer();
  return committed;
}

Result<> Sender::give_up(kafka::Transaction& transaction, const Unit& unit, Error why) {
  const auto aborted = transaction.abort(call_timeout());
  // produce() only says that the producer is lost.
  if (!aborted && aborted.error().error_class == ErrorClass::fenced) why = aborted.error();
  const auto refused = producer_->refused();
  if (!aborted || !refused.empty()) lose_producer();
  return refused.empty() ? fail(std::move(why)) : fail(refusal(unit, refused.front()));
}

void Sender::lose_producer() {
  producer_.reset();
  in_doubt_ = true;
}

// --- all of a source

namespace {

constexpr std::size_t unit_records = 5'000;
constexpr std::size_t unit_bytes = 8u << 20;
constexpr Milliseconds unit_time{1'000};  ///< well below the transaction's timeout
/// With a rate, so many units a second.
constexpr std::uint64_t units_a_second = 4;

std::size_t size_of(const kafka::OutputRecord& record) {
  return (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
}

std::size_t records_in_a_unit(std::uint64_t rate) {
  if (rate == 0) return unit_records;
  return std::clamp<std::size_t>(rate / units_a_second, 1, unit_records);
}

/// Keeps to so many records a second, reckoned from the beginning.
class Pace {
 public:
  Pace(std::uint64_t rate, Wakeup& wakeup) : rate_(rate), wakeup_(wakeup) {}
  void await(std::uint64_t sent, FunctionRef<bool()> go_on) {
    if (rate_ == 0) return;
    const std::chrono::duration<double> planned(static_cast<double>(sent) / static_cast<double>(rate_));
    const auto due = start_ + std::chrono::duration_cast<Clock::duration>(planned);
    while (go_on()) {
      const auto left = std::chrono::ceil<Milliseconds>(due - Clock::now());
      if (left <= Milliseconds{0}) return;
      wakeup_.wait(std::min(left, Milliseconds{200}));
    }
  }

 private:
  const std::uint64_t rate_;
  Wakeup& wakeup_;
  const Clock::time_point start_ = Clock::now();
};

/// The next unit; without records where the filter let none pass.
struct Gathered {
  Unit unit;
  bool at_end = false;
};

Result<Gathered> gather(RecordSource& source, const SendOptions& options, FunctionRef<bool()> go_on) {
  Gathered gathered;
  auto& [unit, at_end] = gathered;
  const auto most = records_in_a_unit(options.rate);
  const auto until = Clock::now() + unit_time;
  for (std::size_t bytes = 0; unit.records.size() < most && bytes < unit_bytes && Clock::now() < until;) {
    auto record = source.next(go_on);
    if (!record) return fail(std::move(record.error()));
    if (!*record) {
      at_end = true;
      break;
    }
    if (!options.filter.passes((*record)->key)) continue;
    unit.records.push_back(options.rewriting.apply(**std::move(record)));
    bytes += size_of(unit.records.back());
  }
  unit.position = source.position();
  return gathered;
}

}  // namespace

Result<> send_all(RecordSource& source, Sender& sender, const SendOptions& options, Wakeup& wakeup,
                  FunctionRef<bool(std::uint64_t)> go_on) {
  std::uint64_t sent = 0;
  const auto still = [&] { return go_on(sent); };
  Pace pace(options.rate, wakeup);
  for (bool at_end = false; !at_end;) {
    auto gathered = gather(source, options, still);
    if (!gathered) return fail(std::move(gathered.error()));
    if (!still()) return {};
    at_end = gathered->at_end;
    if (auto done = sender.send(gathered->unit, still); !done) return done;
    sent += gathered->unit.records.size();
    if (!still()) return {};
    pace.await(sent, still);
  }
  return {};
}

}  // namespace orders::replay
