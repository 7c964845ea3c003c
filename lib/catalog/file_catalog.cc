#include "catalog/file_catalog.h"

#include <set>
#include <string_view>

#include "base/file.h"

namespace orders::catalog {
namespace {

class FileCatalog : public Catalog {
 public:
  explicit FileCatalog(std::set<std::string, std::less<>> codes) : codes_(std::move(codes)) {}
  std::vector<Result<Standing>> look_up(std::span<const std::string> codes, Clock::time_point) override {
    std::vector<Result<Standing>> answers;
    answers.reserve(codes.size());
    for (const auto& code : codes) answers.emplace_back(codes_.contains(code) ? Standing::known : Standing::unknown);
    return answers;
  }

 private:
  const std::set<std::string, std::less<>> codes_;  ///< read once, so any thread may look
};

/// A line's code, empty for none. '#' begins a comment at the start of a line and after a blank: codes may have one.
std::string_view code_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || blanks.find(line[i - 1]) != std::string_view::npos)) line = line.substr(0, i);
  }
  const auto begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

Result<std::unique_ptr<Catalog>> open_file(const std::string& path) {
  if (path.empty()) return fail(ErrorClass::invalid, "catalog.backend is file, but catalog.location is empty");
  const auto text = read_file(path);
  if (!text)
    return fail(ErrorClass::invalid, "the catalog can't be read: " + text.error().message, "see catalog.location");
  std::set<std::string, std::less<>> codes;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (const auto code = code_of(rest.substr(0, end)); !code.empty()) codes.emplace(code);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (codes.empty()) {
    return fail(ErrorClass::invalid, "the catalog " + path + " has no product code, so no order would be accepted",
                "one code a line, or catalog.backend: none");
  }
  return std::make_unique<FileCatalog>(std::move(codes));
}

}  // namespace orders::catalog
