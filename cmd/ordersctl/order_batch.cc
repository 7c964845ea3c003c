#include "ordersctl/order_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "ordersctl/progress.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/standard_input.h"
#include "ordersctl/stop.h"

namespace orders::ctl {
namespace {

constexpr std::int64_t chunk_lines = 500;
constexpr std::size_t chunk_bytes = 4u << 20;

struct Tally {
  std::uint64_t created = 0, existed = 0, unpublished = 0, refused = 0, unsaved = 0;
  std::uint64_t unchecked = 0;  ///< of those created
  [[nodiscard]] std::uint64_t done() const { return created + existed + unpublished + refused; }
};

/// Prints and counts results as they come.
class Results {
 public:
  Results(Context& context, std::string file, Progress& progress)
      : context_(context), file_(std::move(file)), progress_(progress) {}

  void add(const std::vector<LineResult>& lines) {
    std::string out;
    for (const auto& line : lines) {
      count(line);
      if (context_.format() == Format::ndjson) out += line.json() + "\n";
      if (context_.format() == Format::json) orders_ += (orders_.empty() ? "" : ",") + line.json();
    }
    write_out(out);
    progress_.update(tally_.done());
  }

  void finish(const std::string& key) const {
    if (context_.format() == Format::json) {
      write_out(fmt::format(
                    R"({{"idempotencyKey":{},"created":{},"existed":{},"unpublished":{},"refused":{},"orders":[{}]}})",
                    raw_json::quote(key), tally_.created, tally_.existed, tally_.unpublished, tally_.refused, orders_) +
                "\n");
    } else if (context_.format() == Format::table) {
      Table table({">CREATED", ">THERE ALREADY", ">SAVED, NOT YET PUBLISHED", ">REFUSED"});
      table.add(
          {grouped(tally_.created), grouped(tally_.existed), grouped(tally_.unpublished), grouped(tally_.refused)});
      write_out(table.text(context_.colour()));
    }
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  /// Why the first of the unsaved lines is unsaved.
  [[nodiscard]] const Error& unsaved() const { return unsaved_; }

 private:
  void count(const LineResult& line) {
    if (raw_json::is_true(line.body, "unchecked")) ++tally_.unchecked;
    switch (line.status) {
      case 201:
        ++tally_.created;
        return;
      case 200:
        ++tally_.existed;
        return;
      case 202:
        ++tally_.unpublished;
        return;
      case 429:
      case 503:
      case 504:
        if (tally_.unsaved++ == 0) unsaved_ = problem_error(line.status, line.body);
        return;
      default:
        ++tally_.refused;
    }
    progress_.clear();
    note(fmt::format("{}:{}: {}", file_, line.line, problem_error(line.status, line.body).message));
  }

  Context& context_;
  std::string file_;
  Progress& progress_;
  Tally tally_;
  Error unsaved_;
  std::string orders_;
};

std::string go_on(const std::string& key) {
  return fmt::format(
      "the same command with --idempotency-key {} goes on from here:\nan order that is there already is not made again",
      key);
}

/// The outcome once all that could be sent was sent; `broken` is what ended the run early, if something did.
Result<ExitCode> outcome(const Tally& tally, const std::optional<Error>& broken, const std::string& key) {
  if (broken) {
    Error error = *broken;
    error.message = fmt::format("{}\n{} saved before that", error.message,
                                counted(tally.done() - tally.refused, "order was", "orders were"));
    error.hint = go_on(key);
    return fail(std::move(error));
  }
  if (tally.refused > 0) {
    return fail(ErrorClass::bug,
                fmt::format("{} refused, nothing of them was saved", counted(tally.refused, "line was", "lines were")),
                "mend those lines and send them alone");
  }
  if (tally.unpublished > 0) {
    return fail(ErrorClass::wait, fmt::format("{} saved, and will be published when the broker is back",
                                              counted(tally.unpublished, "order is", "orders are")));
  }
  return ExitCode::done;
}

/// Sends everything; returns what broke it off.
std::optional<Error> send_all(Daemon& daemon, std::istream& in, const BatchRun& run, bool quiet, Results& results) {
  ChunkReader reader(in);
  const Patience patience{run.wait, quiet, any_unsaved};
  std::int64_t next_line = 1;
  while (!stop_requested()) {
    const auto chunk = reader.next();
    next_line = chunk.first_line;
    if (stop_requested()) break;  // which looks like the end of standard input
    if (chunk.lines == 0) return std::nullopt;
    next_line += chunk.lines;
    auto answer = send_chunk(daemon, chunk, run.key, patience);
    if (!answer) return std::move(answer.error());
    auto lines = parse_batch_answer(*answer);
    if (!lines) return std::move(lines.error());
    results.add(*lines);
    if (results.tally().unsaved > 0) {
      return Error{ErrorClass::wait, "the daemon could not save some of the orders: " + results.unsaved().message, {}};
    }
  }
  return Error{ErrorClass::bug, fmt::format("stopped before line {}", next_line), {}};
}

}  // namespace

std::optional<std::uint64_t> count_lines(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::uint64_t lines = 0;
  char last = '\n';
  for (std::istreambuf_iterator<char> at(in), end; at != end; ++at) {
    last = *at;
    if (last == '\n') ++lines;
  }
  return lines + (last == '\n' ? 0 : 1);
}

std::string LineResult::json() const {
  const auto rest = body.size() > 2 ? body.substr(1) : std::string_view("}");
  return fmt::format(R"({{"line":{},"httpStatus":{}{}{})", line, status, body.size() > 2 ? "," : "", rest);
}

Result<std::vector<LineResult>> parse_batch_answer(std::string_view body) {
  std::vector<LineResult> results;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    const auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto number = is_json(line) ? raw_json::integer(line, "line") : std::nullopt;
    const auto status = number ? raw_json::integer(line, "status") : std::nullopt;
    const auto body = status ? raw_json::member(line, "body") : std::nullopt;
    if (!body || !body->starts_with('{')) {
      return fail(ErrorClass::bug, "the daemon's answer to a batch is not understood",
                  "do ordersctl and ordersd have the same version?");
    }
    results.push_back({*number, static_cast<int>(*status), *body});
  }
  return results;
}

bool any_unsaved(const api::Response& response) {
  if (worth_waiting(response)) return true;
  const auto lines = parse_batch_answer(response.body);
  return response.status == 200 && lines && std::any_of(lines->begin(), lines->end(), [](const LineResult& line) {
           return line.status == 429 || line.status == 503 || line.status == 504;
         });
}

ChunkReader::Chunk ChunkReader::next() {
  Chunk chunk;
  chunk.first_line = line_;
  std::string line;
  while (chunk.lines < chunk_lines && chunk.text.size() < chunk_bytes && std::getline(in_, line)) {
    ++line_;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      // The daemon counts on from the first line, so a gap ends the chunk.
      if (chunk.lines > 0) break;
      chunk.first_line = line_;
      continue;
    }
    chunk.text.append(line).append("\n");
    ++chunk.lines;
  }
  return chunk;
}

Result<std::string> send_chunk(Daemon& daemon, const ChunkReader::Chunk& chunk, const std::string& key,
                               const Patience& patience) {
  auto response =
      post_patiently(daemon, "/api/orders/batch", chunk.text, "application/x-ndjson",
                     {{"Idempotency-Key", key}, {"Batch-First-Line", std::to_string(chunk.first_line)}}, patience);
  if (!response) return fail(std::move(response.error()));
  if (response->status != 200) return fail(problem_error(response->status, response->body));
  return std::move(response->body);
}

Result<ExitCode> create_batch(Context& context, const BatchRun& run) {
  auto daemon = context.daemon();
  if (!daemon) return fail(std::move(daemon.error()));
  std::ifstream file;
  if (run.file != "-") {
    file.open(run.file, std::ios::binary);
    if (!file) return fail(ErrorClass::invalid, fmt::format("{}: {}", run.file, std::strerror(errno)));
  }
  catch_stop_signals();
  Progress progress("lines", run.file == "-" ? std::nullopt : count_lines(run.file), context.quiet());
  Results results(context, run.file == "-" ? "standard input" : run.file, progress);
  const auto broken = send_all(**daemon, run.file == "-" ? standard_input() : file, run, context.quiet(), results);
  progress.clear();
  results.finish(run.key);
  if (const auto unchecked = results.tally().unchecked; unchecked > 0 && !context.quiet()) {
    note(fmt::format("the catalog is away: the products of {} were not checked", counted(unchecked, "order")));
  }
  return outcome(results.tally(), broken, run.key);
}

}  // namespace orders::ctl
