#include "ordersctl/status_text.h"

#include <fmt/format.h>

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

/// Nothing as long as nobody was.
std::string turned_away(std::string_view document) {
  std::string counts;
  for (const auto& [why, count] : raw_json::members(status_part(status_part(document, "api"), "refused"))) {
    if (count != "0") counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", why, count);
  }
  return counts.empty() ? counts : fmt::format("\nrequests turned away: {}\n", counts);
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
    std::string partitions, reason = text(worker, "reason");
    std::int64_t waiting = 0, lag = 0;
    for (const auto task : raw_json::elements(member(worker, "tasks").value_or("[]"))) {
      partitions += (partitions.empty() ? "" : ",") + text(task, "partition");
      if (const auto state = text(task, "state"); !state.empty() && state != "running") partitions += " " + state;
      if (const auto why = text(task, "reason"); !why.empty()) reason += (reason.empty() ? "" : "; ") + why;
      for (const auto side : {status_part(task, "payment"), status_part(task, "stock")}) {
        waiting += integer(side, "waiting").value_or(0);
        lag += integer(side, "lag").value_or(0);
      }
    }
    table.add({text(worker, "name"), text(worker, "state"), partitions, grouped(static_cast<std::uint64_t>(waiting)),
               grouped(static_cast<std::uint64_t>(lag)), status_number(worker, "commits"),
               status_number(worker, "aborts")});
    reasons += status_reason(text(worker, "name"), reason);
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour) + reasons;
}

std::string status_text(std::string_view document, bool colour) {
  const auto join = status_part(document, "join");
  return status_head(document) + status_workers(join, colour) + fates(join, colour) + views(document, colour) +
         identity(document) + intake(document, colour) + turned_away(document);
}

}  // namespace orders::ctl
