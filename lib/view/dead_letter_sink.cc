#include "view/dead_letter_sink.h"

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/log.h"

namespace orders::view {
namespace {

// Together well below the database's limit for a transaction that waits (30 s).
constexpr Milliseconds timeout{5'000};

kafka::OutputRecord without_value(kafka::OutputRecord record) {
  record.headers.push_back({"orders-value-left-out",
                            fmt::format("{} bytes, too large for the topic", record.value ? record.value->size() : 0)});
  record.value.reset();
  return record;
}

}  // namespace

Result<> DeadLetterSink::ready() {
  if (producer_) return {};
  auto connection = connection_;
  connection.properties.try_emplace("message.max.bytes", "67108864");  // what is too large, the broker says
  auto producer = kafka::TransactionalProducer::create(connection, {.transactional_id = transactional_id_});
  if (!producer) return fail(producer.error());
  if (auto settled = producer->init(timeout); !settled) return settled;
  producer_ = std::move(*producer);
  return {};
}

Result<> DeadLetterSink::transact(std::span<const Letter> letters, bool with_values) {
  auto ended = ready().and_then([&]() -> Result<> {
    auto transaction = producer_->begin();
    if (!transaction) return fail(transaction.error());
    for (const auto& letter : letters) {
      auto queued = transaction->produce(with_values ? letter.record : without_value(letter.record));
      ORDERS_FAILPOINT("letter.produce.after");
      if (!queued) return queued;
    }
    ORDERS_FAILPOINT("letter.commit.before");
    auto committed = transaction->commit(timeout);
    ORDERS_FAILPOINT_RESULT("letter.commit.after", committed);
    return committed;
  });
  if (!ended) producer_.reset();  // whatever it was, a new producer settles it
  return ended;
}

Result<> DeadLetterSink::send(std::vector<Letter> letters) {
  std::erase_if(letters, [&](const Letter& letter) { return sent_.contains({letter.partition, letter.offset}); });
  if (letters.empty()) return {};
  auto sent = transact(letters, true);
  if (!sent && sent.error().error_class == ErrorClass::record) {
    // One is too large; alone it is found, and only it goes without its value.
    for (const auto& letter : letters) {
      sent = transact({&letter, 1}, true);
      if (!sent && sent.error().error_class == ErrorClass::record) sent = transact({&letter, 1}, false);
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

}  // namespace orders::view
