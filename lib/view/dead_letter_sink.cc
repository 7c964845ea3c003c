#include "view/dead_letter_sink.h"

#include <fmt/format.h>

#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "failure/dead_letter.h"

namespace orders::view {
namespace {

// Together well below the database's limit for a transaction that waits (30 s).
constexpr Milliseconds timeout{5'000};

bool is_refused(const Result<>& sent) { return !sent && sent.error().error_class == ErrorClass::record; }

}  // namespace

Result<> DeadLetterSink::ready() {
  if (producer_) return {};
  auto producer = kafka::TransactionalProducer::create(connection_, {.transactional_id = transactional_id_});
  if (!producer) return fail(producer.error());
  if (auto settled = producer->init(timeout); !settled) return settled;
  producer_ = std::move(*producer);
  return {};
}

Result<> DeadLetterSink::transact(std::span<const Letter> letters) {
  auto ended = ready().and_then([&]() -> Result<> {
    auto transaction = producer_->begin();
    if (!transaction) return fail(transaction.error());
    for (const auto& letter : letters) {
      auto queued = transaction->produce(letter.record);
      ORDERS_FAILPOINT("letter.produce.after");
      if (!queued) return queued;
    }
    ORDERS_FAILPOINT("letter.commit.before");
    auto committed = transaction->commit(timeout);
    ORDERS_FAILPOINT_RESULT("letter.commit.after", committed);
    return committed;
  });
  if (ended) return {};
  if (producer_ && !producer_->refused().empty()) ended.error().error_class = ErrorClass::record;
  producer_.reset();  // whatever it was, a new producer settles it
  return ended;
}

/// As it is, else without its value, else not at all.
Result<> DeadLetterSink::send_alone(Letter& letter) {
  auto sent = transact({&letter, 1});
  if (is_refused(sent) && letter.record.value) {
    spdlog::error(
        "database view: the broker refuses the dead letter of {}, which goes without its value of {} bytes; that still "
        "stands where it came from: {}",
        failure::original_of(letter.record), letter.record.value->size(), sent.error().message);
    failure::leave_value_out(letter.record);
    sent = transact({&letter, 1});
  }
  if (!is_refused(sent)) return sent;
  spdlog::error("database view: the broker refuses the dead letter of {} even without its value, and it is dropped: {}",
                failure::original_of(letter.record), sent.error().message);
  ++dropped_;
  return {};
}

Result<> DeadLetterSink::send(std::vector<Letter> letters) {
  std::erase_if(letters, [&](const Letter& letter) { return sent_.contains({letter.partition, letter.offset}); });
  if (letters.empty()) return {};
  auto sent = transact(letters);
  if (is_refused(sent)) {
    // One of them is to blame; alone it is found.
    for (auto& letter : letters) {
      sent = send_alone(letter);
      if (!sent) break;
      sent_.insert({letter.partition, letter.offset});
    }
  }
  if (!sent) {
    return fail(ErrorClass::wait,
                fmt::format("writing dead letters to {}: {}", letters.front().record.topic, sent.error().message),
                sent.error().hint);
  }
  for (const auto& letter : letters) sent_.insert({letter.partition, letter.offset});
  spdlog::debug("{} dead letters written", letters.size());
  return {};
}

std::uint64_t DeadLetterSink::settled() {
  sent_.clear();
  return std::exchange(dropped_, 0);
}

}  // namespace orders::view
