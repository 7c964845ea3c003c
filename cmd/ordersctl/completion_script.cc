#include "ordersctl/completion_script.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace orders::ctl {
namespace {

struct Flag {
  std::vector<std::string> names;  ///< "-q", "--quiet"
  std::string text;
  bool takes_value = false;
  bool is_file = false;
  std::string choices;  ///< "table json ndjson"
};

struct Command {
  std::string path;  ///< " order create", empty for the program
  std::string name, text;
  bool takes_file = false;  ///< as an argument
  std::vector<Flag> flags;
  std::vector<std::pair<std::string, std::string>> verbs;  ///< name, text
};

/// Up to the first full stop or semicolon: enough for a menu.
std::string short_text(const std::string& text) {
  auto end = text.find(';');
  for (const char* stop : {". ", ": "}) end = std::min(end, text.find(stop));
  return text.substr(0, end);
}

Flag flag_of(const CLI::Option& option) {
  Flag flag;
  for (const auto& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) flag.names.push_back("--" + name);
  flag.text = short_text(option.get_description());
  flag.takes_value = option.get_expected_max() > 0 && option.get_items_expected_max() > 0;
  flag.is_file = option.get_type_name().starts_with("FILE");
  if (flag.names.back() == "--output") flag.choices = "table json ndjson";
  if (flag.names.back() == "--status") flag.choices = "NEW CONFIRMED REJECTED ROLLBACK";
  return flag;
}

void walk(const CLI::App& app, const std::string& path, std::vector<Command>& commands) {
  Command command;
  command.path = path;
  command.name = app.get_name();
  command.text = short_text(app.get_description());
  for (const auto* option : app.get_options()) {
    if (!option->get_positional()) {
      command.flags.push_back(flag_of(*option));
    } else if (option->get_name(true) == "FILE") {
      command.takes_file = true;
    }
  }
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  for (const auto* verb : verbs) command.verbs.emplace_back(verb->get_name(), short_text(verb->get_description()));
  commands.push_back(std::move(command));
  for (const auto* verb : verbs) walk(*verb, path + " " + verb->get_name(), commands);
}

std::vector<Command> commands_of(const CLI::App& app) {
  std::vector<Command> commands;
  walk(app, "", commands);
  return commands;
}

/// Of all commands, each once, in the order met.
template <class Wanted>
std::vector<Flag> flags_where(const std::vector<Command>& commands, Wanted wanted) {
  std::vector<Flag> found;
  for (const auto& command : commands) {
    for (const auto& flag : command.flags) {
      const auto same = [&](const Flag& other) { return other.names == flag.names; };
      if (wanted(flag) && std::none_of(found.begin(), found.end(), same)) found.push_back(flag);
    }
  }
  return found;
}

std::string joined(const std::vector<Flag>& flags, std::string_view separator) {
  std::string text;
  for (const auto& flag : flags) {
    for (const auto& name : flag.names) text += fmt::format("{}{}", text.empty() ? "" : separator, name);
  }
  return text;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

/// In single quotes of sh, zsh and (with its own escape) fish.
std::string quoted(const std::string& text, std::string_view escaped_quote = R"('\'')") {
  return "'" + replaced(text, "'", escaped_quote) + "'";
}

/// The words that are typed after the program, without flags and their values, as far as they are commands.
std::string known_paths(const std::vector<Command>& commands) {
  std::string text;
  for (const auto& command : commands) {
    if (!command.path.empty()) text += (text.empty() ? "\"" : "|\"") + command.path + "\"";
  }
  return text;
}

// --- bash

constexpr auto bash_files = R"(compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return)";

std::string bash_words(const Command& command, const Command& program) {
  std::string words;
  for (const auto& [name, text] : command.verbs) words += name + " ";
  words += joined(command.flags, " ");
  if (&command != &program) {
    auto globals = program.flags;
    std::erase_if(globals,
                  [](const Flag& flag) { return flag.names.back() == "--help" || flag.names.back() == "--version"; });
    words += " " + joined(globals, " ");
  }
  return words;
}

std::string bash(const std::vector<Command>& commands) {
  const auto with_value = flags_where(commands, [](const Flag& flag) { return flag.takes_value; });
  std::string out = "# bash completion for ordersctl, made by: ordersctl completion bash\n";
  out += "_ordersctl() {\n";
  out += "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} at='' words='' i\n";
  out += "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n";
  out += fmt::format("      {}) [[ ${{COMP_WORDS[i+1]}} == '=' ]] && ((i++)); ((i++)) ;;\n", joined(with_value, "|"));
  out += "      -*) ;;\n";
  out += fmt::format("      *) case \"$at ${{COMP_WORDS[i]}}\" in {}) at+=\" ${{COMP_WORDS[i]}}\" ;; esac ;;\n",
                     known_paths(commands));
  out += "    esac\n  done\n";
  out +=
      "  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then "
      "previous=${COMP_WORDS[COMP_CWORD-2]}; fi\n";
  out += "  COMPREPLY=()\n  case $previous in\n";
  out += fmt::format("    {}) {} ;;\n",
                     joined(flags_where(commands, [](const Flag& flag) { return flag.is_file; }), "|"), bash_files);
  for (const auto& flag : flags_where(commands, [](const Flag& f) { return !f.choices.empty(); })) {
    out += fmt::format("    {}) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); return ;;\n",
                       joined({flag}, "|"), flag.choices);
  }
  out += fmt::format(
      "    {}) return ;;\n",
      joined(flags_where(commands, [](const Flag& f) { return f.takes_value && !f.is_file && f.choices.empty(); }),
             "|"));
  out += "  esac\n  case $at in\n";
  for (const auto& command : commands) {
    const auto files =
        command.takes_file ? fmt::format("; if [[ $current != -* ]]; then {}; fi", bash_files) : std::string{};
    out += fmt::format("    '{}') words='{}'{} ;;\n", command.path, bash_words(command, commands.front()), files);
  }
  out +=
      "  esac\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\ncomplete -F _ordersctl "
      "ordersctl\n";
  return out;
}

// --- zsh

std::string zsh_entry(const std::string& name, const std::string& text) {
  return quoted(replaced(name, ":", "\\:") + ":" + replaced(text, ":", "\\:"));
}

std::string zsh_entries(const Command& command) {
  std::string verbs, flags;
  for (const auto& [name, text] : command.verbs) verbs += " " + zsh_entry(name, text);
  for (const auto& flag : command.flags) {
    for (const auto& name : flag.names) flags += " " + zsh_entry(name, flag.text);
  }
  return fmt::format("verbs=({}) flags+=({})", verbs.empty() ? "" : verbs.substr(1),
                     flags.empty() ? "" : flags.substr(1));
}

std::string zsh(const std::vector<Command>& commands) {
  const auto with_value = flags_where(commands, [](const Flag& flag) { return flag.takes_value; });
  std::string out = "#compdef ordersctl\n# zsh completion for ordersctl, made by: ordersctl completion zsh\n";
  out += "_ordersctl() {\n  local at='' i\n  local -a verbs flags\n";
  out += "  for ((i = 2; i < CURRENT; i++)); do\n    case ${words[i]} in\n";
  out += fmt::format("      {}) ((i++)) ;;\n      -*) ;;\n", joined(with_value, "|"));
  out += fmt::format("      *) case \"$at ${{words[i]}}\" in {}) at+=\" ${{words[i]}}\" ;; esac ;;\n    esac\n  done\n",
                     known_paths(commands));
  out += "  case ${words[CURRENT-1]} in\n";
  out += fmt::format("    {}) _files; return ;;\n",
                     joined(flags_where(commands, [](const Flag& flag) { return flag.is_file; }), "|"));
  for (const auto& flag : flags_where(commands, [](const Flag& f) { return !f.choices.empty(); })) {
    out += fmt::format("    {}) compadd {}; return ;;\n", joined({flag}, "|"), flag.choices);
  }
  out += fmt::format(
      "    {}) _message value; return ;;\n",
      joined(flags_where(commands, [](const Flag& f) { return f.takes_value && !f.is_file && f.choices.empty(); }),
             "|"));
  out += "  esac\n";
  out += fmt::format("  {}\n  [[ -n $at ]] && verbs=()\n  case $at in\n", zsh_entries(commands.front()));
  for (const auto& command : commands) {
    if (command.path.empty()) continue;
    out += fmt::format("    '{}') {}{} ;;\n", command.path, zsh_entries(command),
                       command.takes_file ? "; [[ $PREFIX != -* ]] && _files" : "");
  }
  out += "  esac\n  (( $#verbs )) && _describe -t commands command verbs\n  _describe -o -t options option flags\n}\n";
  out += "if [[ $funcstack[1] == _ordersctl ]]; then _ordersctl \"$@\"; else compdef _ordersctl ordersctl; fi\n";
  return out;
}

// --- fish

std::string fish_flag(const Flag& flag, const std::string& condition) {
  std::string line = "complete -c ordersctl" + condition;
  for (const auto& name : flag.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (flag.takes_value) line += flag.is_file ? " -r -F" : " -x";
  if (!flag.choices.empty()) line += " -a " + quoted(flag.choices, "\\'");
  return line + " -d " + quoted(flag.text, "\\'") + "\n";
}

std::string fish(const std::vector<Command>& commands) {
  const auto with_value = flags_where(commands, [](const Flag& flag) { return flag.takes_value; });
  std::string paths;
  for (const auto& command : commands) paths += command.path.empty() ? "" : " " + quoted(command.path, "\\'");
  std::string out = "# fish completion for ordersctl, made by: ordersctl completion fish\n";
  out += "function __ordersctl_at\n    set -l at ''\n    set -l skip 0\n";
  out += "    for word in (commandline -opc)[2..-1]\n";
  out += "        if test $skip = 1\n            set skip 0\n            continue\n        end\n";
  out += "        switch $word\n";
  out += fmt::format("            case {}\n                set skip 1\n", joined(with_value, " "));
  out += "            case '-*'\n            case '*'\n";
  out += fmt::format("                contains -- \"$at $word\"{}; and set at \"$at $word\"\n", paths);
  out += "        end\n    end\n    test \"$at\" = \"$argv[1]\"\nend\n";
  out += "complete -c ordersctl -f\n";
  for (const auto& command : commands) {
    const bool program = command.path.empty();
    const auto condition = fmt::format(" -n \"__ordersctl_at '{}'\"", command.path);
    for (const auto& [name, text] : command.verbs) {
      out += fmt::format("complete -c ordersctl{} -a {} -d {}\n", condition, name, quoted(text, "\\'"));
    }
    if (command.takes_file) out += fmt::format("complete -c ordersctl{} -F\n", condition);
    for (const auto& flag : command.flags) {
      if (!program && flag.names.back() == "--help") continue;
      out += fish_flag(flag, program ? "" : condition);
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
  const auto commands = commands_of(app);
  switch (shell) {
    case Shell::bash:
      return bash(commands);
    case Shell::zsh:
      return zsh(commands);
    case Shell::fish:
      return fish(commands);
  }
  return {};
}

}  // namespace orders::ctl
