// The texts that are made from the table: the example file, and the options' section of ordersd.yaml(5).
#include <fmt/format.h>

#include <cctype>

#include "config/given.h"
#include "config/loader.h"
#include "config/yaml_writer.h"

namespace orders::config {
namespace {

std::string example_comment(const Option& option) {
  std::string choices;
  for (const auto& choice : option.choices) choices += (choices.empty() ? "" : " | ") + choice;
  return choices.empty() ? option.text : choices + ": " + option.text;
}

/// Text for a line of its own: backslashes written out, and no control character at its beginning.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string sentence(std::string text) {
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text + ".";
}

std::string item(const Option& option, const Config& defaults) {
  const auto value = option.get(defaults);
  auto text = fmt::format(".It Ic {}\n{}\n", roff(option.name), roff(sentence(option.text)));
  text += "Value: " + roff(option.expected) + ".\n";
  text += value.empty() ? std::string("Default: empty.\n") : fmt::format("Default:\n.Ql {} .\n", roff(value));
  if (option.secret) text += "A password in it is never shown.\n";
  if (option.reloadable) text += "Can change while the daemon runs.\n";
  return text;
}

std::string_view section_of(const Option& option) {
  const auto dot = option.name.find('.');
  return dot == std::string::npos ? std::string_view{} : std::string_view(option.name).substr(0, dot);
}

}  // namespace

std::string example_yaml() {
  const Config defaults;
  return "# The configuration of ordersd, with every option and its default: see ordersd.yaml(5).\n"
         "# Made from the table of options; a test compares.\n"
         "\n" +
         write_yaml({&defaults, {}, example_comment});
}

std::string manual_options() {
  const Config defaults;
  std::string text;
  std::string_view open = "-";
  for (const Option& option : options()) {
    if (const auto section = section_of(option); section != open) {
      if (!text.empty()) text += ".El\n";
      open = section;
      const Section* found = find_section(section);
      text += fmt::format(".Ss {}\n{}\n.Bl -tag -width Ds\n", found == nullptr ? "Identity" : found->name,
                          found == nullptr ? "Who this daemon is." : roff(sentence(found->text)));
    }
    text += item(option, defaults);
  }
  return text + ".El\n";
}

}  // namespace orders::config
