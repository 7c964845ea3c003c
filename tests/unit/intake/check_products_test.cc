// New orders against the catalog.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "intake/intake.h"

namespace orders::intake {
namespace {

using catalog::Standing;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Tells of `away` that it is away.
class FixedCatalog : public catalog::Catalog {
 public:
  explicit FixedCatalog(std::map<std::string, Standing> standings) : standings_(std::move(standings)) {}
  std::vector<Result<Standing>> look_up(std::span<const std::string> codes, Clock::time_point deadline) override {
    asked.emplace_back(codes.begin(), codes.end());
    deadlines.push_back(deadline);
    std::vector<Result<Standing>> answers;
    for (const auto& code : codes) {
      const auto found = standings_.find(code);
      if (code == "away") {
        answers.emplace_back(fail(ErrorClass::wait, "the catalog is away"));
      } else {
        answers.emplace_back(found == standings_.end() ? Standing::unknown : found->second);
      }
    }
    return answers;
  }
  std::vector<std::vector<std::string>> asked;
  std::vector<Clock::time_point> deadlines;

 private:
  std::map<std::string, Standing> standings_;
};

Result<Checked> order_of(const std::vector<std::string>& codes, int quantity = 1) {
  std::string items;
  for (const auto& code : codes) {
    items += (items.empty() ? "" : ",") + (R"({"productId":")" + code + R"(","quantity":)" + std::to_string(quantity)) +
             R"(,"productPrice":1})";
  }
  return check(R"({"customerId":1,"items":[)" + items + "]}");
}

std::vector<std::string> members(const Result<Checked>& checked) {
  std::vector<std::string> all;
  for (const auto& problem : checked.value().problems) all.push_back(problem.member);
  return all;
}

class Products : public testing::Test {
 protected:
  void check_all() { check_products(orders_, catalog_, deadline_); }

  FixedCatalog catalog_{{{"mug", Standing::known}, {"plate", Standing::known}, {"bowl", Standing::unchecked}}};
  const catalog::Catalog::Clock::time_point deadline_{std::chrono::hours{5}};
  std::vector<Result<Checked>> orders_;
};

TEST_F(Products, OfAllOrdersAreAskedForAtOnceAndEachOnce) {
  orders_ = {order_of({"mug", "plate"}), check("no order"), order_of({"mug", "spoon"})};
  check_all();
  ASSERT_EQ(catalog_.asked.size(), 1u);
  EXPECT_THAT(catalog_.asked[0], UnorderedElementsAre("mug", "plate", "spoon"));
  EXPECT_THAT(catalog_.deadlines, ElementsAre(deadline_));
  EXPECT_THAT(members(orders_[0]), IsEmpty());
  EXPECT_FALSE(orders_[1]);
  ASSERT_THAT(members(orders_[2]), ElementsAre("items[1].productId"));
  EXPECT_EQ(orders_[2]->problems[0].message, "'spoon' is not in the catalog");
  EXPECT_FALSE(orders_[2]->unanswered);
}

TEST_F(Products, ThatAreUnknownStandBesideWhateverElseIsWrong) {
  orders_ = {order_of({"spoon"}, 0)};
  check_all();
  EXPECT_THAT(members(orders_[0]), ElementsAre("items[0].quantity", "items[0].productId"));
}

TEST_F(Products, AreNamedByTheirPlacesBesideItemsThatAreNone) {
  orders_ = {check(R"({"customerId":1,"items":[7,{"productId":"spoon","quantity":1,"productPrice":1}]})")};
  check_all();
  EXPECT_THAT(members(orders_[0]), ElementsAre("items[0]", "items[1].productId"));
}

TEST_F(Products, ThatCannotBeCheckedAreTheirOrdersTroubleAlone) {
  orders_ = {order_of({"mug", "away"}), order_of({"mug"})};
  check_all();
  EXPECT_EQ(orders_[0]->unanswered.value().message, "the catalog is away");
  EXPECT_THAT(members(orders_[0]), IsEmpty());
  EXPECT_FALSE(orders_[1]->unanswered);
}

TEST_F(Products, ThatAreAcceptedUncheckedMarkTheirOrder) {
  orders_ = {order_of({"mug", "bowl"}), order_of({"mug"})};
  check_all();
  EXPECT_TRUE(orders_[0]->request.unchecked);
  EXPECT_FALSE(orders_[1]->request.unchecked);
}

TEST_F(Products, ThatAreNoneAreNotAskedFor) {
  orders_ = {check(R"({"customerId":1,"items":[{"productId":"","quantity":1,"productPrice":1}]})"), check("[]")};
  check_all();
  EXPECT_THAT(catalog_.asked, IsEmpty());
}

}  // namespace
}  // namespace orders::intake
