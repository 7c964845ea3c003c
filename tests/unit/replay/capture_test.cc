#include "replay/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "order/key.h"
#include "base/bytes.h"

namespace orders::replay {
namespace {

using config::KeyFormat;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string key(std::int64_t id, KeyFormat format = KeyFormat::int64) { return order::encode_key(id, format); }

Record plain() {
  return {.topic = "payment-orders",
          .partition = 3,
          .offset = 17,
          .timestamp = from_millis(1'700'000'000'000),
          .key = key(42),
          .value = R"({"orderId":42,"status":"ACCEPT"})",
          .headers = {}};
}

std::string line_of(const Record& record, KeyFormat format = KeyFormat::int64) {
  std::string line;
  append_line(line, record, format);
  return line;
}

Result<std::optional<Record>> read(const std::string& text, KeyFormat format = KeyFormat::int64) {
  std::istringstream in(text);
  return CaptureReader(in, "some.ndjson", format).next();
}

/// What is wrong with a line, when it stands third, behind empty ones.
std::string mistake(const std::string& line, KeyFormat format = KeyFormat::int64) {
  const auto record = read(" \r\n\n" + line + "\n", format);
  if (record) return "nothing";
  EXPECT_EQ(record.error().error_class, ErrorClass::invalid);
  return record.error().text();
}

TEST(CaptureLine, IsOneJsonObject) {
  EXPECT_EQ(line_of(plain()),
            R"({"topic":"payment-orders","partition":3,"offset":17,"timestamp":1700000000000,"key":42,)"
            R"("value":{"orderId":42,"status":"ACCEPT"}})"
            "\n");
}

TEST(CaptureLine, HasANumberOrAStringAsItsKeyOrItsBytes) {
  auto record = plain();
  record.key = key(std::numeric_limits<std::int64_t>::min());
  EXPECT_THAT(line_of(record), HasSubstr(R"("key":-9223372036854775808,)"));
  record.key = "-5";
  EXPECT_THAT(line_of(record, KeyFormat::string), HasSubstr(R"("key":"-5",)"));
  EXPECT_THAT(line_of(record), HasSubstr(R"("key_base64":"LTU=",)"));
  record.key = "007";
  EXPECT_THAT(line_of(record, KeyFormat::string), HasSubstr(R"("key_base64":"MDA3",)"));
  record.key.reset();
  EXPECT_THAT(line_of(record), HasSubstr(R"("key":null,)"));
}

TEST(CaptureLine, KeepsAValueThatIsJsonByteForByte) {
  for (const std::string value : {R"({ "a" : 1.50, "a": [ {} , [ ] ],	"é":"\u00e9\ud800" })", "1e999", "-0.0",
                                  "\"null\"", "true", "[]", "123456789012345678901234567890", "{\"\":\"\x7F\"}"}) {
    auto record = plain();
    record.value = value;
    EXPECT_THAT(line_of(record), HasSubstr("\"value\":" + value + "}")) << value;
  }
}

TEST(CaptureLine, HasBytesInPlaceOfAValueThatJsonOrALineCanNotHold) {
  for (const std::string value :
       {"",     "null", " null",    "{} ",     " {}",    "{\"a\":\n1}", "{\r}",      "{",     "{}}", "nul",
        "\xFF", "01",   "\"\xC3\"", "\"\\x\"", "\"\t\"", "[1,]",        "{\"a\" 1}", "{1:2}", "'a'", "NaN"}) {
    auto record = plain();
    record.value = value;
    EXPECT_THAT(line_of(record), HasSubstr(R"("value_base64":")" + base64(value) + "\"}")) << value;
  }
}

TEST(CaptureLine, HoldsHeadersOfEveryKind) {
  auto record = plain();
  record.headers = {{"text", "a \"b\"\n"},
                    {"bytes", std::string("\xFF\x00", 2)},
                    {"null", std::nullopt},
                    {"empty", ""},
                    {"text", "é\x01"},
                    {"\xFF", "of a name that is not UTF-8"}};
  EXPECT_THAT(line_of(record), HasSubstr(R"("headers":[["text","a \"b\"\n"],["bytes",{"base64":"/wA="}],["null",null],)"
                                         R"(["empty",""],["text","é\u0001"],[{"base64":"/w=="},"of a name that is not UTF-8"]])"));
}

TEST(CaptureLine, OfARecordWithoutAnOffsetHasNone) {
  auto record = plain();
  record.offset = no_offset;
  record.partition = any_partition;
  EXPECT_THAT(line_of(record), HasSubstr(R"("partition":-1,"timestamp")"));
  EXPECT_EQ(**read(line_of(record)), record);
}

TEST(Capture, ComesBackAsItWasWritten) {
  std::mt19937 random(4);
  const auto bytes = [&](std::size_t most) {
    const std::string_view alphabet("{}[]\",:\\ \n\r\tnul0123456789-+.eEtrufabs\xC3\xA9\xFF\x00", 41);
    std::string text;
    for (auto n = random() % most; n > 0; --n) text += alphabet[random() % alphabet.size()];
    return text;
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto format = i % 2 == 0 ? KeyFormat::int64 : KeyFormat::string;
    auto record = plain();
    record.timestamp = from_millis(static_cast<std::int64_t>(random()) - (1 << 20));
    record.key = i % 3 == 0 ? bytes(12) : key(static_cast<std::int64_t>(random()) << (random() % 32), format);
    if (i % 7 == 0) record.key.reset();
    record.value = bytes(24);
    if (i % 11 == 0) record.value.reset();
    for (auto n = random() % 3; n > 0; --n) record.headers.push_back({bytes(6), bytes(6)});
    const auto line = line_of(record, format);
    ASSERT_EQ(std::ranges::count(line, '\n'), 1) << line;
    const auto back = read(line, format);
    ASSERT_TRUE(back) << back.error().text() << "\n" << line;
    ASSERT_EQ(**back, record) << line;
  }
}

TEST(Capture, IsReadInAnyOrderOfMembersAndWithAnySpace) {
  EXPECT_FALSE(read("{\"topic\":\n\"t\"}")) << "a record ends with its line";
  const auto whole = read(
      " { \"value\" :\t{ \"a\": [ 1 ] } , \"headers\":[ [ \"\\u0061\\ud83d\\ude00\" , { \"base64\" : \"AA==\" } ] ], "
      "\"key\" : null,\"timestamp\":-5,\"topic\":\"t\",\"partition\":0 }\r\n");
  ASSERT_TRUE(whole) << whole.error().text();
  EXPECT_EQ((*whole)->value, "{ \"a\": [ 1 ] }");
  EXPECT_THAT((*whole)->headers, ElementsAre(kafka::Header{"a\xF0\x9F\x98\x80", std::string(1, '\0')}));
  EXPECT_EQ((*whole)->timestamp, from_millis(-5));
  EXPECT_EQ((*whole)->offset, no_offset);
  EXPECT_EQ((*whole)->key, std::nullopt);
}

TEST(Capture, EndsWithItsLastLineWhetherThatIsClosedOrNot) {
  auto text = "\xEF\xBB\xBF" + line_of(plain()) + "\n  \n" + line_of(plain());
  text.pop_back();
  std::istringstream in(text);
  CaptureReader reader(in, "some.ndjson", KeyFormat::int64);
  EXPECT_TRUE(reader.next().value());
  EXPECT_EQ(reader.line(), 1);
  EXPECT_TRUE(reader.next().value());
  EXPECT_EQ(reader.line(), 4);
  EXPECT_FALSE(reader.next().value());
  EXPECT_FALSE(reader.next().value());
}

TEST(Capture, TellsWhereALineIsNoJson) {
  EXPECT_THAT(mistake("[]"), StartsWith("some.ndjson:3:1: an object is expected, not '['"));
  EXPECT_THAT(mistake("{"), StartsWith("some.ndjson:3:2: the line ends where"));
  EXPECT_THAT(mistake(R"({"topic":"é" "x"})"), StartsWith("some.ndjson:3:14: ',' or '}' is expected, not '\"'"));
  EXPECT_THAT(mistake(R"({"topic":"t","value":{"a":[1,2}})"), StartsWith("some.ndjson:3:31: ',' or ']'"));
  EXPECT_THAT(mistake(R"({"topic":"t","value":{"a":nil}})"), StartsWith("some.ndjson:3:27: 'nil' is not JSON"));
  EXPECT_THAT(mistake("{\"topic\":\"t\xFF\"}"), StartsWith("some.ndjson:3:12: this is not UTF-8"));
  EXPECT_THAT(mistake(R"({"topic":"t)"), StartsWith("some.ndjson:3:10: this string is not closed"));
  EXPECT_THAT(mistake(R"({"topic":"\ud800"})"), StartsWith("some.ndjson:3:10: half of a surrogate pair"));
  EXPECT_THAT(mistake(R"({"topic":"\x"})"), HasSubstr("an escape that JSON does not know"));
  auto line = line_of(plain());
  line.pop_back();
  EXPECT_THAT(mistake(line + " x"), HasSubstr("the line goes on behind its object"));
}

TEST(Capture, TellsWhichMemberIsWrongAndTheNearestName) {
  EXPECT_THAT(mistake(R"({"topic":"t","partitoin":3})"),
              StartsWith("some.ndjson:3:14: a capture knows no member 'partitoin'; did you mean partition?"));
  EXPECT_THAT(mistake(R"({"topic":"t","topic":"u"})"), StartsWith("some.ndjson:3:14: topic is there twice"));
  EXPECT_THAT(mistake(R"({"headers":[],"headers":[]})"), StartsWith("some.ndjson:3:15: headers is there twice"));
  EXPECT_THAT(mistake(R"({"topic":""})"), HasSubstr(":3:10: the topic has no name"));
  EXPECT_THAT(mistake(R"({"topic":"t","partition":2147483648})"), HasSubstr(":3:26: 2147483648 is no partition"));
  EXPECT_THAT(mistake(R"({"topic":"t","partition":-2})"), HasSubstr("-2 is no partition"));
  EXPECT_THAT(mistake(R"({"topic":"t","offset":-1})"), HasSubstr("-1 is no offset"));
  EXPECT_THAT(mistake(R"({"topic":"t","timestamp":1.5})"), HasSubstr(":3:26: a whole number of 64 bits is expected"));
  EXPECT_THAT(mistake(R"({"timestamp":9223372036854775808})"),
              HasSubstr("64 bits is expected, not 9223372036854775808"));
  EXPECT_THAT(mistake(R"({"timestamp":"5"})"), HasSubstr("64 bits"));
  EXPECT_THAT(mistake(R"({"value_base64":"AAA"})"), HasSubstr(":3:17: this is not base64"));
  EXPECT_THAT(mistake(R"({"headers":{"a":"b"}})"), HasSubstr("a list is expected"));
  EXPECT_THAT(mistake(R"({"headers":[["a"]]})"), HasSubstr(":3:13: a header is a name and a value"));
  EXPECT_THAT(mistake(R"({"headers":[["a","b","c"]]})"), HasSubstr("a header is a name and a value"));
  EXPECT_THAT(mistake(R"({"headers":[["a",{"bytes":"AA=="}]]})"), HasSubstr(":3:18: a header's bytes are"));
  EXPECT_THAT(mistake(R"({"headers":[["a",{}]]})"), HasSubstr("a header's bytes are"));
  EXPECT_THAT(mistake(R"({"headers":[["a",{"base64":"","base64":""}]]})"), HasSubstr("a header's bytes are"));
  EXPECT_THAT(mistake(R"({"headers":[[{"base64":"A"},"b"]]})"), HasSubstr(":3:24: this is not base64"));
  EXPECT_THAT(mistake(R"({"headers":[[null,"b"]]})"), HasSubstr(":3:14: a string is expected"));
}

TEST(Capture, TellsWhatIsMissing) {
  EXPECT_THAT(mistake(R"({"partition":0,"timestamp":1,"key":1,"value":{}})"), HasSubstr(":3:1: topic is missing"));
  EXPECT_THAT(mistake(R"({"topic":"t","timestamp":1,"key":1,"value":{}})"), HasSubstr("partition is missing"));
  EXPECT_THAT(mistake(R"({"topic":"t","partition":0,"key":1,"value":{}})"), HasSubstr("timestamp is missing"));
  EXPECT_THAT(mistake(R"({"topic":"t","partition":0,"timestamp":1,"value":{}})"), HasSubstr("key is missing (null"));
  EXPECT_THAT(mistake(R"({"topic":"t","partition":0,"timestamp":1,"key":1})"), HasSubstr("value is missing (null"));
  EXPECT_THAT(mistake(R"({"topic":"t","partition":0,"timestamp":1,"key":1,"value":{},"value_base64":""})"),
              HasSubstr(":3:76: value is there already"));
}

TEST(Capture, TakesKeysOfTheConfiguredFormatOnly) {
  EXPECT_THAT(mistake(R"({"topic":"t","key":"1"})"),
              AllOf(HasSubstr(":3:20: the key is no number, but topics.key_format is int64"), HasSubstr("key_base64")));
  EXPECT_THAT(mistake(R"({"topic":"t","key":1})", KeyFormat::string), HasSubstr("topics.key_format is string"));
  EXPECT_THAT(mistake(R"({"topic":"t","key":1.0})"), HasSubstr("64 bits is expected, not 1.0"));
}

TEST(Base64, KnowsTheVectorsOfItsRfcAndNothingElse) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
  for (const char* text : {"Zg", "Zg=", "Zh==", "Z", "Zg==Zg==", "Zm9v ", "Zm-v", "=", "===="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace orders::replay
