// ordersctl as a whole: parse, run the one command chosen, map its outcome to an exit code.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"

namespace CLI {
class App;
}

namespace orders::ctl {

/// What a command does once all flags are known, global ones behind the verb included. It has printed its results
/// when it returns; an error is printed by run().
using Action = std::function<Result<ExitCode>(Context&)>;

struct Invocation {
  Globals globals;
  Action action;
};

/// The whole tree of commands. `invocation` must outlive the parse.
void build_tree(CLI::App& app, Invocation& invocation);

[[nodiscard]] int run(int argc, char** argv);

}  // namespace orders::ctl
