// Exit codes that need the real broker, database and daemon; unit_ordersctl has the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kafka_broker.h"
#include "support/postgres.h"
#include "support/saga.h"

namespace orders::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ExitCodes : public testing::Test {
 protected:
  void expect(const std::vector<std::string>& arguments, int exit_code,
              const testing::Matcher<std::string>& err = testing::_) const {
    const auto output = daemon_.ctl(arguments);
    EXPECT_EQ(output.exit_code, exit_code) << output.text();
    EXPECT_THAT(output.err, err) << output.text();
  }

  PostgresDatabase database_;
  Daemon daemon_{"codes",
                 {{"kafka.bootstrap_servers", shared_broker().bootstrap()},
                  {"database.backend", "postgresql"},
                  {"database.url", database_.url()}}};
};

TEST_F(ExitCodes, TellWhatTopicsAndSchemaAreFitFor) {
  expect({"topics", "check"}, 1, HasSubstr("not fit for ordersd"));
  expect({"simulate"}, 2, AllOf(HasSubstr(daemon_.orders()), HasSubstr("ordersctl topics create")));
  expect({"topics", "create", "--replication-factor", "3"}, 2, HasSubstr("creating topic "));  // of a single broker
  expect({"topics", "create", "--partitions", "2"}, 0);
  expect({"topics", "create", "--partitions", "3"}, 1, HasSubstr("is there with 2 partitions"));
  expect({"topics", "check"}, 0);
  expect({"db", "status"}, 1, HasSubstr("ordersctl db migrate"));
  expect({"db", "migrate"}, 0);
  expect({"db", "migrate"}, 0);
  expect({"db", "status"}, 0);
}

TEST_F(ExitCodes, TellWhatIsNotThereFromWhatIsRefused) {
  daemon_.ctl_ok({"topics", "create"});
  daemon_.ctl_ok({"db", "migrate"});
  daemon_.start_and_await();
  expect({"status"}, 0);
  expect({"order", "get", "5"}, 3, HasSubstr("order 5 is not there"));
  expect({"state", "get", "5"}, 3, HasSubstr("order 5 in the table is not there"));
  expect({"order", "list"}, 0);
  expect({"order", "list", "--status", "CONFIRMED"}, 0);
  expect({"state", "list"}, 0);
  expect({"order", "count"}, 0);
  expect({"state", "count"}, 0);
  expect({"order", "create", "--customer", "1", "--item", "mug:0@2.50"}, 2, HasSubstr("items[0].quantity"));
  expect({"order", "create", "--customer", "1", "--item", "mug:1@2.50"}, 0);
  EXPECT_EQ(daemon_.stop(), 0);
  expect({"status"}, 4, HasSubstr("start it"));
}

}  // namespace
}  // namespace orders::test
