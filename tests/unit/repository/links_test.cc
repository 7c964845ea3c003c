// Links of the documentation: each leads to a file that is there, and each '#' to a heading; no page is left unlinked.
#include <gtest/gtest.h>

#include <cctype>
#include <string_view>

#include "source_tree.h"

namespace orders::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> pages_below_docs() {
  std::vector<fs::path> pages;
  for (const auto& file : files_below("docs")) {
    if (file.extension() == ".md") pages.push_back(file);
  }
  return pages;
}

std::vector<fs::path> pages() {
  auto pages = pages_below_docs();
  for (const char* name : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}) pages.push_back(source_folder / name);
  return pages;
}

/// The lines of a page; those of fenced code are empty.
std::vector<std::string> prose(const std::string& page) {
  std::vector<std::string> lines;
  std::istringstream text(page);
  bool code = false;
  for (std::string line; std::getline(text, line);) {
    const auto begin = line.find_first_not_of(' ');
    const bool fence = begin != std::string::npos && line.compare(begin, 3, "```") == 0;
    if (fence) code = !code;
    lines.push_back(fence || code ? std::string{} : line);
  }
  return lines;
}

/// Without what stands between backticks, which may begin on one line and end on the next.
std::vector<std::string> without_code_spans(std::vector<std::string> lines) {
  bool code = false;
  for (auto& line : lines) {
    if (line.find_first_not_of(' ') == std::string::npos) code = false;  // no span goes past its paragraph
    std::string rest;
    for (const char c : line) {
      if (c == '`') {
        code = !code;
      } else if (!code) {
        rest += c;
      }
    }
    line = std::move(rest);
  }
  return lines;
}

struct Link {
  std::string target;
  std::size_t line = 0;
};

/// Those that lead to another place of this repository.
std::vector<Link> links_of(const std::string& page) {
  std::vector<Link> links;
  const auto lines = without_code_spans(prose(page));
  for (std::size_t number = 0; number < lines.size(); ++number) {
    const auto& line = lines[number];
    for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 2)) {
      const auto begin = at + 2;
      const auto end = line.find(')', begin);
      if (end == std::string::npos) break;
      auto target = line.substr(begin, end - begin);
      if (target.find(':') == std::string::npos) links.push_back({std::move(target), number + 1});
    }
  }
  return links;
}

/// GitHub's rule: lower case, blanks become '-', and of all else only letters, digits, '-' and '_' stay.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      anchor += '-';
    } else if (std::isalnum(byte) != 0 || c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(byte));
    }
  }
  return anchor;
}

/// Headings of the same text are told apart by "-1", "-2" and so on.
std::set<std::string> anchors_of(const std::string& page) {
  std::set<std::string> anchors;
  std::map<std::string, int> seen;
  for (const auto& line : prose(page)) {
    const auto level = line.find_first_not_of('#');
    if (level == std::string::npos || level == 0 || level > 6 || line[level] != ' ') continue;
    const auto anchor = anchor_of(std::string_view(line).substr(level + 1));
    const auto before = seen[anchor]++;
    anchors.insert(before == 0 ? anchor : anchor + "-" + std::to_string(before));
  }
  return anchors;
}

TEST(Links, AreFoundInProseAndNotInCode) {
  const auto links = links_of(
      "see [a](a.md#b), [c\nd](e.md) and ![picture](f.png)\n[out](https://example.com/)\n`[no](no.md)` `over\n"
      "[no](no.md)` [yes](yes.md)\n```yaml\n[no](no.md)\n```\n");
  std::vector<std::string> targets;
  for (const auto& link : links) targets.push_back(link.target);
  EXPECT_EQ(targets, (std::vector<std::string>{"a.md#b", "e.md", "f.png", "yes.md"}));
  ASSERT_FALSE(links.empty());
  EXPECT_EQ(links.back().line, 5u);
}

TEST(Links, AnchorsAreGitHubs) {
  EXPECT_EQ(anchors_of("# The `join`\n## wait: it's away, again\n```\n## code\n```\n#no heading\n### A_b - C\n"),
            (std::set<std::string>{"the-join", "wait-its-away-again", "a_b---c"}));
  EXPECT_EQ(anchors_of("## Twice\n## Twice\n## twice\n"), (std::set<std::string>{"twice", "twice-1", "twice-2"}));
}

TEST(Links, OfEveryPageLeadToWhatIsThere) {
  std::size_t checked = 0;
  for (const auto& page : pages()) {
    const auto text = read_text(page);
    for (const auto& [target, line] : links_of(text)) {
      const auto where = relative_name(page) + ":" + std::to_string(line) + ": " + target;
      const auto hash = target.find('#');
      const auto path = target.substr(0, hash);
      const auto file = path.empty() ? page : page.parent_path() / path;
      const bool is_there = fs::exists(file);
      EXPECT_TRUE(is_there) << where << ": there is no such file";
      ++checked;
      if (!is_there || hash == std::string::npos) continue;
      EXPECT_TRUE(anchors_of(read_text(file)).contains(target.substr(hash + 1))) << where << ": there is no such heading";
    }
  }
  EXPECT_GT(checked, 60u);
}

TEST(Links, LeadFromTheReadmeToEveryPage) {
  std::set<fs::path> linked;
  for (const auto& link : links_of(read_text(source_folder / "README.md"))) {
    linked.insert((source_folder / link.target.substr(0, link.target.find('#'))).lexically_normal());
  }
  const auto pages = pages_below_docs();
  EXPECT_GT(pages.size(), 10u);
  for (const auto& page : pages) {
    EXPECT_TRUE(linked.contains(page.lexically_normal())) << relative_name(page) << ": README.md does not lead there";
  }
}

}  // namespace
}  // namespace orders::test
