#include <algorithm>
#include <array>

#include "failure/dead_letter.h"
#include "metrics/page.h"

namespace orders::metrics {
namespace {

constexpr std::array<std::string_view, 2> intake_states{"running", "degraded"};
constexpr std::array<std::string_view, 3> breaker_states{"closed", "open", "half_open"};

void add_letters(Family& family, const std::string& origin, const failure::LetterCounts& letters) {
  for (std::size_t reason = 0; reason < letters.size(); ++reason) {
    family.add(letters[reason],
               {{"origin", origin}, {"reason", std::string(to_string(static_cast<failure::Reason>(reason)))}});
  }
}

}  // namespace

void add_dead_letters(Page& page, const Snapshot& snapshot) {
  auto letters = page.counter("ordersd_dead_letters_total", "Dead letters made, by reason.");
  auto dropped = page.counter("ordersd_dead_letters_dropped_total",
                              "Dead letters that the broker refuses even without their value, and which are lost.");
  auto queue = page.gauge("ordersd_dead_letter_queue_records",
                          "Dead letters on the topic, from any writer, that are not drained; a letter that was written "
                          "twice is one.");
  auto counted = page.gauge("ordersd_dead_letter_queue_counted_timestamp_seconds",
                            "When the dead letters on the topic were counted, since 1970.");
  if (snapshot.join) {
    const auto& totals = snapshot.join->status.totals;
    add_letters(letters, "join", totals.letters);
    dropped.add(totals.fates.letters_dropped, {{"origin", "join"}});
  }
  for (const auto& view : snapshot.views) {
    if (view.status.name != "database") continue;  // the table writes none
    add_letters(letters, view.status.name, view.status.letters);
    dropped.add(view.status.letters_dropped, {{"origin", view.status.name}});
  }
  if (const auto& seen = snapshot.looked_up.dead_letters) {
    queue.add(seen->letters);
    counted.add(seen->counted);
  }
}

void add_intake(Page& page, const Snapshot& snapshot) {
  auto accepted = page.counter("ordersd_intake_accepted_total", "Orders saved.");
  auto published = page.counter("ordersd_intake_published_total", "Orders published.");
  auto repeated = page.counter("ordersd_intake_repeated_total", "Requests whose idempotency key was used before.");
  auto failed = page.counter("ordersd_intake_failed_total", "Requests that could not be saved.");
  auto unchecked = page.counter("ordersd_intake_unchecked_total",
                                "Orders saved of whose products the catalog service could not tell.");
  auto state = page.gauge("ordersd_intake_state", "Whether the intake is in this state.");
  auto outbox = page.gauge("ordersd_outbox_orders", "Orders saved and not yet published.");
  const auto& intake = snapshot.intake;
  if (!intake) return;
  accepted.add(intake->accepted);
  published.add(intake->published);
  repeated.add(intake->repeated);
  failed.add(intake->failed);
  unchecked.add(intake->unchecked);
  add_states(state, intake_states[intake->degraded ? 1 : 0], intake_states);
  outbox.add(intake->outbox);
}

void add_catalog(Page& page, const Snapshot& snapshot) {
  auto requests = page.counter("ordersd_catalog_requests_total", "Requests to the catalog service.");
  auto failures = page.counter("ordersd_catalog_failures_total", "Requests to the catalog service that failed.");
  auto hits = page.counter("ordersd_catalog_hits_total", "Product codes that were remembered, and not asked for.");
  auto state = page.gauge("ordersd_catalog_breaker_state", "Whether the circuit breaker is in this state.");
  const auto& catalog = snapshot.catalog;
  if (!catalog) return;
  requests.add(catalog->requests);
  failures.add(catalog->failures);
  hits.add(catalog->hits);
  add_states(state, catalog::to_string(catalog->breaker), breaker_states);
}

void add_api(Page& page, const Snapshot& snapshot) {
  auto requests = page.counter("ordersd_http_requests_total", "Requests answered.");
  auto took = page.histogram("ordersd_http_request_duration_seconds", "From a request's head to its answer.");
  auto refusals = page.counter("ordersd_http_refusals_total", "Requests turned away.");
  for (const auto& route : snapshot.requests) {
    for (const auto& [code, count] : route.by_code) {
      requests.add(count, {{"method", route.method}, {"route", route.route}, {"code", std::to_string(code)}});
    }
    took.add(route.took, short_times(), {{"method", route.method}, {"route", route.route}});
  }
  for (const auto& [why, count] : snapshot.refusals) refusals.add(count, {{"reason", std::string(why)}});
}

}  // namespace orders::metrics
