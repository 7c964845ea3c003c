// What is asked of the service, and what its answers mean.
#include "service.h"

namespace orders::catalog {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(Service, KnowsACodeAnswered200AndDoesNotKnowOneAnswered404) {
  open();
  expect("mug", Standing::known);
  expect("mgu", Standing::unknown);
  EXPECT_EQ(status().requests, 2u);
  EXPECT_EQ(status().failures, 0u);
  EXPECT_FALSE(status().last_error);
}

TEST_F(Service, IsAskedForACodeWhateverStandsInIt) {
  open();
  expect("a/b?c#d %ü", Standing::unknown);
  EXPECT_THAT(server_.targets(), ElementsAre("/api/products/a%2Fb%3Fc%23d%20%25%C3%BC"));
}

TEST_F(Service, IsNotAskedForWhatWouldBeAnotherPath) {
  open();
  expect(".", Standing::unknown);
  expect("..", Standing::unknown);
  EXPECT_EQ(server_.requests(), 0);
}

TEST_F(Service, IsAskedOverOneConnectionAsLongAsThatIsEnough) {
  open();
  for (int i = 0; i < 20; ++i) expect("code-" + std::to_string(i), Standing::unknown);
  EXPECT_EQ(server_.requests(), 20);
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(Service, IsNotAskedAgainForWhatItKnowsButForWhatItDoesNot) {
  open();
  for (int i = 0; i < 2; ++i) expect("mug", Standing::known);
  EXPECT_EQ(server_.requests(), 1);
  EXPECT_EQ(status().hits, 1u);
  for (int i = 0; i < 2; ++i) expect("mgu", Standing::unknown);
  EXPECT_EQ(server_.requests(), 3);
}

TEST_F(Service, IsAskedForAnOrdersCodesAtTheSameTime) {
  open();
  server_.hold();
  auto answers = ask_meanwhile({"mug", "plate", "bowl", "spoon"});
  EXPECT_TRUE(wait_until(patience, [&] { return server_.requests() == 4; })) << "one waits for the other";
  server_.release();
  EXPECT_THAT(answers.get(),
              ElementsAre(is(Standing::known), is(Standing::known), is(Standing::known), is(Standing::unknown)));
}

TEST_F(Service, IsAskedOnceForACodeThatSeveralOrdersHave) {
  open();
  server_.hold();
  auto first = ask_meanwhile({"mug"});
  ASSERT_TRUE(wait_until(patience, [&] { return server_.requests() == 1; }));
  auto second = ask_meanwhile({"mug", "plate"});
  ASSERT_TRUE(wait_until(patience, [&] { return server_.requests() == 2; }));  // both of its codes are noted then
  server_.release();
  EXPECT_THAT(first.get(), ElementsAre(is(Standing::known)));
  EXPECT_THAT(second.get(), ElementsAre(is(Standing::known), is(Standing::known)));
  EXPECT_EQ(server_.requests(), 2);
}

TEST_F(Service, ThatAnswersNeitherIsNamedWithWhatItAnswered) {
  open();
  for (const int code : {500, 503, 429, 400, 201}) {
    server_.answer_with(code);
    const auto error = expect_failure("mug");
    EXPECT_EQ(error.error_class, ErrorClass::wait);
    EXPECT_THAT(error.message, HasSubstr("answered with HTTP status " + std::to_string(code)));
  }
  server_.answer_with(401);
  const auto denied = expect_failure("mug");
  EXPECT_EQ(denied.error_class, ErrorClass::denied);
  EXPECT_THAT(denied.hint, HasSubstr("catalog.token_file"));
  server_.answer_with(302);
  const auto elsewhere = expect_failure("mug");
  EXPECT_THAT(elsewhere.message, AllOf(HasSubstr("302"), HasSubstr("no redirection is followed")));
  EXPECT_EQ(server_.requests(), 7);
  EXPECT_EQ(status().failures, 7u);
  EXPECT_EQ(status().last_error.value().message, elsewhere.text());
  server_.answer_with(0);
  expect("mug", Standing::known);
}

TEST_F(Service, ThatBreaksOffOrTalksNonsenseHasNotAnswered) {
  open();
  for (const auto mood : {Mood::closing, Mood::cut, Mood::garbage}) {
    server_.be(mood);
    const auto error = expect_failure("mug");
    EXPECT_EQ(error.error_class, ErrorClass::wait);
    EXPECT_THAT(error.message, HasSubstr("broke off before its answer was whole")) << static_cast<int>(mood);
  }
  server_.be(Mood::endless);
  EXPECT_THAT(expect_failure("mug").message, HasSubstr("more than 1 MiB"));
  server_.be(Mood::good);
  expect("mug", Standing::known);
}

TEST_F(Service, ThatIsSlowHasNotAnswered) {
  config_.timeout = 100ms;
  open();
  server_.be(Mood::silent);
  EXPECT_THAT(expect_failure("mug").message, HasSubstr("gave no whole answer within 100ms"));
  server_.be(Mood::good);
  EXPECT_TRUE(wait_until(patience, [&] { return ask("mug").has_value(); })) << "100 ms are not much for a busy machine";
  expect("mug", Standing::known);
}

TEST_F(Service, ThatIsAwayIsNamedWithoutItsPassword) {
  config_.location.replace(0, std::string("http://").size(), "http://me:s3cr3t@");
  open();
  server_.stop();
  EXPECT_THAT(expect_failure("mug").text(),
              AllOf(HasSubstr("can't reach the catalog at http://me:********@127.0.0.1:"), Not(HasSubstr("s3cr3t"))));
  EXPECT_THAT(status().last_error.value().message, Not(HasSubstr("s3cr3t")));
}

TEST_F(Service, IsShownTheTokenThatIsInTheFileNow) {
  const test::TempFolder folder("catalog");
  test::write_secret(folder / "token", "first\n");
  config_.token_file = folder / "token";
  open();
  expect("mug", Standing::known);
  EXPECT_THAT(server_.last_head(), HasSubstr("\r\nAuthorization: Bearer first\r\n"));
  test::write_secret(folder / "token", "second\n");
  expect("plate", Standing::known);
  EXPECT_THAT(server_.last_head(), HasSubstr("\r\nAuthorization: Bearer second\r\n"));
  std::filesystem::remove(folder / "token");
  EXPECT_THAT(expect_failure("bowl").message, HasSubstr("catalog.token_file: "));
  EXPECT_EQ(server_.requests(), 2);
}

TEST_F(Service, WithoutATokenOrCertificatesThatCanBeReadIsRefused) {
  config_.token_file = "/does/not/exist";
  const auto token = catalog::open(config_);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(token.error().message, HasSubstr("catalog.token_file: "));
  config_.token_file.clear();
  config_.tls_ca = "/does/not/exist";
  const auto certificates = catalog::open(config_);
  ASSERT_FALSE(certificates);
  EXPECT_EQ(certificates.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(certificates.error().message, HasSubstr("catalog.tls_ca: "));
}

TEST_F(Service, IsTriedForTheDoctorWhetherItKnowsHisCodeOrNot) {
  EXPECT_TRUE(try_service(config_));
  server_.answer_with(200);
  EXPECT_TRUE(try_service(config_));
  server_.answer_with(500);
  const auto failing = try_service(config_);
  ASSERT_FALSE(failing);
  EXPECT_THAT(failing.error().message, HasSubstr("500"));
  server_.stop();
  EXPECT_FALSE(try_service(config_));
}

}  // namespace
}  // namespace orders::catalog
