// Completion in the real shells: what each offers for a line that ends where Tab is pressed. The `ordersctl` that their
// scripts ask is the one under test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "ctl.h"

namespace orders::test {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class Shells {
 public:
  /// `folder`: where the shell stands, with the configuration that ordersctl finds there.
  Shells(const Ctl& ctl, std::filesystem::path folder) : ctl_(ctl), folder_(std::move(folder)) {}
  explicit Shells(const Ctl& ctl) : Shells(ctl, ctl.folder().path()) {}

  /// Words as readline parts them: also at '='.
  [[nodiscard]] std::vector<std::string> bash(const std::vector<std::string>& line) const {
    // compopt works only while readline completes.
    return lines_of(run({"bash", "-c",
                         "source " + script("ordersctl.bash") +
                             "; compopt() { :; }; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _ordersctl; "
                             "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"",
                         "bash"},
                        line));
  }

  /// "candidate<Tab>description" becomes "candidate".
  [[nodiscard]] std::vector<std::string> fish(const std::string& line) const {
    auto offered = lines_of(run({"fish", "--no-config", "-c",
                                 "source " + script("ordersctl.fish") + "; complete -C $argv[1]"}, {line}));
    for (auto& each : offered) each.erase(std::min(each.find('\t'), each.size()));
    return offered;
  }

  /// The line as zsh leaves it after Tab, in a terminal of its own.
  [[nodiscard]] std::string zsh(const std::string& line) const {
    const auto set_up = "PS1=; autoload -U compinit; compinit -u -D; source " + script("_ordersctl") +
                        "; show() { print -r '<''<'$BUFFER'>>'; exit }; zle -N show; bindkey '^X^B' show";
    const std::string program =
        "zmodload zsh/zpty; zpty -b z zsh -f -i; zpty -w z \"$1\"; zpty -w -n z \"$2\"$'\\t\\C-X\\C-B'; "
        "zpty -r z out '*<<*>>*'; print -rn -- ${${out##*<<}%%>>*}";
    return run({"zsh", "-fc", program, "zsh"}, {set_up, line});
  }

 private:
  static std::string script(const std::string& name) { return SOURCE_DIR "/completions/" + name; }

  [[nodiscard]] std::string run(std::vector<std::string> arguments, const std::vector<std::string>& more) const {
    auto command = ctl_.command({});
    arguments.insert(arguments.end(), more.begin(), more.end());
    command.arguments = std::move(arguments);
    command.folder = folder_;
    command.environment["PATH"] = BINARY_DIR ":" + std::string(std::getenv("PATH"));
    command.environment["HOME"] = ctl_.folder().path().string();
    command.environment["TERM"] = "xterm";
    const auto output = test::run(command);
    EXPECT_EQ(output.err, "") << output.text();
    return output.out;
  }

  const Ctl& ctl_;
  std::filesystem::path folder_;
};

}  // namespace orders::test
