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
  std::string live;     ///< what `ordersctl __complete` calls its values: "topics"
};

struct Command {
  std::string path;  ///< " order create", empty for the program
  std::string name, text;
  bool takes_file = false;  ///< as an argument
  std::string live;         ///< of its argument
  std::vector<Flag> flags;
  std::vector<std::pair<std::string, std::string>> verbs;  ///< name, text
};

/// Up to the first full stop or semicolon: enough for a menu.
std::string short_text(const std::string& text) {
  auto end = text.find(';');
  for (const char* stop : {". ", ": "}) end = std::min(end, text.find(stop));
  return text.substr(0, end);
}

/// By what the value is called in the usage, which is an argument's name, or a flag's type.
std::string live_values(std::string_view called) {
  if (called == "ID" || called == "KEY") return "orders";
  if (called.starts_with("TOPIC")) return "topics";
  if (called.starts_with("REASON")) return "reasons";
  return called.starts_with("OPTION=") ? "options" : "";
}

Flag flag_of(const CLI::Option& option) {
  Flag flag;
  for (const auto& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) flag.names.push_back("--" + name);
  flag.text = short_text(option.get_description());
  flag.takes_value = option.get_expected_max() > 0 && option.get_items_expected_max() > 0;
  flag.is_file = option.get_type_name().starts_with("FILE");
  // A flag's ID or KEY may be a customer's or an idempotency key.
  const auto type = option.get_type_name();
  if (flag.takes_value && type != "ID" && type != "KEY") flag.live = live_values(type);
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
    } else {
      command.live = live_values(option->get_name(true));
    }
  }
  const auto verbs = app.get_subcommands([](const CLI::App* verb) { return !verb->get_group().empty(); });
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

/// Those whose value can't be offered.
std::vector<Flag> flags_of_any_value(const std::vector<Command>& commands) {
  return flags_where(commands, [](const Flag& flag) {
    return flag.takes_value && !flag.is_file && flag.choices.empty() && flag.live.empty();
  });
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

/// Asks the program itself; the words that name the configuration go with it. `option` is what bash has taken off
/// OPTION=VALUE, at whose '=' it parts words.
constexpr auto bash_live = R"(_ordersctl_live() {
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" "${config[@]}" __complete "$1" ${option:+"$option"}"$current" 2>/dev/null)
  COMPREPLY=("${COMPREPLY[@]#"$option"}")
  [[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace
}
)";

constexpr auto bash_option = R"(  for i in 2 3; do
    ((COMP_CWORD > i)) || break
    [[ ${COMP_WORDS[COMP_CWORD-i]} == --set && ${COMP_WORDS[COMP_CWORD-i+2]} == '=' ]] || continue
    previous=--set option="${COMP_WORDS[COMP_CWORD-i+1]}="
  done
)";

std::string bash_argument(const Command& command) {
  if (command.takes_file) return fmt::format("; if [[ $current != -* ]]; then {}; fi", bash_files);
  if (command.live.empty()) return {};
  return fmt::format(
      "; if [[ $current != -* ]]; then _ordersctl_live {}; ((${{#COMPREPLY[@]}})) && return; fi", command.live);
}

std::string bash_words_so_far(const std::vector<Command>& commands) {
  const auto with_value = flags_where(commands, [](const Flag& flag) { return flag.takes_value; });
  return fmt::format(
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${{COMP_WORDS[i]}} in\n"
      "      {}) previous=${{COMP_WORDS[i]}}; [[ ${{COMP_WORDS[i+1]}} == '=' ]] && ((i++)); ((i++))\n"
      "        [[ $previous == --config ]] && ((i < COMP_CWORD)) && config=(--config \"${{COMP_WORDS[i]}}\") ;;\n"
      "      -*) ;;\n"
      "      *) case \"$at ${{COMP_WORDS[i]}}\" in {}) at+=\" ${{COMP_WORDS[i]}}\" ;; esac ;;\n"
      "    esac\n  done\n",
      joined(with_value, "|"), known_paths(commands));
}

std::string bash_values(const std::vector<Command>& commands) {
  std::string out = fmt::format(
      "    {}) {} ;;\n", joined(flags_where(commands, [](const Flag& flag) { return flag.is_file; }), "|"), bash_files);
  for (const auto& flag : flags_where(commands, [](const Flag& f) { return !f.choices.empty(); })) {
    out += fmt::format("    {}) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\"); return ;;\n",
                       joined({flag}, "|"), flag.choices);
  }
  for (const auto& flag : flags_where(commands, [](const Flag& f) { return !f.live.empty(); })) {
    out += fmt::format("    {}) _ordersctl_live {}; return ;;\n", joined({flag}, "|"), flag.live);
  }
  return out + fmt::format("    {}) return ;;\n", joined(flags_of_any_value(commands), "|"));
}

std::string bash(const std::vector<Command>& commands) {
  std::string out = "# bash completion for ordersctl, made by: ordersctl completion bash\n";
  out += bash_live;
  out += "_ordersctl() {\n";
  out += "  local current=${COMP_WORDS[COMP_CWORD]} previous at='' words='' option='' i\n  local -a config=()\n";
  out += bash_words_so_far(commands);
  out += "  previous=${COMP_WORDS[COMP_CWORD-1]}\n";
  out +=
      "  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then "
      "previous=${COMP_WORDS[COMP_CWORD-2]}; fi\n";
  out += bash_option;
  out += "  COMPREPLY=()\n  case $previous in\n";
  out += bash_values(commands);
  out += "  esac\n  case $at in\n";
  for (const auto& command : commands) {
    out += fmt::format("    '{}') words='{}'{} ;;\n", command.path, bash_words(command, commands.front()),
                       bash_argument(command));
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

/// An argument's values come before the flags.
constexpr auto zsh_live = R"zsh(_ordersctl_live() {
  local -a found
  found=(${(f)"$(${words[1]} $config __complete $1 $PREFIX 2>/dev/null)"})
  if [[ $1 == options && $PREFIX != *=* ]]; then compadd -S '' -a found; else compadd -a found; fi
}
)zsh";

std::string zsh_words_so_far(const std::vector<Command>& commands) {
  const auto with_value = flags_where(commands, [](const Flag& flag) { return flag.takes_value; });
  return fmt::format(
      "  for ((i = 2; i < CURRENT; i++)); do\n    case ${{words[i]}} in\n"
      "      --config) ((i++)); ((i < CURRENT)) && config=(--config ${{words[i]}}) ;;\n"
      "      --config=*) config=(${{words[i]}}) ;;\n"
      "      {}) ((i++)) ;;\n      -*) ;;\n"
      "      *) case \"$at ${{words[i]}}\" in {}) at+=\" ${{words[i]}}\" ;; esac ;;\n    esac\n  done\n",
      joined(with_value, "|"), known_paths(commands));
}

std::string zsh_values(const std::vector<Command>& commands) {
  std::string out = fmt::format(
      "    {}) _files; return ;;\n", joined(flags_where(commands, [](const Flag& flag) { return flag.is_file; }), "|"));
  for (const auto& flag : flags_where(commands, [](const Flag& f) { return !f.choices.empty(); })) {
    out += fmt::format("    {}) compadd {}; return ;;\n", joined({flag}, "|"), flag.choices);
  }
  for (const auto& flag : flags_where(commands, [](const Flag& f) { return !f.live.empty(); })) {
    out += fmt::format("    {}) _ordersctl_live {}; return ;;\n", joined({flag}, "|"), flag.live);
  }
  return out + fmt::format("    {}) _message value; return ;;\n", joined(flags_of_any_value(commands), "|"));
}

std::string zsh_argument(const Command& command) {
  if (command.takes_file) return "; [[ $PREFIX != -* ]] && _files";
  return command.live.empty() ? "" : fmt::format("; [[ $PREFIX != -* ]] && _ordersctl_live {}", command.live);
}

std::string zsh(const std::vector<Command>& commands) {
  std::string out = "#compdef ordersctl\n# zsh completion for ordersctl, made by: ordersctl completion zsh\n";
  out += zsh_live;
  out += "_ordersctl() {\n  local at='' i\n  local -a verbs flags config\n";
  out += zsh_words_so_far(commands);
  out += "  case ${words[CURRENT-1]} in\n";
  out += zsh_values(commands);
  out += "  esac\n";
  out += fmt::format("  {}\n  [[ -n $at ]] && verbs=()\n  case $at in\n", zsh_entries(commands.front()));
  for (const auto& command : commands) {
    if (command.path.empty()) continue;
    out += fmt::format("    '{}') {}{} ;;\n", command.path, zsh_entries(command), zsh_argument(command));
  }
  out += "  esac\n  (( $#verbs )) && _describe -t commands command verbs\n  _describe -o -t options option flags\n}\n";
  out += "if [[ $funcstack[1] == _ordersctl ]]; then _ordersctl \"$@\"; else compdef _ordersctl ordersctl; fi\n";
  return out;
}

// --- fish

constexpr auto fish_live = R"(function __ordersctl_live
    set -l words (commandline -opc)
    set -l config
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --config
                set config --config $words[(math $i + 1)]
            case '--config=*'
                set config $words[$i]
        end
    end
    $words[1] $config __complete $argv[1] (string replace -r -- '^--[^=]*=' '' (commandline -ct)) 2>/dev/null
end
)";

std::string fish_flag(const Flag& flag, const std::string& condition) {
  std::string line = "complete -c ordersctl" + condition;
  for (const auto& name : flag.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (flag.takes_value) line += flag.is_file ? " -r -F" : " -x";
  if (!flag.choices.empty()) line += " -a " + quoted(flag.choices, "\\'");
  if (!flag.live.empty()) line += fmt::format(" -a '(__ordersctl_live {})'", flag.live);
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
  out += fish_live;
  out += "complete -c ordersctl -f\n";
  for (const auto& command : commands) {
    const bool program = command.path.empty();
    const auto condition = fmt::format(" -n \"__ordersctl_at '{}'\"", command.path);
    for (const auto& [name, text] : command.verbs) {
      out += fmt::format("complete -c ordersctl{} -a {} -d {}\n", condition, name, quoted(text, "\\'"));
    }
    if (command.takes_file) out += fmt::format("complete -c ordersctl{} -F\n", condition);
    if (!command.live.empty()) {
      out += fmt::format("complete -c ordersctl{} -a '(__ordersctl_live {})'\n", condition, command.live);
    }
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
