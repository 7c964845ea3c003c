#include "ordersctl/output.h"

#include <gtest/gtest.h>

#include "ordersctl/exit_code.h"

namespace orders::ctl {
namespace {

TEST(Output, LinesUpColumnsAndLeavesNoTrailingSpace) {
  Table table({">ORDER", "STATUS", "SOURCE"});
  table.add({"7", "CONFIRMED", ""});
  table.add({"1234567", "ROLLBACK", "PAYMENT"});
  EXPECT_EQ(table.text(false),
            "  ORDER  STATUS     SOURCE\n"
            "      7  CONFIRMED\n"
            "1234567  ROLLBACK   PAYMENT\n");
}

TEST(Output, CountsCharactersAndNotBytes) {
  Table table({"PRODUCT", ">QUANTITY"});
  table.add({"Käsebrötchen", "1"});
  table.add({"mug", "12"});
  EXPECT_EQ(table.text(false),
            "PRODUCT       QUANTITY\n"
            "Käsebrötchen         1\n"
            "mug                 12\n");
}

TEST(Output, ShowsControlCharactersInsteadOfSendingThemToTheTerminal) {
  Table table({"PRODUCT"});
  table.add({"\033[2Jmug"});
  EXPECT_EQ(table.text(false).find('\033'), std::string::npos);
}

TEST(Output, ShowsControlCharactersOfErrorsTooButKeepsTheirLines) {
  EXPECT_EQ(error_text({ErrorClass::wait, "one\ntwo \033[2J\xc2\x9bJ", "a\rb"}, false),
            "ordersctl: one\ntwo \\x1b[2J\\xc2\\x9bJ\n  a\\x0db\n");
}

TEST(Output, IsTheSameJsonOnATerminalWithoutWhatDrivesIt) {
  EXPECT_EQ(for_terminal("{\"a\":\"\xc2\x9b" "2J\x7f\xc3\xa4\"}\n"), "{\"a\":\"\\u009b2J\\u007f\xc3\xa4\"}\n");
  EXPECT_EQ(for_terminal("\033[1mSTATUS\033[0m\n\xff"), "\033[1mSTATUS\033[0m\n\xff");
}

TEST(Output, PaintsWithoutMovingTheColumns) {
  Table table({"STATUS", ">N"});
  table.add({"CONFIRMED", "1"});
  const auto text = table.text(true);
  EXPECT_NE(text.find("\033[32mCONFIRMED\033[0m  1\n"), std::string::npos) << text;
}

TEST(Output, KeepsNoMoreCellsThanTitles) {
  Table table({"A", "B"});
  table.add({"1"});
  table.add({"1", "2", "3"});
  EXPECT_EQ(table.text(false), "A  B\n1\n1  2\n");
}

TEST(Output, SaysWhatHappenedAndWhatToDo) {
  EXPECT_EQ(error_text({ErrorClass::wait, "the broker is away", "look at it\nor wait"}, false),
            "ordersctl: the broker is away\n  look at it\n  or wait\n");
  EXPECT_EQ(error_text({ErrorClass::wait, "the broker is away", ""}, false), "ordersctl: the broker is away\n");
}

TEST(Output, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(12'345'678), "12,345,678");
  EXPECT_EQ(counted(1, "order"), "1 order");
  EXPECT_EQ(counted(2'000, "order"), "2,000 orders");
  EXPECT_EQ(counted(0, "order was", "orders were"), "0 orders were");
}

TEST(ErrorClasses, BecomeExitCodes) {
  EXPECT_EQ(exit_code(ErrorClass::wait), ExitCode::unreachable);
  EXPECT_EQ(exit_code(ErrorClass::invalid), ExitCode::usage);
  EXPECT_EQ(exit_code(ErrorClass::not_found), ExitCode::not_found);
  EXPECT_EQ(exit_code(ErrorClass::refused), ExitCode::refused);
  for (const auto other : {ErrorClass::abort, ErrorClass::recreate, ErrorClass::record, ErrorClass::fenced,
                           ErrorClass::gap, ErrorClass::bug}) {
    EXPECT_EQ(exit_code(other), ExitCode::failed) << to_string(other);
  }
}

}  // namespace
}  // namespace orders::ctl
