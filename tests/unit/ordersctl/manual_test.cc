// The manual against the commands themselves, so that it can't fall behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "command_tree.h"
#include "ctl.h"
#include "ordersctl/usage.h"

namespace orders::test {
namespace {

using testing::HasSubstr;

std::string page_text(std::string page) {
  page.replace(page.find('('), std::string::npos, ".1");
  return slurp(std::string(SOURCE_DIR "/man/") + page);
}

/// As mdoc has a flag: "Fl -limit".
bool has_flag(const std::string& page, const std::string& name) {
  return std::regex_search(page, std::regex("(Fl|Fl [a-z] ,) -" + name + "([^a-z-]|$)"));
}

TEST(Manual, HasEveryVerbWithEveryFlag) {
  CommandTree tree;
  const auto overview = page_text("ordersctl(1)");
  int verbs = 0;
  tree.visit_verbs([&](const CLI::App& verb) {
    ++verbs;
    const auto words = words_of(verb);
    EXPECT_THAT(overview, HasSubstr("Cm " + words)) << "every verb has its line in ordersctl(1)";
    const auto page = page_text(ctl::manual_page(verb));
    for (const auto* option : verb.get_options()) {
      for (const auto& name : option->get_lnames()) {
        if (name == "help") continue;
        EXPECT_TRUE(has_flag(page, name)) << words << " --" << name << " is not in " << ctl::manual_page(verb);
      }
    }
  });
  EXPECT_GT(verbs, 20);
  for (const auto* option : tree.app().get_options()) {
    for (const auto& name : option->get_lnames()) EXPECT_TRUE(has_flag(overview, name)) << "--" << name;
  }
}

TEST(Manual, IsNamedByWhatIsPrintedOfAVerb) {
  const Ctl ctl;
  EXPECT_THAT(ctl.run({"order", "creat"}).err, HasSubstr("see ordersctl order --help, or ordersctl-order(1)"));
  EXPECT_THAT(ctl.run({"topics", "check", "--al"}).err, HasSubstr("ordersctl-topics(1)"));
  EXPECT_THAT(ctl.run({"status", "--al"}).err, HasSubstr("or ordersctl-status(1)"));
  EXPECT_THAT(ctl.run({"db", "migrate", "--help"}).out, HasSubstr("More: ordersctl-db(1)"));
}

TEST(Manual, HasNoPageOfAnotherGroup) {
  CommandTree tree;
  std::set<std::string> pages;
  tree.visit_verbs([&](const CLI::App& verb) { pages.insert(ctl::manual_page(verb)); });
  for (const auto& file : std::filesystem::directory_iterator(SOURCE_DIR "/man")) {
    const auto name = file.path().stem().string();
    if (!name.starts_with("ordersctl-")) continue;
    EXPECT_TRUE(pages.contains(name + "(1)")) << file.path() << " is of no command";
    EXPECT_THAT(slurp(SOURCE_DIR "/man/ordersctl.1"), HasSubstr(".Xr " + name + " 1")) << "is named in ordersctl(1)";
  }
}

}  // namespace
}  // namespace orders::test
