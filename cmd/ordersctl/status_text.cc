#include "ordersctl/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "ordersctl/output.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

using raw_json::integer;
using raw_json::member;
using raw_json::text;

constexpr std::size_t line_width = 80;

/// `text` behind the beginning of a line, in lines that every terminal shows whole; a word that is longer stays so.
std::string wrapped(std::string line, std::string_view text) {
  const auto words = printable(text, std::string::npos);
  std::string_view rest = words;
  std::string out;
  for (bool first = true; !rest.empty(); first = false) {
    const auto word = take_until(rest, ' ');
    if (!first && line.size() + 1 + word.size() > line_width) {
      out += line + '\n';
      line = "   ";
    }
    line.append(1, ' ').append(word);
  }
  return out + line + '\n';
}

/// "9,999ms", "34.5s", "12min", "7.2h": at the end of a backlog they may be long.
std::string short_duration(std::int64_t milliseconds) {
  const auto seconds = static_cast<double>(milliseconds) / 1'000;
  if (milliseconds < 10'000) return grouped(static_cast<std::uint64_t>(milliseconds)) + "ms";
  if (milliseconds < 600'000) return fmt::format("{:.1f}s", seconds);
  if (milliseconds < 7'200'000) return fmt::format("{:.0f}min", seconds / 60);
  return fmt::format("{:.1f}h", seconds / 3'600);
}

std::string latency_line(std::string title, std::string_view latency) {
  const auto figure = [&](const char* name) {
    return short_duration(std::max<std::int64_t>(integer(latency, name).value_or(0), 0));
  };
  return wrapped(std::move(title), fmt::format("p50 {}, p90 {}, p99 {}, max {}, results {}", figure("p50_ms"),
                                               figure("p90_ms"), figure("p99_ms"), figure("max_ms"),
                                               status_number(latency, "results")));
}

std::string latency_in_all(std::string_view join) {
  const auto total = status_part(join, "latency_total");
  return total == "{}" ? std::string{} : latency_line("latency in all:", total);
}

/// "0-3,7,9 stopped": in short, for there may be many.
std::string partitions_of(std::string_view worker) {
  struct Run {
    std::int64_t first, last;
    std::string state;
  };
  std::vector<Run> runs;
  for (const auto task : raw_json::elements(member(worker, "tasks").value_or("[]"))) {
    const auto partition = integer(task, "partition").value_or(-1);
    auto state = text(task, "state");
    if (state == "running") state.clear();
    if (!runs.empty() && runs.back().last + 1 == partition && runs.back().state == state) {
      runs.back().last = partition;
    } else {
      runs.push_back({partition, partition, std::move(state)});
    }
  }
  std::string out;
  for (const auto& [first, last, state] : runs) {
    out += fmt::format("{}{}", out.empty() ? "" : ",", first);
    if (last > first) out += fmt::format("{}{}", last == first + 1 && state.empty() ? "," : "-", last);
    if (!state.empty()) out += " " + state;
  }
  return out;
}

/// "2026-01-31 12:00:00", of a time as the daemon writes it.
std::string to_the_second(std::string_view time) {
  std::string out(time.substr(0, time.find('.')));
  std::ranges::replace(out, 'T', ' ');
  return out.empty() ? "-" : out;
}

std::string tasks_of(std::string_view worker, bool colour) {
  Table table({">TASK", "STATE", "SIDE", "STREAM TIME (UTC)", ">WAITING", "OLDEST SINCE (UTC)"});
  for (const auto task : raw_json::elements(member(worker, "tasks").value_or("[]"))) {
    std::string partition = text(task, "partition"), state = text(task, "state");
    for (const char* side : {"payment", "stock"}) {
      const auto shown = status_part(task, side);
      table.add({std::exchange(partition, {}), std::exchange(state, {}), side,
                 to_the_second(text(shown, "stream_time")), status_number(shown, "waiting"),
                 to_the_second(text(shown, "oldest_waiting"))});
    }
  }
  return table.empty() ? std::string{} : table.text(colour);
}

/// What each worker last committed and met, and its tasks, side by side.
std::string tasks(std::string_view join, bool colour) {
  std::string out;
  for (const auto worker : raw_json::elements(member(join, "workers").value_or("[]"))) {
    const auto committed = text(worker, "last_commit");
    out += "\n" + wrapped(text(worker, "name") + ":", committed.empty() ? "no commit yet" : "last commit " + committed);
    if (const auto error = status_part(worker, "last_error"); error != "{}") {
      out += wrapped(fmt::format("  last error, at {}:", text(error, "at")), text(error, "message"));
    }
    out += tasks_of(worker, colour);
  }
  return out;
}

/// A figure a line: however large they get, that is narrow.
std::string fates(std::string_view join, bool colour) {
  const auto counts = status_part(join, "fates");
  if (counts == "{}") return {};
  Table table({"JOIN", ">RECORDS"});
  for (const char* name : {"read", "carried", "joined", "waiting", "unmatched", "late", "duplicate", "invalid",
                           "skipped", "results", "refused"}) {
    table.add({name, status_number(name == std::string_view("waiting") ? join : counts, name)});
  }
  return "\n" + table.text(colour);
}

/// The same, with a column for each view.
std::string views(std::string_view document, bool colour) {
  std::vector<std::string> titles = {"VIEW"};
  std::vector<std::string_view> shown;
  std::string reasons;
  for (const auto& [name, view] : raw_json::members(status_part(document, "views"))) {
    if (!view.starts_with('{')) continue;
    titles.push_back(">" + name);
    shown.push_back(view);
    reasons += status_reason(name, text(view, "reason"));
  }
  if (shown.empty()) return {};
  Table table(titles);
  const auto add = [&](const char* name, const auto& cell) {
    std::vector<std::string> cells = {name};
    for (const auto view : shown) cells.push_back(cell(view));
    table.add(std::move(cells));
  };
  add("state", [](std::string_view view) { return text(view, "state"); });
  for (const char* name : {"lag", "read", "applied", "superseded", "tombstone", "missing", "invalid", "failed"}) {
    add(name, [name](std::string_view view) { return status_number(view, name); });
  }
  return "\n" + table.text(colour) + reasons;
}

/// I5, as the daemon finds it in each of its parts.
std::string identity(std::string_view document) {
  std::string broken;
  bool told = false;
  const auto look = [&](std::string_view name, std::string_view found) {
    const auto off_by = integer(status_part(found, "identity"), "off_by");
    told = told || off_by;
    if (!off_by || *off_by == 0) return;
    broken += fmt::format("  {}: {} {}\n", name, *off_by > 0 ? *off_by : -*off_by,
                          *off_by > 0 ? "records without a fate" : "fates without a record");
  };
  look("join", status_part(document, "join"));
  for (const auto& [name, view] : raw_json::members(status_part(document, "views"))) {
    if (view.starts_with('{')) look(name + " view", view);
  }
  if (!told) return {};
  if (broken.empty()) return "\nidentity holds: every record has one counted fate\n";
  return "\nidentity does not hold, which is a defect of ordersd:\n" + broken;
}

std::string intake(std::string_view document, bool colour) {
  const auto found = status_part(document, "intake");
  if (found == "{}") return {};
  Table table({"NEW ORDERS", ">ACCEPTED", ">PUBLISHED", ">REPEATED", ">FAILED", ">OUTBOX"});
  table.add({text(found, "state"), status_number(found, "accepted"), status_number(found, "published"),
             status_number(found, "repeated"), status_number(found, "failed"), status_number(found, "outbox")});
  return "\n" + table.text(colour) + status_reason("new orders", text(found, "reason"));
}

/// Of one that can be away.
std::string catalog(std::string_view document, bool colour) {
  const auto found = status_part(document, "catalog");
  if (found == "{}") return {};
  Table table({"CATALOG", "BREAKER", ">REQUESTS", ">FAILURES", ">FROM CACHE"});
  table.add({text(found, "state"), text(found, "breaker"), status_number(found, "requests"),
             status_number(found, "failures"), status_number(found, "hits")});
  std::string out = "\n" + table.text(colour) + status_reason("catalog", text(found, "reason"));
  const auto unchecked = integer(status_part(document, "intake"), "unchecked").value_or(0);
  if (unchecked > 0) {
    out += fmt::format("  orders accepted unchecked: {}\n", grouped(static_cast<std::uint64_t>(unchecked)));
  }
  const auto error = status_part(found, "last_error");
  if (error == "{}") return out;
  return out + wrapped(fmt::format("  last error, at {}:", text(error, "at")), text(error, "message"));
}

/// Nothing as long as nobody was.
std::string turned_away(std::string_view document) {
  std::string counts;
  for (const auto& [why, count] : raw_json::members(status_part(status_part(document, "api"), "refused"))) {
    if (count != "0") counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", why, count);
  }
  return counts.empty() ? counts : fmt::format("\nrequests turned away: {}\n", counts);
}

/// Nothing as long as it was never read anew.
std::string configuration(std::string_view document) {
  const auto found = status_part(document, "configuration");
  const auto reloaded = text(found, "reloaded"), error = text(found, "error");
  std::string waiting;
  for (const auto name : raw_json::elements(member(found, "restart_needed").value_or("[]"))) {
    waiting += (waiting.empty() ? "" : ", ") + text(name);
  }
  std::string out;
  if (!reloaded.empty()) out += wrapped("configuration:", "read anew at " + reloaded);
  if (!error.empty()) out += wrapped("configuration: not taken:", error);
  if (!waiting.empty()) out += wrapped("configuration: at the next start:", waiting);
  return out.empty() ? out : "\n" + out;
}

}  // namespace

// Below a table, for they are as long as they are.
std::string status_reason(std::string_view name, std::string_view why) {
  return why.empty() ? std::string{} : wrapped(fmt::format("  {}:", name), why);
}

std::string status_number(std::string_view object, std::string_view name) {
  const auto value = integer(object, name);
  return value ? grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(*value, 0))) : "-";
}

std::string_view status_part(std::string_view object, std::string_view name) {
  const auto value = member(object, name).value_or("{}");
  return value.starts_with('{') ? value : std::string_view("{}");
}

std::string status_head(std::string_view document) {
  const auto uptime = integer(document, "uptime_seconds").value_or(0);
  std::string out =
      fmt::format("{} / {}: {}, up {}, version {}\n", text(document, "application_id"), text(document, "instance_id"),
                  text(document, "state"), format_duration(std::chrono::seconds(uptime)), text(document, "version"));
  for (const auto reason : raw_json::elements(member(document, "reasons").value_or("[]"))) {
    out += wrapped(" ", text(reason));
  }
  return out;
}

std::string status_workers(std::string_view join, bool colour) {
  Table table({"WORKER", "STATE", "PARTITIONS", ">WAITING", ">LAG", ">COMMITS", ">ABORTS"});
  std::string reasons;
  for (const auto worker : raw_json::elements(member(join, "workers").value_or("[]"))) {
    std::string reason = text(worker, "reason");
    std::int64_t waiting = 0, lag = 0;
    for (const auto task : raw_json::elements(member(worker, "tasks").value_or("[]"))) {
      if (const auto why = text(task, "reason"); !why.empty()) reason += (reason.empty() ? "" : "; ") + why;
      for (const auto side : {status_part(task, "payment"), status_part(task, "stock")}) {
        waiting += integer(side, "waiting").value_or(0);
        lag += integer(side, "lag").value_or(0);
      }
    }
    table.add({text(worker, "name"), text(worker, "state"), partitions_of(worker),
               grouped(static_cast<std::uint64_t>(waiting)), grouped(static_cast<std::uint64_t>(lag)),
               status_number(worker, "commits"), status_number(worker, "aborts")});
    reasons += status_reason(text(worker, "name"), reason);
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour) + reasons;
}

std::string status_latency(std::string_view join) {
  if (!member(join, "latency")) return {};
  const auto recent = status_part(join, "latency");
  if (recent == "{}") return "\nlatency: no results of late\n";
  return "\n" + latency_line(fmt::format("latency, last {} s:", text(recent, "window_s")), recent);
}

std::string status_text(std::string_view document, bool colour) {
  const auto join = status_part(document, "join");
  return status_head(document) + status_workers(join, colour) + tasks(join, colour) + fates(join, colour) +
         status_latency(join) + latency_in_all(join) + views(document, colour) + identity(document) +
         intake(document, colour) + catalog(document, colour) + turned_away(document) + configuration(document);
}

}  // namespace orders::ctl
