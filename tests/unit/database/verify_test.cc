#include "database/verify.h"

#include "database/embedded_codec.h"
#include "fixture.h"
#include "rocks/store.h"

namespace orders::database {
namespace {

using testing::SizeIs;

class VerifyEmbedded : public testing::Test {
 protected:
  VerifyEmbedded() {
    Options options;
    options.config.backend = config::DatabaseBackend::embedded;
    options.application_id = "app";
    options.topic = "orders";
    options.embedded_path = folder_ / "database";
    const auto database = open(options).value();
    const auto session = database->session();
    EXPECT_TRUE(ok(session->save_new(std::vector{new_order(1, "key"), new_order(2)}, "me")));
    EXPECT_TRUE(ok(session->apply(batch_of(0, {change(0, 7, 1, "CONFIRMED")}))));
  }
  rocks::Store store() {
    return rocks::Store::open({.path = folder_ / "database", .write_ahead_log = true}).value();
  }
  test::TempFolder folder_{"verify"};
};

TEST_F(VerifyEmbedded, KnowsEveryKeyThatTheDatabaseWrites) {
  const auto contents = check_embedded(store());
  EXPECT_TRUE(contents.damages.empty()) << contents.damages.found.front().where;
  EXPECT_EQ(contents.orders, 2u);
  ASSERT_THAT(contents.positions, SizeIs(1));
  EXPECT_EQ(contents.positions[0].application_id, "app");
  EXPECT_EQ(contents.positions[0].topic, "orders");
  EXPECT_EQ(contents.positions[0].next_offset, 8);
}

TEST_F(VerifyEmbedded, CountsWhatItDoesNotKnow) {
  auto damaged = store();
  rocks::Batch batch;
  batch.put(order_key(2), "no order");
  batch.put(outbox_key(2), "short");
  batch.put(position_key("app", "orders", 0), encode_number(-1));
  batch.put("z", "of no table");
  ASSERT_TRUE(ok(damaged.write(batch, true)));
  const auto contents = check_embedded(damaged);
  EXPECT_EQ(contents.damages.count(), 4u);
  EXPECT_EQ(contents.orders, 1u);
}

}  // namespace
}  // namespace orders::database
