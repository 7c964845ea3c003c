#include "config/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "config/properties.h"
#include "config/secrets.h"

namespace orders::config {
namespace {

constexpr std::size_t comment_column = 34;
constexpr std::size_t widest = 120;

std::size_t depth(std::string_view name) { return static_cast<std::size_t>(std::ranges::count(name, '.')); }

/// One line, its comment beside it or, where that gets too wide, above it.
std::string line(std::size_t level, std::string text, const std::string& comment) {
  const std::string indent(2 * level, ' ');
  text.insert(0, indent);
  if (comment.empty()) return text + "\n";
  const auto column = std::max(text.size() + 2, comment_column);
  if (column + 2 + comment.size() > widest) return fmt::format("{}# {}\n{}\n", indent, comment, text);
  return fmt::format("{:<{}}# {}\n", text, column, comment);
}

class Writer {
 public:
  explicit Writer(const YamlContent& content) : content_(content) {}

  std::string write() {
    for (const Option& option : options()) {
      if (is_part(option)) continue;  // part of the value of join.window
      enter(std::string(parent_of(option.name)));
      if (const Section* section = find_section(parent_of(option.name)); section != nullptr && section->on_one_line) {
        on_one_line(*section);
      } else {
        write(option);
      }
    }
    return out_;
  }

 private:
  /// The lines of the sections that `section` is in and that are not open yet.
  void enter(const std::string& section) {
    if (section.empty() || section == open_ || is_part_of(open_, section)) return;
    enter(std::string(parent_of(section)));
    open_ = section;
    const Section* found = find_section(section);
    if (found != nullptr && found->on_one_line) return;
    if (depth(section) == 0) out_ += "\n";
    out_ += line(depth(section), std::string(leaf_of(section)) + ":", "");
  }

  void write(const Option& option) {
    const auto name = std::string(leaf_of(option.name)) + ": ";
    const auto comment = content_.comment(option);
    if (option.type != Type::properties || content_.properties.empty()) {
      out_ += line(depth(option.name), name + value(option), comment);
      return;
    }
    out_ += line(depth(option.name), std::string(leaf_of(option.name)) + ":", comment);
    for (const auto& [property, text] : content_.properties) {
      out_ += line(depth(option.name) + 1, yaml_scalar(property) + ": " + yaml_scalar(text), "");
    }
  }

  void on_one_line(const Section& section) {
    if (written_ == section.name) return;
    written_ = section.name;
    std::string values;
    std::string comments;
    for (const Option& option : options()) {
      if (parent_of(option.name) != section.name) continue;
      values += fmt::format("{}{}: {}", values.empty() ? "" : ", ", leaf_of(option.name), value(option));
      const auto comment = content_.comment(option);
      if (!comment.empty() && comments.find(comment) == std::string::npos) {
        comments += (comments.empty() ? "" : "; ") + comment;
      }
    }
    out_ += line(depth(section.name), fmt::format("{}: {{{}}}", leaf_of(section.name), values), comments);
  }

  [[nodiscard]] std::string value(const Option& option) const {
    const auto text = masked_value(option, *content_.config);
    return option.type == Type::text ? yaml_scalar(text) : text;
  }

  const YamlContent& content_;
  std::string out_;
  std::string open_;
  std::string written_;
};

}  // namespace

std::string yaml_scalar(std::string_view text) {
  static constexpr std::string_view inside = "_./-:@+=%&?";
  const auto safe = [](unsigned char c) {
    return std::isalnum(c) != 0 || inside.find(static_cast<char>(c)) < inside.size();
  };
  const auto starts_plain = [](unsigned char c) { return std::isalpha(c) != 0 || c == '/'; };
  static constexpr std::string_view words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!text.empty() && starts_plain(static_cast<unsigned char>(text.front())) && std::ranges::all_of(text, safe) &&
      text.back() != ':' && std::ranges::find(words, lower) == std::end(words)) {
    return std::string(text);
  }
  // JSON's strings are YAML's double-quoted ones.
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string write_yaml(const YamlContent& content) { return Writer(content).write(); }

std::string masked_value(const Option& option, const Config& config) {
  const auto value = option.get(config);
  return is_address(option, value) ? masked_url(value) : value;
}

std::map<std::string, std::string> masked_properties(const Config& config) {
  auto properties = config.kafka.properties;
  for (auto& [name, value] : properties) {
    if (is_secret_property(name)) value = mask;
  }
  return properties;
}

}  // namespace orders::config
