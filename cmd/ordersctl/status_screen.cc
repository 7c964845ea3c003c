#include "ordersctl/status_screen.h"

#include <fmt/format.h>

#include <optional>

#include "ordersctl/output.h"
#include "ordersctl/raw_json.h"
#include "ordersctl/status_text.h"

namespace orders::ctl {
namespace {

using raw_json::integer;
using raw_json::member;
using raw_json::text;

/// Counters of two documents of one run.
class Rates {
 public:
  Rates(std::string_view before, std::string_view now, Milliseconds elapsed)
      : seconds_(static_cast<double>(elapsed.count()) / 1'000),
        known_(!before.empty() && seconds_ > 0 && text(before, "started") == text(now, "started")) {}

  /// "1,234", "0.5"; "-" where it is not known.
  [[nodiscard]] std::string of(std::string_view before, std::string_view now, std::string_view name) const {
    const auto was = integer(before, name), is = integer(now, name);
    if (!known_ || !was || !is || *is < *was) return "-";
    const double rate = static_cast<double>(*is - *was) / seconds_;
    return rate > 0 && rate < 10 ? fmt::format("{:.1f}", rate) : grouped(static_cast<std::uint64_t>(rate + 0.5));
  }

 private:
  double seconds_;
  bool known_;
};

/// What happens all the time, and of the rest what has happened at all.
std::string fates(std::string_view before, std::string_view join, const Rates& rates, bool colour) {
  const auto counts = status_part(join, "fates"), earlier = status_part(before, "fates");
  if (counts == "{}") return {};
  Table table({"JOIN", ">RECORDS", ">A SECOND"});
  for (const char* name : {"read", "joined", "results"}) {
    table.add({name, status_number(counts, name), rates.of(earlier, counts, name)});
  }
  table.add({"waiting", status_number(join, "waiting"), ""});
  for (const char* name : {"unmatched", "late", "duplicate", "invalid", "skipped", "refused", "letters_dropped"}) {
    if (integer(counts, name).value_or(0) == 0) continue;
    table.add({name, status_number(counts, name), rates.of(earlier, counts, name)});
  }
  return "\n" + table.text(colour);
}

std::string views(std::string_view before, std::string_view document, const Rates& rates, bool colour) {
  Table table({"VIEW", "STATE", ">LAG", ">READ A SECOND", ">INVALID", ">FAILED"});
  std::string reasons;
  for (const auto& [name, view] : raw_json::members(status_part(document, "views"))) {
    if (!view.starts_with('{')) continue;
    const auto earlier = status_part(status_part(before, "views"), name);
    table.add({name, text(view, "state"), status_number(view, "lag"), rates.of(earlier, view, "read"),
               status_number(view, "invalid"), status_number(view, "failed")});
    reasons += status_reason(name, text(view, "reason"));
  }
  return table.empty() ? std::string{} : "\n" + table.text(colour) + reasons;
}

std::string intake(std::string_view before, std::string_view document, const Rates& rates, bool colour) {
  const auto found = status_part(document, "intake"), earlier = status_part(before, "intake");
  if (found == "{}") return {};
  Table table({"NEW ORDERS", ">ACCEPTED", ">A SECOND", ">FAILED", ">OUTBOX"});
  table.add({text(found, "state"), status_number(found, "accepted"), rates.of(earlier, found, "accepted"),
             status_number(found, "failed"), status_number(found, "outbox")});
  return "\n" + table.text(colour) + status_reason("new orders", text(found, "reason"));
}

}  // namespace

std::string status_screen(std::string_view before, std::string_view now, Milliseconds elapsed, bool colour) {
  const Rates rates(before, now, elapsed);
  const auto join = status_part(now, "join");
  return status_head(now) + status_workers(join, colour) + fates(status_part(before, "join"), join, rates, colour) +
         status_latency(join) + views(before, now, rates, colour) + intake(before, now, rates, colour);
}

}  // namespace orders::ctl
