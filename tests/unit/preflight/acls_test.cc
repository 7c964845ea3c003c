// The one list of permissions, in docs/secure.md and for the shell.
#include "preflight/acls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace orders::preflight {
namespace {

using testing::HasSubstr;

std::string words(const std::vector<std::string>& list, const char* quote) {
  std::string text;
  for (const auto& word : list) text += (text.empty() ? "" : ", ") + (quote + word + quote);
  return text;
}

std::string resource_of(const Acl& acl, const std::vector<std::string>& names) {
  if (acl.resource == Acl::Resource::group) return "groups that begin with " + words(names, "`");
  if (acl.resource == Acl::Resource::transactional_id) return "transactional ids that begin with " + words(names, "`");
  return (names.size() == 1 ? "topic " : "topics ") + words(names, "`");
}

/// As docs/secure.md has it: a row for neighbours of one kind with the same operations.
std::string documented_rows(const std::vector<Acl>& acls) {
  std::string rows;
  for (std::size_t i = 0; i < acls.size();) {
    std::vector<std::string> names;
    std::size_t next = i;
    for (; next < acls.size() && acls[next].resource == acls[i].resource &&
           acls[next].operations == acls[i].operations;
         ++next) {
      names.push_back(acls[next].name);
    }
    rows += "| " + resource_of(acls[i], names) + " | " + words(acls[i].operations, "") + " |\n";
    i = next;
  }
  return rows;
}

TEST(Acls, AreThoseOfThePageOnSecurity) {
  const auto page = read_file(SOURCE_DIR "/docs/secure.md");
  ASSERT_TRUE(page.has_value());
  EXPECT_THAT(*page, HasSubstr(documented_rows(acls(config::Config{}))));
}

TEST(Acls, AreGrantedByACommandForTheShell) {
  config::Config config;
  config.application_id = "shop";
  config.kafka.bootstrap_servers = "kafka-1:9092,kafka-2:9092";
  config.topics.orders = "shop.orders";
  const auto needed = acls(config);
  EXPECT_EQ(grant_command(needed[2], config, "User:shop"),
            "kafka-acls.sh --bootstrap-server kafka-1:9092,kafka-2:9092 --add --allow-principal User:shop --operation "
            "Read --operation Write --operation DescribeConfigs --topic shop.orders");
  EXPECT_EQ(grant_command(needed[4], config, "User:CN=the shop"),
            "kafka-acls.sh --bootstrap-server kafka-1:9092,kafka-2:9092 --add --allow-principal 'User:CN=the shop' "
            "--operation Read --group shop --resource-pattern-type prefixed");
}

TEST(Acls, AreForTheUserOfTheConfiguration) {
  config::Config config;
  EXPECT_EQ(likely_principal(config), "User:ordersd");
  config.kafka.properties["sasl.username"] = "orders";
  EXPECT_EQ(likely_principal(config), "User:orders");
}

TEST(ShellWord, IsOneWordWhateverItHolds) {
  EXPECT_EQ(shell_word("kafka-1:9092"), "kafka-1:9092");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("it's; rm"), "'it'\\''s; rm'");
}

}  // namespace
}  // namespace orders::preflight
