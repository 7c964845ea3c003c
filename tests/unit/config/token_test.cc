// The file of api.token_file.
#include "config/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "loading.h"

namespace orders::config {
namespace {

using testing::HasSubstr;

class Token : public testing::Test {
 protected:
  Result<std::string> read(const std::string& content, mode_t mode = 0600) {
    write_text(file_, content);
    ::chmod(file_.c_str(), mode);
    return read_token(file_);
  }
  void expect_refused(const Result<std::string>& token, const std::string& why) {
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(token.error().message, HasSubstr("api.token_file: "));
    EXPECT_THAT(token.error().message, HasSubstr(why));
    EXPECT_THAT(token.error().message, testing::Not(HasSubstr("s3cr3t")));
  }

  test::TempFolder folder_{"token"};
  std::string file_ = (folder_ / "token").string();
};

TEST_F(Token, IsWhatStandsInTheFileWithoutWhiteSpaceAroundIt) {
  EXPECT_EQ(read("0123456789abcdef").value(), "0123456789abcdef");
  EXPECT_EQ(read(" \t0123456789abcdef-~\r\n\n", 0640).value(), "0123456789abcdef-~");
}

TEST_F(Token, ThatIsShortOrNoWordIsRefused) {
  expect_refused(read("s3cr3t789abcdef\n"), "holds 15 bytes; a token has at least 16");
  expect_refused(read("s3cr3t with blanks in it"), "one word of visible ASCII characters");
  expect_refused(read("s3cr3t\xc3\xbc"
                      "89abcdefghij"),
                 "one word of visible ASCII characters");
  expect_refused(read("\n"), "is empty");
}

TEST_F(Token, ThatEverybodyMayReadIsRefused) {
  const auto token = read("s3cr3t789abcdefg", 0644);
  expect_refused(token, "0644");
  EXPECT_EQ(token.error().hint, "chmod o= " + file_);
}

TEST_F(Token, ThatIsNotThereIsRefused) { expect_refused(read_token(file_), file_); }

}  // namespace
}  // namespace orders::config
