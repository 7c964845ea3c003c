// Rows as lines of a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ordersctl/raw_json.h"
#include "ordersctl/table_export.h"
#include "ordersctl/table_filter.h"

namespace orders::ctl {
namespace {

const Timestamp now = from_millis(1'700'000'000'000);  // 2023-11-14T22:13:20Z

std::string csv(std::string_view text) {
  std::string field;
  append_csv_field(field, text);
  return field;
}

TEST(Csv, FieldsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv("plain"), "plain");
  EXPECT_EQ(csv(""), "");
  EXPECT_EQ(csv("a,b"), R"("a,b")");
  EXPECT_EQ(csv(R"(say "x")"), R"("say ""x""")");
  EXPECT_EQ(csv("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv("\r"), "\"\r\"");
}

std::string line(const std::string& value, ExportFormat format) {
  std::string out;
  append_row(out, {.id = 5, .partition = 1, .offset = 9, .timestamp = now, .value = value}, format);
  return out;
}

TEST(Export, ARowIsALineOfCsv) {
  EXPECT_EQ(export_header(ExportFormat::csv),
            "key,partition,offset,timestamp,customerId,status,source,value,value_base64\n");
  EXPECT_EQ(line(R"({"status":"ROLLBACK","customerId":7,"source":"PAYMENT"})", ExportFormat::csv),
            "5,1,9,1700000000000,7,ROLLBACK,PAYMENT,"
            R"("{""status"":""ROLLBACK"",""customerId"":7,""source"":""PAYMENT""}",)"
            "\n");
  EXPECT_EQ(line(R"({"status":"a,b"})", ExportFormat::csv),
            R"(5,1,9,1700000000000,,"a,b",,"{""status"":""a,b""}",)"
            "\n");
  EXPECT_EQ(line("\xff", ExportFormat::csv), "5,1,9,1700000000000,,,,,/w==\n");
}

TEST(Export, ARowIsALineOfNdjsonHoweverItsValueIsLaidOut) {
  EXPECT_EQ(export_header(ExportFormat::ndjson), "");
  EXPECT_EQ(line("{\n  \"price\": 1.10\r\n}", ExportFormat::ndjson),
            R"({"key":5,"partition":1,"offset":9,"timestamp":1700000000000,"value":{   "price": 1.10  }})"
            "\n");
  EXPECT_EQ(nlohmann::json::parse(line("\xff", ExportFormat::ndjson)).at("value_base64"), "/w==");
}

}  // namespace
}  // namespace orders::ctl
