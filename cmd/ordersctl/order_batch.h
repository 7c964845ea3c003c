// Many orders in one run: NDJSON in, chunks to the daemon, a result for every line.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ordersctl/context.h"
#include "ordersctl/exit_code.h"
#include "ordersctl/patience.h"

namespace orders::ctl {

/// What became of a line, as the daemon's answer has it.
struct LineResult {
  std::int64_t line = 0;
  int status = 0;         ///< as of a request of its own: 201, 200 (was there), 202 (unpublished), 400, 503
  std::string_view body;  ///< the order, or problem details
  /// {"line":…,"status":…, and the members of the body}
  [[nodiscard]] std::string json() const;
};

/// The answer's lines; fails with `bug` when it is not what a batch's answer should be.
[[nodiscard]] Result<std::vector<LineResult>> parse_batch_answer(std::string_view body);

/// For Patience: the daemon, or its database, was away for at least one of the lines.
[[nodiscard]] bool any_unsaved(const api::Response& response);

/// The last one counts without its newline, too. Nothing for what can be read only once.
[[nodiscard]] std::optional<std::uint64_t> count_lines(const std::string& file);

/// Lines of a file, cut into requests: at most 500 lines or 4 MiB each. Empty lines count, but are not sent.
class ChunkReader {
 public:
  explicit ChunkReader(std::istream& in) : in_(in) {}
  struct Chunk {
    std::int64_t first_line = 1;
    std::int64_t lines = 0;
    std::string text;  ///< every line with its '\n'
  };
  /// No lines: the end.
  [[nodiscard]] Chunk next();

 private:
  std::istream& in_;
  std::int64_t line_ = 1;
};

/// Sends a chunk; the same key and line always stand for the same order, however the lines are cut into chunks.
[[nodiscard]] Result<std::string> send_chunk(Daemon& daemon, const ChunkReader::Chunk& chunk, const std::string& key,
                                             const Patience& patience);

struct BatchRun {
  std::string file;  ///< "-": standard input
  std::string key;
  Milliseconds wait{0};
};
[[nodiscard]] Result<ExitCode> create_batch(Context& context, const BatchRun& run);

}  // namespace orders::ctl
