// The operators' questions: alike in both backends.
#include "fixture.h"

namespace orders::database {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Queries : public BothBackends {
 protected:
  void SetUp() override {
    std::vector<Change> changes;
    std::int64_t offset = 0;
    for (const OrderId id : {30, -4, 11, 20, 21, 40}) changes.push_back(change(0, offset++, id, "NEW"));
    changes.push_back(change(0, offset++, 20, "CONFIRMED"));
    changes.push_back(change(0, offset++, 30, "CONFIRMED"));
    changes.push_back(change(0, offset++, 21, "REJECTED", "PAYMENT"));
    ASSERT_TRUE(ok(session_->apply(batch_of(0, std::move(changes)))));
  }
  std::vector<OrderId> ids(const ListFilter& filter) {
    const auto rows = session_->list(filter);
    EXPECT_TRUE(ok(rows));
    std::vector<OrderId> found;
    for (const auto& row : rows.value_or(std::vector<OrderRow>{})) {
      EXPECT_EQ(row.order.items.size(), 2u);
      EXPECT_EQ(row.order.items, order_of(row.order.id, "").items);
      found.push_back(row.order.id);
    }
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, Queries, both_backends(), backend_name);

TEST_P(Queries, ListInTheOrderOfTheIds) { EXPECT_THAT(ids({}), ElementsAre(-4, 11, 20, 21, 30, 40)); }

TEST_P(Queries, ListPageByPage) {
  EXPECT_THAT(ids({.status = {}, .customer_id = {}, .after = {}, .limit = 2}), ElementsAre(-4, 11));
  EXPECT_THAT(ids({.status = {}, .customer_id = {}, .after = 11, .limit = 3}), ElementsAre(20, 21, 30));
  EXPECT_THAT(ids({.status = {}, .customer_id = {}, .after = 22, .limit = 3}), ElementsAre(30, 40));
  EXPECT_THAT(ids({.status = {}, .customer_id = {}, .after = 40, .limit = 3}), IsEmpty());
  EXPECT_THAT(ids({.status = {}, .customer_id = {}, .after = {}, .limit = 0}), IsEmpty());
}

TEST_P(Queries, ListByStatusAndCustomer) {
  EXPECT_THAT(ids({.status = "CONFIRMED", .customer_id = {}, .after = {}}), ElementsAre(20, 30));
  EXPECT_THAT(ids({.status = "NEW", .customer_id = {}, .after = 0}), ElementsAre(11, 40));
  EXPECT_THAT(ids({.status = "NEW", .customer_id = {}, .after = 0, .limit = 1}), ElementsAre(11));
  EXPECT_THAT(ids({.status = {}, .customer_id = 0, .after = {}}), ElementsAre(20, 30, 40));
  EXPECT_THAT(ids({.status = {}, .customer_id = -4, .after = {}}), ElementsAre(-4));
  EXPECT_THAT(ids({.status = "CONFIRMED", .customer_id = 0, .after = 20}), ElementsAre(30));
  EXPECT_THAT(ids({.status = "CONF", .customer_id = {}, .after = {}}), IsEmpty());
  EXPECT_THAT(ids({.status = std::string("NEW\0", 4), .customer_id = {}, .after = {}}), IsEmpty());
  EXPECT_THAT(ids({.status = "' OR true --", .customer_id = {}, .after = {}}), IsEmpty());
}

TEST_P(Queries, CountByStatus) {
  const auto counts = session_->count_by_status();
  ASSERT_TRUE(ok(counts));
  std::vector<std::pair<std::string, std::uint64_t>> found;
  for (const auto& count : *counts) found.emplace_back(count.status, count.count);
  EXPECT_THAT(found, ElementsAre(std::pair<std::string, std::uint64_t>("CONFIRMED", 2), std::pair("NEW", 3),
                                 std::pair("REJECTED", 1)));
}

}  // namespace
}  // namespace orders::database
