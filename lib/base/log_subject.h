// What a line of the log is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orders {

/// As far as it is known. In text ` order=7 txn=orders-a-0#12 topic=orders partition=3 offset=52` behind the message;
/// in JSON members of these names; in the journal that text, and the fields ORDERS_ORDER_ID, ORDERS_TRANSACTION,
/// ORDERS_TOPIC, ORDERS_PARTITION and ORDERS_OFFSET.
struct LogSubject {
  std::optional<std::int64_t> order = std::nullopt;
  std::string_view transaction = {};  ///< the transactional id, '#', and its number since the start
  std::string_view topic = {};
  std::int32_t partition = -1;  ///< -1: not known
  std::int64_t offset = -1;     ///< -1: not known
};

/// Calls visit(name, field, value, is_number) for each member that is known, in order.
template <class Visit>
void for_each_member(const LogSubject& subject, Visit visit) {
  if (subject.order) visit("order", "ORDERS_ORDER_ID", std::to_string(*subject.order), true);
  if (!subject.transaction.empty()) visit("txn", "ORDERS_TRANSACTION", std::string(subject.transaction), false);
  if (!subject.topic.empty()) visit("topic", "ORDERS_TOPIC", std::string(subject.topic), false);
  if (subject.partition >= 0) visit("partition", "ORDERS_PARTITION", std::to_string(subject.partition), true);
  if (subject.offset >= 0) visit("offset", "ORDERS_OFFSET", std::to_string(subject.offset), true);
}

}  // namespace orders
