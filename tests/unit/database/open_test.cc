// Opening, without any server.
#include <fstream>

#include "database/postgres_address.h"
#include "fixture.h"
#include "rocks/store.h"
#include "support/damage.h"

namespace orders::database {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<PostgresAddress> parsed(const std::string& url) { return parse_address(url, Timeouts{}, "ordersd/test"); }

TEST(Open, NoneGivesNoDatabase) {
  Options options;
  options.config.backend = config::DatabaseBackend::none;
  const auto database = open(options);
  ASSERT_TRUE(ok(database));
  EXPECT_EQ(*database, nullptr);
}

TEST(Open, AUrlThatCanNotBeUnderstoodIsInvalidAndNeverQuoted) {
  for (const std::string url :
       {"", "mysql://user:s3cret@host/db", "postgresql://user:s3cret@[::1/db", "postgresql://u:s3cret@h/db?sslmoed=x",
        "postgresql://u:s3cret%zz@h/db", "host=h password=s3cret nonsense", "postgresql://u:s3cret@h:notaport/db",
        "postgresql://u:s3cret@h:99999/db", "postgresql://u:s3cret@a,b:1,2,3/db"}) {
    const auto database = open(postgres_options(url));
    if (url.find("1,2,3") != std::string::npos) continue;  // libpq finds that out when it connects
    ASSERT_FALSE(database) << url;
    EXPECT_EQ(database.error().error_class, ErrorClass::invalid);
    EXPECT_THAT(database.error().text(), HasSubstr("database.url"));
    EXPECT_THAT(database.error().text(), Not(HasSubstr("s3cret"))) << url;
    EXPECT_FALSE(database.error().hint.empty());
  }
}

TEST(Open, AnAddressIsShownWithoutItsPassword) {
  EXPECT_EQ(parsed("postgresql://orders:s3cret@db.example:6432/sales")->shown, "db.example:6432/sales");
  EXPECT_EQ(parsed("postgresql://orders@localhost/orders")->shown, "localhost:5432/orders");
  EXPECT_EQ(parsed("postgres://orders@/")->shown, "localhost:5432/orders") << "libpq's defaults";
  EXPECT_EQ(parsed("host=/var/run/postgresql user=orders")->shown, "/var/run/postgresql:5432/orders");
}

TEST(Open, TheUrlsOwnSettingsWin) {
  const auto address =
      parsed("postgresql://u@h/d?connect_timeout=77&options=-c%20lock_timeout%3D1&application_name=me");
  ASSERT_TRUE(ok(address));
  EXPECT_THAT(address->conninfo, HasSubstr("connect_timeout='77'"));
  EXPECT_THAT(address->conninfo, HasSubstr("-c lock_timeout=5000"));
  EXPECT_THAT(address->conninfo, HasSubstr(" -c lock_timeout=1'")) << "the last one counts";
  EXPECT_THAT(address->conninfo, HasSubstr("application_name='me'"));
  EXPECT_THAT(address->conninfo, HasSubstr("tcp_user_timeout='10000'"));
  EXPECT_THAT(address->conninfo, HasSubstr("keepalives_idle='10'"));
}

TEST(Open, APostgresThatIsAwayIsNoErrorYet) {
  const auto database = open(postgres_options("postgresql://u@127.0.0.1:1/d"));
  ASSERT_TRUE(ok(database));
  const auto session = (*database)->session();
  EXPECT_EQ(session->outbox_depth().error().error_class, ErrorClass::wait);
  EXPECT_EQ((*database)->migrate().error().error_class, ErrorClass::wait);
}

class Embedded : public testing::Test {
 protected:
  Options options() {
    Options options;
    options.config.backend = config::DatabaseBackend::embedded;
    options.application_id = "app";
    options.topic = "orders";
    options.embedded_path = folder_ / "orders";
    return options;
  }
  test::TempFolder folder_{"embedded"};
};

TEST_F(Embedded, NeedsNoMigration) {
  const auto database = open(options()).value();
  EXPECT_TRUE(ok(require_schema(*database)));
  EXPECT_TRUE(database->migrate().value().empty());
  EXPECT_EQ(database->describe(), "the embedded database in " + (folder_ / "orders").string());
}

TEST_F(Embedded, IsForOneProcess) {
  const auto first = open(options()).value();
  ASSERT_TRUE(ok(first->schema()));
  const auto second = open(options());
  ASSERT_TRUE(ok(second)) << "it opens lazily";
  EXPECT_EQ((*second)->session()->find(1).error().error_class, ErrorClass::refused);
}

TEST_F(Embedded, ALayoutFromTheFutureIsRefused) {
  {
    auto store = rocks::Store::open({.path = folder_ / "orders", .write_ahead_log = true}).value();
    rocks::Batch batch;
    batch.put("v", "2");
    ASSERT_TRUE(ok(store.write(batch, true)));
  }
  const auto refused = open(options()).value()->schema();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::invalid);
  EXPECT_EQ(refused.error().hint, "upgrade it");
}

TEST_F(Embedded, ADamagedOneIsAGapThatSaysWhatToDoAndIsLeftAsItIs) {
  ASSERT_TRUE(ok(open(options()).value()->schema()));
  std::ofstream(folder_ / "orders" / "CURRENT", std::ios::trunc) << "################";
  const auto files = test::files_like(folder_ / "orders", "").size();
  const auto damaged = open(options()).value()->schema();
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().error_class, ErrorClass::gap);
  EXPECT_THAT(damaged.error().message, HasSubstr(folder_ / "orders"));
  EXPECT_THAT(damaged.error().hint, HasSubstr("docs/recovery.md"));
  EXPECT_EQ(test::files_like(folder_ / "orders", "").size(), files);
  EXPECT_EQ(test::files_like(folder_.path(), "corrupt").size(), 0u);
}

TEST_F(Embedded, ADamagedBlockIsAGapForWhoReadsItAndForNobodyElse) {
  {
    const auto database = open(options()).value();
    std::vector<NewOrder> orders;
    for (OrderId id = 1; id <= 500; ++id) orders.push_back(new_order(id));
    ASSERT_TRUE(ok(database->session()->save_new(orders, "me")));
  }
  // What is in the log goes to a file when it is opened anew.
  ASSERT_TRUE(ok(open(options()).value()->schema()));
  ASSERT_GT(test::flip_bits_of_rows(folder_ / "orders", 40), 0u);
  const auto database = open(options()).value();
  const auto session = database->session();
  int damaged = 0;
  for (OrderId id = 1; id <= 500; ++id) {
    const auto row = session->find(id);
    if (row) {
      EXPECT_TRUE(row->has_value()) << id;
      continue;
    }
    ++damaged;
    EXPECT_EQ(row.error().error_class, ErrorClass::gap);
    EXPECT_THAT(row.error().hint, HasSubstr("docs/recovery.md"));
  }
  EXPECT_GT(damaged, 0);
  EXPECT_LT(damaged, 500);
}

TEST_F(Embedded, AFolderThatCanNotBeMadeIsTriedAgainByTheNextCall) {
  auto blocked = options();
  std::ofstream(folder_ / "file") << "not a folder";
  blocked.embedded_path = folder_ / "file" / "orders";
  const auto database = open(blocked).value();
  const auto failed = database->schema();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr(folder_ / "file"));
  std::filesystem::remove(folder_ / "file");
  EXPECT_TRUE(ok(database->schema()));
}

}  // namespace
}  // namespace orders::database
