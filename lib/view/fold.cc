#include "view/fold.h"

#include "kafka/record.h"

namespace orders::view {

InputRecord input_of(const kafka::Record& record) {
  return {record.partition(), record.offset(), record.timestamp(), record.key(), record.value()};
}

void Fates::add_to(ViewStatus& status) const {
  status.read += read;
  status.applied += applied;
  status.superseded += superseded;
  status.tombstone += tombstone;
  status.missing += missing;
  status.invalid += invalid;
  status.failed += failed;
  status.letters_dropped += letters_dropped;
}

TableFold::TableFold(config::KeyFormat key_format, std::span<const TablePosition> positions) : key_format_(key_format) {
  for (const auto& position : positions) positions_[position.partition] = position;
}

void TableFold::add(const InputRecord& record) {
  auto& position = positions_.try_emplace(record.partition, TablePosition{record.partition, 0, {}}).first->second;
  if (record.offset < position.next_offset) return;
  position.next_offset = record.offset + 1;
  moved_.insert(record.partition);
  ++fates_.read;
  auto id = record.key ? order::decode_key(*record.key, key_format_) : std::nullopt;
  if (following_) {
    followed_.push_back(
        {id, record.partition, record.offset, !id ? "invalid" : !record.value ? "deleted" : "applied"});
  }
  if (!id) {
    ++fates_.invalid;
  } else if (!record.value) {
    batch_.remove(*id);
    ++fates_.tombstone;
  } else {
    batch_.put(*id, record.partition, record.offset, record.timestamp, *record.value);
    ++fates_.applied;
  }
}

void TableFold::at_end(std::int32_t partition, std::int64_t offset, Timestamp now) {
  auto& position = positions_.try_emplace(partition, TablePosition{partition, 0, {}}).first->second;
  position.next_offset = std::max(position.next_offset, offset);
  position.end_seen = now;
  moved_.insert(partition);
}

TableBatch& TableFold::finish() {
  for (const auto partition : moved_) batch_.set_position(positions_.at(partition));
  return batch_;
}

Fates TableFold::written() {
  batch_.clear();
  moved_.clear();
  followed_.clear();
  return std::exchange(fates_, {});
}

}  // namespace orders::view
