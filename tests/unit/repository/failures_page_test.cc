// docs/failures.md, "At a glance": the tests that it names exist, and no reason of a dead letter is left out.
#include <gtest/gtest.h>

#include "source_tree.h"

namespace orders::test {
namespace {

using Row = std::vector<std::string>;

std::string at_a_glance() {
  const auto page = read_text(source_folder / "docs/failures.md");
  const auto begin = page.find("## At a glance\n");
  if (begin == std::string::npos) return {};
  return page.substr(begin, page.find("\n## ", begin) - begin);
}

/// A cell's text, without the blanks around it. There is no '|' in it.
Row cells_of(const std::string& line) {
  Row cells;
  std::istringstream rest(line.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return cells;
}

/// Of all tables, without their heads.
std::vector<Row> rows() {
  std::vector<Row> rows;
  std::istringstream lines(at_a_glance());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('|') || line.starts_with("|---") || line.starts_with("| what fails ")) continue;
    rows.push_back(cells_of(line));
  }
  return rows;
}

std::set<std::string> found_in(const std::string& text, const std::regex& pattern, const std::string& format) {
  std::set<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern); at != std::sregex_iterator(); ++at) {
    found.insert(at->format(format));
  }
  return found;
}

std::set<std::string> tests_of_the_tree() {
  static const std::regex declaration(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  std::set<std::string> names;
  for (const auto& file : files_below("tests")) {
    if (is_source(file)) names.merge(found_in(read_text(file), declaration, "$1.$2"));
  }
  return names;
}

TEST(FailuresPage, EveryRowSaysWhatIsSeenWhatHappensAndWhatToDo) {
  const auto all = rows();
  EXPECT_GT(all.size(), 70u);
  for (const auto& row : all) {
    ASSERT_EQ(row.size(), 5u) << row.front();
    for (std::size_t cell = 0; cell < 4; ++cell) EXPECT_FALSE(row[cell].empty()) << row.front();
  }
}

TEST(FailuresPage, EveryTestThatItNamesExists) {
  static const std::regex name(R"(`([A-Z]\w+\.[A-Z]\w+)`)");
  const auto named = found_in(at_a_glance(), name, "$1");
  const auto tests = tests_of_the_tree();
  EXPECT_GT(named.size(), 50u);
  for (const auto& test : named) EXPECT_TRUE(tests.contains(test)) << test << " is no test";
  for (const auto& row : rows()) {
    EXPECT_TRUE(row.back().empty() || std::regex_search(row.back(), name)) << row.front() << ": " << row.back();
  }
}

TEST(FailuresPage, HoldsEveryReasonOfADeadLetter) {
  static const std::regex reason(R"x(\{Reason::\w+, "(\w+)")x");
  const auto page = at_a_glance();
  const auto reasons = found_in(read_text(source_folder / "lib/failure/dead_letter.cc"), reason, "$1");
  EXPECT_GE(reasons.size(), 12u);
  for (const auto& one : reasons) {
    const bool is_there = page.find('`' + one + '`') != std::string::npos;
    EXPECT_TRUE(is_there) << one << " has no row";
  }
}

}  // namespace
}  // namespace orders::test
