#include "ordersctl/status_text.h"

#include <fmt/format.h>

#include "base/time.h"
#include "ordersctl/output.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

using raw_json::integer;
using raw_json::member;
using raw_json::text;

std::string number(std::string_view object, std::string_view name) {
  const auto value = integer(object, name);
  return value ? grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(*value, 0))) : "-";
}

/// The member, if it is an object.
std::string_view part(std::string_view object, std::string_view name) {
  const auto value = member(object, name).value_or("{}");
  return value.starts_with('{') ? value : std::string_view("{}");
}

std::string head(std::string_view document) {
  const auto uptime = integer(document, "uptime_seconds").value_or(0);
  std::string out =
      fmt::format("{} / {}: {}, up {}, version {}\n", text(document, "application_id"), text(document, "instance_id"),
                  text(document, "state"), format_duration(std::chrono::seconds(uptime)), text(document, "version"));
  for (const auto reason : raw_json::elements(member(document, "reasons").value_or("[]"))) {
    out += fmt::format("  {}\n", text(reason));
  }
  return out;
}

std::string workers(std::string_view join, bool colour) {
  Table table({"WORKER", "STATE", "PARTITIONS", ">WAITING", ">LAG", ">COMMITS", ">ABORTS", "REASON"});
  for (const auto worker : raw_json::elements(member(join, "workers").value_or("[]"))) {
    std::string partitions, reason = text(worker, "reason");
    std::int64_t waiting = 0, lag = 0;
    for (const auto task : raw_json::elements(member(worker, "tasks").value_or("[]"))) {
      partitions += (partitions.empty() ? "" : ",") + text(task, "partition");
      if (const auto state = text(task, "state"); !state.empty() && state != "running") partitions += " " + state;
      if (const auto why = text(task, "reason"); !why.empty()) reason += (reason.empty() ? "" : "; ") + why;
      for (const auto side : {part(task, "payment"), part(task, "stock")}) {
        waiting += integer(side, "waiting").value_or(0);
        lag += integer(side, "lag").value_or(0);
      }
    }
    table.add({text(worker, "name"), text(worker, "state"), partitions, grouped(static_cast<std::uint64_t>(waiting)),
               grouped(static_cast<std::uint64_t>(lag)), number(worker, "commits"), number(worker, "aborts"),
               std::move(reason)});
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour);
}

std::string fates(std::string_view join, bool colour) {
  const auto counts = part(join, "fates");
  if (counts == "{}") return {};
  Table table({">READ", ">CARRIED", ">JOINED", ">WAITING", ">UNMATCHED", ">LATE", ">DUPLICATE", ">INVALID", ">SKIPPED",
               ">RESULTS", ">REFUSED"});
  table.add({number(counts, "read"), raw_json::text(counts, "carried"), number(counts, "joined"),
             number(join, "waiting"), number(counts, "unmatched"), number(counts, "late"), number(counts, "duplicate"),
             number(counts, "invalid"), number(counts, "skipped"), number(counts, "results"),
             number(counts, "refused")});
  return "\n" + table.text(colour);
}

std::string views(std::string_view document, bool colour) {
  Table table({"VIEW", "STATE", ">LAG", ">READ", ">APPLIED", ">SUPERSEDED", ">TOMBSTONES", ">MISSING", ">INVALID",
               ">FAILED", "REASON"});
  for (const auto& [name, view] : raw_json::members(part(document, "views"))) {
    if (!view.starts_with('{')) continue;
    table.add({name, text(view, "state"), number(view, "lag"), number(view, "read"), number(view, "applied"),
               number(view, "superseded"), number(view, "tombstone"), number(view, "missing"), number(view, "invalid"),
               number(view, "failed"), text(view, "reason")});
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour);
}

/// I5, as the daemon finds it in each of its parts.
std::string identity(std::string_view document) {
  std::string broken;
  bool told = false;
  const auto look = [&](std::string_view name, std::string_view found) {
    const auto off_by = integer(part(found, "identity"), "off_by");
    told = told || off_by;
    if (!off_by || *off_by == 0) return;
    broken += fmt::format("  {}: {} {}\n", name, *off_by > 0 ? *off_by : -*off_by,
                          *off_by > 0 ? "records without a fate" : "fates without a record");
  };
  look("join", part(document, "join"));
  for (const auto& [name, view] : raw_json::members(part(document, "views"))) {
    if (view.starts_with('{')) look(name + " view", view);
  }
  if (!told) return {};
  if (broken.empty()) return "\nidentity holds: every record has one counted fate\n";
  return "\nidentity does not hold, which is a defect of ordersd:\n" + broken;
}

std::string intake(std::string_view document, bool colour) {
  const auto found = part(document, "intake");
  if (found == "{}") return {};
  Table table({"NEW ORDERS", ">ACCEPTED", ">PUBLISHED", ">REPEATED", ">FAILED", ">OUTBOX", "REASON"});
  table.add({text(found, "state"), number(found, "accepted"), number(found, "published"), number(found, "repeated"),
             number(found, "failed"), number(found, "outbox"), text(found, "reason")});
  return "\n" + table.text(colour);
}

/// Nothing as long as nobody was.
std::string turned_away(std::string_view document) {
  std::string counts;
  for (const auto& [why, count] : raw_json::members(part(part(document, "api"), "refused"))) {
    if (count != "0") counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", why, count);
  }
  return counts.empty() ? counts : fmt::format("\nrequests turned away: {}\n", counts);
}

}  // namespace

std::string status_text(std::string_view document, bool colour) {
  const auto join = part(document, "join");
  return head(document) + workers(join, colour) + fates(join, colour) + views(document, colour) + identity(document) +
         intake(document, colour) + turned_away(document);
}

}  // namespace orders::ctl
