// Migrations, and what is said about a schema that does not fit.
#include <future>

#include "database/migrations.h"
#include "fixture.h"

namespace orders::database {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A database without any schema yet.
class Schema : public testing::Test {
 protected:
  test::PostgresDatabase postgres_;
  std::unique_ptr<Database> database_ = open(postgres_options(postgres_.url())).value();
};

std::vector<int> all_versions() {
  std::vector<int> versions;
  for (const auto& migration : migrations()) versions.push_back(migration.version);
  return versions;
}

TEST(Migrations, CountFromOneWithoutGaps) {
  int expected = 0;
  for (const auto& migration : migrations()) EXPECT_EQ(migration.version, ++expected);
  EXPECT_EQ(needed_version(), expected);
}

TEST_F(Schema, IsMadeOnceAndThenLeftAlone) {
  EXPECT_EQ(database_->schema().value().found, 0);
  EXPECT_FALSE(database_->schema().value().matches());
  EXPECT_EQ(database_->migrate().value(), all_versions());
  EXPECT_TRUE(database_->schema().value().matches());
  EXPECT_TRUE(ok(require_schema(*database_)));
  EXPECT_THAT(database_->migrate().value(), IsEmpty());
  EXPECT_EQ(postgres_.query("SELECT version, name FROM ordersd_schema"), "1|orders, items, outbox, positions");
}

TEST_F(Schema, IsMadeOnceByTwoAtATime) {
  for (int round = 0; round < 5; ++round) {
    test::PostgresDatabase postgres;
    std::vector<std::future<Result<std::vector<int>>>> migrating;
    for (int i = 0; i < 4; ++i) {
      migrating.push_back(
          std::async(std::launch::async, [&] { return open(postgres_options(postgres.url())).value()->migrate(); }));
    }
    std::vector<int> applied;
    for (auto& one : migrating) {
      const auto versions = one.get();
      ASSERT_TRUE(ok(versions));
      applied.insert(applied.end(), versions->begin(), versions->end());
    }
    EXPECT_EQ(applied, all_versions());
  }
}

TEST_F(Schema, ThatIsMissingIsRefusedWithTheCommandThatMendsIt) {
  const auto missing = require_schema(*database_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(missing.error().message, HasSubstr("no schema"));
  EXPECT_EQ(missing.error().hint, "run: ordersctl db migrate");
}

TEST_F(Schema, ThatIsTooNewIsRefusedWithTheCommandThatMendsIt) {
  ASSERT_TRUE(ok(database_->migrate()));
  postgres_.query("INSERT INTO ordersd_schema (version, name) VALUES (999, 'from the future')");
  const auto too_new = require_schema(*database_);
  ASSERT_FALSE(too_new);
  EXPECT_EQ(too_new.error().error_class, ErrorClass::invalid);
  EXPECT_THAT(too_new.error().text(), HasSubstr("too old for the schema (version 999"));
  EXPECT_EQ(too_new.error().hint, "upgrade it");
  const auto migrated = database_->migrate();
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().error_class, ErrorClass::invalid);
  EXPECT_EQ(migrated.error().hint, "upgrade it");
}

TEST_F(Schema, AMigrationThatFailsLeavesNothingBehind) {
  postgres_.query("CREATE TABLE outbox (something int)");  // in the way of version 1
  const auto failed = database_->migrate();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("\"outbox\" already exists"));
  EXPECT_EQ(postgres_.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
  postgres_.query("DROP TABLE outbox");
  EXPECT_TRUE(ok(database_->migrate()));
}

TEST_F(Schema, AUserWhoMayNotCreateTablesIsTold) {
  postgres_.query("ALTER DATABASE " + postgres_.name() + " OWNER TO postgres");
  const auto denied = database_->migrate();
  ASSERT_FALSE(denied);
  EXPECT_THAT(denied.error().message, HasSubstr("permission denied"));
  EXPECT_THAT(denied.error().hint, HasSubstr("owner"));
}

TEST_F(Schema, TheDescriptionNamesServerAndDatabaseAndNeverThePassword) {
  const std::string place = "127.0.0.1:" + std::to_string(postgres_.server().port()) + "/" + postgres_.name();
  EXPECT_EQ(database_->describe(), "PostgreSQL at " + place);
  ASSERT_TRUE(ok(database_->schema()));
  EXPECT_THAT(database_->describe(), testing::MatchesRegex("PostgreSQL 15\\.[0-9]+ at " + place));
}

}  // namespace
}  // namespace orders::database
