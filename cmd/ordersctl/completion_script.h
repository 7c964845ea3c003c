// Completion scripts, made of the tree of commands itself.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace orders::ctl {

enum class Shell : std::uint8_t { bash, zsh, fish };

[[nodiscard]] std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace orders::ctl
