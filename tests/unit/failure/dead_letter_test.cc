#include "failure/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace orders::failure {
namespace {

using kafka::Header;
using testing::ElementsAre;
using namespace std::string_literals;

const Timestamp now = from_millis(1'769'860'800'123);  // 2026-01-31T12:00:00.123Z
const Origin origin{"orders", "host-1", "join"};

constexpr Reason all_reasons[] = {Reason::invalid_key,    Reason::invalid_value,     Reason::key_mismatch,
                                  Reason::invalid_status, Reason::invalid_timestamp, Reason::too_large,
                                  Reason::late,           Reason::unmatched,         Reason::database_refused,
                                  Reason::missing_order,  Reason::invalid_result,    Reason::broker_refused};

Rejected rejected(std::vector<Header> headers = {}) {
  Rejected record;
  record.topic = "payment-orders";
  record.partition = 3;
  record.offset = 0x0102030405060708;
  record.timestamp = from_millis(1'700'000'000'000);
  record.key = std::string_view("\0\0\0\0\0\0\0\x07", 8);
  record.value = "{\"orderId\":7}";
  record.headers = std::move(headers);
  return record;
}

std::vector<Header> headers_of(std::vector<Header> before) {
  return dead_letter("dlq", rejected(std::move(before)), Reason::late, "too late", origin, now).headers;
}

std::optional<std::string> only_value(const std::vector<Header>& headers, std::string_view name) {
  std::optional<std::string> found;
  for (const Header& header : headers) {
    if (header.name != name) continue;
    EXPECT_FALSE(found) << name << " is there twice";
    found = header.value;
  }
  return found;
}

TEST(DeadLetter, CarriesTheHeadersOfTheWireContractInOrder) {
  const auto letter = dead_letter("recovererDLQ", rejected({{"trace", "abc"}}), Reason::late, "zu spät", origin, now);
  EXPECT_EQ(letter.topic, "recovererDLQ");
  EXPECT_EQ(letter.partition, -1);
  EXPECT_EQ(letter.timestamp, now);
  EXPECT_EQ(letter.key, "\0\0\0\0\0\0\0\x07"s);
  EXPECT_EQ(letter.value, "{\"orderId\":7}");
  EXPECT_THAT(letter.headers,
              ElementsAre(Header{"trace", "abc"}, Header{"kafka_dlt-exception-fqcn", "orders.failure.Late"},
                          Header{"kafka_dlt-exception-message", "zu spät"},
                          Header{"kafka_dlt-original-topic", "payment-orders"},
                          Header{"kafka_dlt-original-partition", "\0\0\0\x03"s},
                          Header{"kafka_dlt-original-offset", "\x01\x02\x03\x04\x05\x06\x07\x08"},
                          Header{"kafka_dlt-original-timestamp", "\x00\x00\x01\x8b\xcf\xe5\x68\x00"s},
                          Header{"kafka_dlt-original-timestamp-type", "CreateTime"}, Header{"orders-reason", "late"},
                          Header{"orders-attempt", "1"}, Header{"orders-application", "orders"},
                          Header{"orders-instance", "host-1"}, Header{"orders-origin", "join"},
                          Header{"orders-time", "2026-01-31T12:00:00.123Z"}));
}

TEST(DeadLetter, EncodesANegativeTimestampAsJavaDoes) {
  Rejected record = rejected();
  record.timestamp = from_millis(-1);
  record.timestamp_type = "NoTimestampType";
  const auto letter = dead_letter("dlq", record, Reason::invalid_timestamp, "", origin, now);
  EXPECT_EQ(only_value(letter.headers, "kafka_dlt-original-timestamp"), std::string(8, '\xff'));
  EXPECT_EQ(only_value(letter.headers, "kafka_dlt-original-timestamp-type"), "NoTimestampType");
}

TEST(DeadLetter, KeepsANullKeyAndANullValueApartFromEmptyOnes) {
  Rejected record = rejected();
  record.key.reset();
  record.value.reset();
  const auto nulls = dead_letter("dlq", record, Reason::invalid_key, "", origin, now);
  EXPECT_FALSE(nulls.key.has_value());
  EXPECT_FALSE(nulls.value.has_value());
  record.key = std::string_view("");
  record.value = std::string_view("");
  const auto empty = dead_letter("dlq", record, Reason::invalid_key, "", origin, now);
  EXPECT_EQ(empty.key, "");
  EXPECT_EQ(empty.value, "");
}

TEST(DeadLetter, KeepsOtherHeadersInOrderWithDuplicatesAndNulls) {
  const std::vector<Header> others{{"b", "1"}, {"a", std::nullopt}, {"b", "2"}, {"orders-tenant", "x"}, {"b", "1"}};
  auto headers = headers_of(others);
  ASSERT_EQ(headers.size(), others.size() + 13);
  headers.resize(others.size());
  EXPECT_EQ(headers, others);
}

TEST(DeadLetter, ReplacesTheHeadersOfAnEarlierDeadLetter) {
  std::vector<Header> earlier = headers_of({{"first", "1"}});
  earlier.push_back({"last", "2"});
  earlier.insert(earlier.begin(), {"kafka_dlt-exception-stacktrace", "at Foo.java"});
  const auto letter = dead_letter("dlq", rejected(earlier), Reason::unmatched, "alone", origin, now);
  ASSERT_EQ(letter.headers.size(), 15U);
  EXPECT_EQ(letter.headers[0], (Header{"first", "1"}));
  EXPECT_EQ(letter.headers[1], (Header{"last", "2"}));
  EXPECT_EQ(only_value(letter.headers, "kafka_dlt-exception-fqcn"), "orders.failure.Unmatched");
  EXPECT_EQ(only_value(letter.headers, "kafka_dlt-exception-message"), "alone");
  EXPECT_EQ(only_value(letter.headers, "orders-reason"), "unmatched");
  EXPECT_EQ(only_value(letter.headers, "orders-attempt"), "2");
  EXPECT_EQ(only_value(letter.headers, "kafka_dlt-exception-stacktrace"), std::nullopt);
}

TEST(DeadLetter, CountsTheAttemptFromTheNewestHeader) {
  const auto attempt = [](std::vector<Header> headers) { return only_value(headers_of(headers), "orders-attempt"); };
  EXPECT_EQ(attempt({}), "1");
  EXPECT_EQ(attempt({{"orders-attempt", "9"}}), "10");
  EXPECT_EQ(attempt({{"orders-attempt", "7"}, {"orders-attempt", "3"}}), "4");
  EXPECT_EQ(attempt({{"orders-attempt", "9223372036854775807"}}), "9223372036854775807");
  for (const char* nonsense : {"", "x", "-1", "0", "01", "1.0"}) {
    EXPECT_EQ(attempt({{"orders-attempt", nonsense}}), "1") << nonsense;
  }
  EXPECT_EQ(attempt({{"orders-attempt", std::nullopt}}), "1");
}

TEST(DeadLetter, SaysSoWhenItsValueIsLeftOut) {
  auto letter = dead_letter("dlq", rejected(), Reason::late, "too late", origin, now);
  leave_value_out(letter);
  EXPECT_FALSE(letter.value.has_value());
  EXPECT_EQ(only_value(letter.headers, "orders-value-left-out"), "13 bytes, refused by the broker");
  const auto next = dead_letter("dlq", rejected(letter.headers), Reason::late, "too late", origin, now);
  EXPECT_EQ(only_value(next.headers, "orders-value-left-out"), std::nullopt) << "it has its own value again";
}

TEST(DeadLetter, TellsWhichRecordItIsOf) {
  auto letter = dead_letter("dlq", rejected(), Reason::late, "too late", origin, now);
  EXPECT_EQ(original_of(letter), "payment-orders[3]@72623859790382856");
  letter.headers.clear();
  EXPECT_EQ(original_of(letter), "an unknown record");
}

TEST(LetterHeaders, AreWhatWasKnownOfTheRecord) {
  const auto letter = dead_letter("dlq", rejected({{"orders-attempt", "4"}}), Reason::late, "too late", origin, now);
  const auto of = read_headers(letter.headers);
  EXPECT_EQ(of.topic, "payment-orders");
  EXPECT_EQ(of.partition, 3);
  EXPECT_EQ(of.offset, 72623859790382856);
  EXPECT_EQ(of.timestamp, rejected().timestamp);
  EXPECT_EQ(of.reason, "late");
  EXPECT_EQ(of.message, "too late");
  EXPECT_EQ(of.application, origin.application_id);
  EXPECT_EQ(of.origin, origin.origin);
  EXPECT_EQ(of.attempt, 5);
  EXPECT_FALSE(of.value_left_out);
}

TEST(LetterHeaders, ThatAreMissingOrNonsenseAreNotKnown) {
  EXPECT_EQ(read_headers({}).topic, "");
  EXPECT_EQ(read_headers({}).attempt, 1);
  auto letter = dead_letter("dlq", rejected(), Reason::late, "too late", origin, now);
  for (auto& [name, value] : letter.headers) {
    if (name == "kafka_dlt-original-offset") value = "1042";
    if (name == "kafka_dlt-original-timestamp") value = std::nullopt;
    if (name == "orders-attempt") value = "many";
  }
  const auto of = read_headers(letter.headers);
  EXPECT_EQ(of.topic, "") << "a place is known as a whole, or not at all";
  EXPECT_EQ(of.offset, -1);
  EXPECT_EQ(of.timestamp, std::nullopt);
  EXPECT_EQ(of.attempt, 1);
}

TEST(LetterHeaders, OfARedrivenRecordDoNotPileUp) {
  std::vector<Header> headers{{"trace", "kept"}, {"orders-attempt", "of someone else"}, {"orders-colour", "red"}};
  for (int attempt = 1; attempt <= 3; ++attempt) {
    auto letter = dead_letter("dlq", rejected(headers), Reason::late, "too late", origin, now);
    if (attempt == 2) leave_value_out(letter);
    headers = headers_to_redrive(letter.headers);
    EXPECT_EQ(headers, (std::vector<Header>{{"trace", "kept"},
                                            {"orders-colour", "red"},
                                            {"orders-attempt", std::to_string(attempt)}}));
  }
  EXPECT_EQ(headers_to_redrive({}), (std::vector<Header>{{"orders-attempt", "1"}})) << "Spring Kafka writes none";
}

TEST(DeadLetter, GivesEveryReasonItsOwnStableNames) {
  std::set<std::string_view> texts, exceptions;
  for (const Reason reason : all_reasons) {
    texts.insert(to_string(reason));
    exceptions.insert(exception_name(reason));
    EXPECT_TRUE(exception_name(reason).starts_with("orders.failure."));
  }
  EXPECT_EQ(texts, (std::set<std::string_view>{"invalid_key", "invalid_value", "key_mismatch", "invalid_status",
                                               "invalid_timestamp", "too_large", "late", "unmatched",
                                               "database_refused", "missing_order", "invalid_result",
                                               "broker_refused"}));
  EXPECT_EQ(exceptions.size(), std::size(all_reasons));
  EXPECT_EQ(exception_name(Reason::database_refused), "orders.failure.DatabaseRefused");
}

}  // namespace
}  // namespace orders::failure
