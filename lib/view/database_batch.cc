#include "view/database_batch.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace orders::view {
namespace {

/// A result is its stock record with status and source replaced, so it may be a little larger than the largest input.
constexpr std::uint64_t splice_allowance = 256;

}  // namespace

void DatabaseBatch::clear() {
  records_ = 0;
  bytes_ = 0;
  tombstones_ = 0;
  invalid_.clear();
  changes_.clear();
  record_of_change_.clear();
}

void DatabaseBatch::refuse(failure::Reason reason, std::string message) {
  invalid_.push_back({records_ - 1, reason, std::move(message)});
}

void DatabaseBatch::add(const InputRecord& record) {
  ++records_;
  if (!record.value) {
    ++tombstones_;
    return;
  }
  bytes_ += record.value->size();
  database::Change change;
  if (!parse(record, change)) return;
  record_of_change_.push_back(records_ - 1);
  changes_.push_back(std::move(change));
}

bool DatabaseBatch::parse(const InputRecord& record, database::Change& change) {
  using failure::Reason;
  if (record.value->size() > record_limit_ + splice_allowance) {
    refuse(Reason::too_large, fmt::format("{} bytes; limits.record is {}", record.value->size(), record_limit_));
    return false;
  }
  auto id = record.key ? order::decode_key(*record.key, key_format_) : std::nullopt;
  if (!id) {
    refuse(Reason::invalid_key,
           record.key ? fmt::format("not a key of the format: {}", printable(*record.key, 40)) : std::string("no key"));
    return false;
  }
  std::string problem;
  auto order = parser_.parse_order(*record.value);
  change.insertable = order.has_value();
  if (!order) {
    problem = std::move(order.error().message);
    order = parser_.parse_result(*record.value);
  }
  if (!order) {
    refuse(Reason::invalid_value, std::move(order.error().message));
    return false;
  }
  if (order->id != *id) {
    refuse(Reason::key_mismatch, fmt::format("the key is {}, orderId is {}", *id, order->id));
    return false;
  }
  if (!change.insertable && order::parse_status(order->status) == order::Status::new_) {
    refuse(Reason::invalid_value, std::move(problem));
    return false;
  }
  change.partition = record.partition;
  change.offset = record.offset;
  change.timestamp = record.timestamp;
  change.order_id = *id;
  change.is_new = order::parse_status(order->status) == order::Status::new_;
  change.order = std::move(*order);
  return true;
}

bool Patience::refused(std::int32_t partition, std::int64_t offset) {
  return ++tries_[{partition, offset}] >= attempts_;
}

void Patience::moved(std::int32_t partition, std::int64_t position) {
  std::erase_if(tries_, [&](const auto& tried) {
    return tried.first.first == partition && tried.first.second < position;
  });
}

}  // namespace orders::view
