// What the daemon answers to a batch of new orders.
#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;
using testing::ElementsAre;

TEST_F(Api, ABatchIsAnsweredLineByLine) {
  const auto lines = create_batch(good + "\n" + "{}\n" + "\n" + good);
  ASSERT_EQ(lines.size(), 4u);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].at("line"), i + 1);
  EXPECT_EQ(lines[0].at("status"), 201);
  EXPECT_EQ(lines[0].at("body").at("orderId"), FakeIntake::first_id);
  EXPECT_EQ(lines[0].at("body").at("status"), "NEW");
  EXPECT_EQ(lines[1].at("status"), 400);
  EXPECT_EQ(lines[1].at("body").at("errors").size(), 2u);
  EXPECT_EQ(lines[2].at("status"), 400);
  EXPECT_EQ(lines[3].at("status"), 201);
  EXPECT_EQ(lines[3].at("body").at("orderId"), FakeIntake::first_id + 1);
  EXPECT_THAT(intake_.keys, ElementsAre("", ""));
}

TEST_F(Api, ABatchesKeysCountItsLines) {
  EXPECT_EQ(create_batch(good + "\n{}\n" + good + "\n", {{"idempotency-key", "K"}}).size(), 3u);
  EXPECT_THAT(intake_.keys, ElementsAre("K/1", "K/3"));
  const auto lines = create_batch(good + "\n" + good, {{"idempotency-key", "K"}, {"batch-first-line", "3"}});
  EXPECT_EQ(lines[0].at("line"), 3);
  EXPECT_EQ(lines[0].at("status"), 200);  // K/3 was there
  EXPECT_EQ(lines[1].at("line"), 4);
  EXPECT_EQ(lines[1].at("status"), 201);
}

TEST_F(Api, ABatchHasAtMostAThousandLines) {
  std::string body;
  for (int i = 0; i < 1'000; ++i) body += good + "\n";
  EXPECT_EQ(create_batch(body).size(), 1'000u);
  expect_problem(ask("POST", "/api/orders/batch", {}, body + good), 413);
  EXPECT_EQ(intake_.keys.size(), 1'000u);  // none of the second
  EXPECT_TRUE(create_batch("").empty());
}

TEST_F(Api, ABatchWithoutTheDatabaseIsUnavailableLineByLine) {
  intake_.mode = FakeIntake::Mode::database_away;
  const auto lines = create_batch(good + "\n" + good);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].at("status"), 503);
  EXPECT_EQ(lines[1].at("body").at("detail"), "the database is away; wait for it");
}

TEST_F(Api, ABatchsFirstLineMustBeANumber) {
  for (const auto* line : {"0", "-1", "x", "", "1.5", "99999999999999999999"}) {
    expect_problem(ask("POST", "/api/orders/batch", {}, good, {{"batch-first-line", line}}), 400);
  }
}

}  // namespace
}  // namespace orders::api
