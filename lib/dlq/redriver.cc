#include "dlq/redriver.h"

#include <fmt/format.h>

namespace orders::dlq {
namespace {

constexpr int tries = 5;

Error taken_over(const Error& error, const std::string& id) {
  return {ErrorClass::fenced,
          fmt::format("another drain of this application has begun and taken over ({}), or this one stood still for "
                      "longer than kafka.transaction_timeout: {}",
                      id, error.message),
          "what was drained is marked, and nothing is half done; one drain at a time: run it again when no other runs"};
}

}  // namespace

Result<> Redriver::open() {
  producer_.reset();
  auto producer = kafka::TransactionalProducer::create(
      options_.connection, {.transactional_id = options_.transactional_id,
                            .transaction_timeout = options_.transaction_timeout});
  if (!producer) return fail(std::move(producer.error()));
  if (auto settled = producer->init(options_.timeout); !settled) return settled;
  producer_ = std::move(*producer);
  return marks_.catch_up_with_all(options_.timeout);
}

Result<> Redriver::send(std::span<const Unit> units) {
  Result<> sent;
  for (int attempt = 0; attempt < tries; ++attempt) {
    sent = producer_ ? Result<>{} : open();
    if (sent) sent = transact(units);
    if (sent) return {};
    const bool refused = producer_ && !producer_->refused().empty();
    producer_.reset();  // whatever it was, a new one settles it
    if (sent.error().error_class == ErrorClass::fenced)
      return fail(taken_over(sent.error(), options_.transactional_id));
    if (refused) sent.error().error_class = ErrorClass::record;
    if (sent.error().error_class == ErrorClass::record || sent.error().error_class == ErrorClass::denied) return sent;
  }
  return sent;
}

Result<> Redriver::transact(std::span<const Unit> units) {
  std::vector<const Outgoing*> letters;
  for (const auto& unit : units) {
    for (const auto& letter : unit) {
      if (!marks_.contains(letter.identity)) letters.push_back(&letter);
    }
  }
  if (letters.empty()) return {};
  auto transaction = producer_->begin();
  if (!transaction) return fail(std::move(transaction.error()));
  for (const auto* letter : letters) {
    if (auto queued = produce(*transaction, *letter); !queued) return queued;
  }
  if (auto committed = transaction->commit(options_.timeout); !committed) return committed;
  for (const auto* letter : letters) marks_.add(letter->identity);
  return {};
}

Result<> Redriver::produce(kafka::Transaction& transaction, const Outgoing& letter) const {
  if (letter.record) {
    if (auto queued = transaction.produce(*letter.record); !queued) return queued;
  }
  kafka::OutputRecord mark;
  mark.topic = options_.marks_topic;
  mark.key = letter.identity;
  mark.value = letter.mark;
  return transaction.produce(mark);
}

}  // namespace orders::dlq
