// Dead letters as the join and the database view write them.
#pragma once

#include <string>
#include <utility>

#include "dlq/letter.h"

namespace orders::dlq::test {

inline constexpr Timestamp dead_since = from_millis(1'700'000'100'000), written = from_millis(1'700'000'000'000);

/// Of payment-orders[3]@1042, key and value "{}".
inline Letter make_letter(failure::Reason reason, const std::string& origin = "join",
                          const std::string& topic = "payment-orders", std::int64_t offset = 1042) {
  failure::Rejected rejected;
  rejected.topic = topic;
  rejected.partition = 3;
  rejected.offset = offset;
  rejected.timestamp = written;
  rejected.key = "key";
  rejected.value = "{}";
  rejected.headers = {{"trace", "kept"}};
  auto record = failure::dead_letter("recovererDLQ", std::move(rejected), reason, "why", {"orders", "one", origin},
                                     dead_since);
  Letter letter;
  letter.at = {"recovererDLQ", 2};
  letter.offset = 17;
  letter.time = dead_since;
  letter.key = record.key;
  letter.value = record.value;
  letter.headers = record.headers;
  letter.of = failure::read_headers(letter.headers);
  return letter;
}

/// Written by a program without any of the headers.
inline Letter make_stranger() {
  Letter letter;
  letter.at = {"recovererDLQ", 2};
  letter.offset = 18;
  letter.time = dead_since;
  letter.value = "hello";
  return letter;
}

}  // namespace orders::dlq::test
