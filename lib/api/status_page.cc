#include "api/status_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "api/page/files.h"
#include "api/page/fill.h"
#include "base/markup.h"

namespace orders::api {
namespace {

using page::Json;

/// Only what the page itself brings along is run: nobody who gets a word into it can guess this.
std::string nonce() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i) text += fmt::format("{:08x}", random());
  return text;
}

/// What of a view's or the join's counts becomes a dead letter, as paths; the template has a place for it.
std::string dead_letters(const PageSettings& settings) {
  std::string paths =
      "/join/fates/invalid /join/fates/refused /views/table/invalid /views/database/invalid "
      "/views/database/failed";
  if (settings.late == config::Disposition::dead_letter) paths += " /join/fates/late";
  if (settings.unmatched == config::Disposition::dead_letter) paths += " /join/fates/unmatched";
  if (settings.missing_order != config::MissingOrder::ignore) paths += " /views/database/missing";
  return paths;
}

/// Of the join as a whole: that of its worst worker.
std::string join_state(const Json& status) {
  constexpr std::array<std::string_view, 6> worst_last = {"running",    "starting", "rebalancing",
                                                          "rebuilding", "degraded", "stopped"};
  std::size_t worst = 0;
  const auto states = page::values_at(status, status, "/join/workers/*/state");
  for (const auto* state : states) {
    const auto at = std::ranges::find(worst_last, state->get_ref<const std::string&>()) - worst_last.begin();
    worst = std::max(worst, static_cast<std::size_t>(at));
  }
  return std::string(states.empty() ? "starting" : worst_last.at(worst));
}

std::string_view fate(config::Disposition disposition) {
  return disposition == config::Disposition::dead_letter ? "dead letter" : "dropped";
}

/// The status, and what else the page shows once and for all.
Json document(const std::string& status, const PageSettings& settings, Timestamp now) {
  auto document = Json::parse(status);
  document["now"] = format_timestamp(now);
  document["title"] = document.value("state", "") + " · " + document.value("application_id", "") + "/" +
                      document.value("instance_id", "");
  document["join_state"] = join_state(document);
  const auto& topics = settings.topics;
  document["topics"] = {{"orders", topics.orders},
                        {"payments", topics.payments},
                        {"stock", topics.stock},
                        {"dead_letter", topics.dead_letter}};
  const bool missing = settings.missing_order != config::MissingOrder::ignore;
  document["becomes"] = {{"late", fate(settings.late)},
                         {"unmatched", fate(settings.unmatched)},
                         {"missing", missing ? "dead letter" : "ignored"}};
  return document;
}

std::string history_element(const page::History* history) {
  std::string series;
  for (const auto& paths : page::series) (series += series.empty() ? "" : "|") += paths;
  return fmt::format(R"(<div id="history" hidden data-series="{}" data-samples="{}"></div>)", series,
                     markup(history != nullptr ? history->json() : "[]"));
}

std::string with_dead_letters(std::string html, const std::string& paths) {
  constexpr std::string_view place = "{letters}";
  for (auto at = html.find(place); at != std::string::npos; at = html.find(place, at)) {
    html.replace(at, place.size(), paths);
  }
  return html;
}

/// Only the template is looked at for places, never what has been put there.
std::string put_together(const page::Documents& documents, const std::string& nonce, const PageSettings& settings,
                         const page::History* history) {
  const std::pair<std::string_view, std::string> places[] = {
      {"<!--style-->", fmt::format("<style nonce=\"{}\">\n{}</style>", nonce, page::page_css)},
      {"<!--history-->", history_element(history)},
      {"<!--script-->", fmt::format("<script nonce=\"{}\">\n{}</script>", nonce, page::page_js)}};
  const auto html = with_dead_letters(std::string(page::page_html), dead_letters(settings));
  std::string_view rest = html;
  std::string out;
  for (const auto& [place, content] : places) {
    const auto at = rest.find(place);
    if (at == std::string_view::npos) continue;
    out += page::fill(rest.substr(0, at), documents) + content;
    rest.remove_prefix(at + place.size());
  }
  return out + page::fill(rest, documents);
}

/// What a browser is told beside the page itself.
std::vector<std::pair<std::string, std::string>> headers(const std::string& nonce) {
  const auto policy = fmt::format(
      "default-src 'none'; style-src 'nonce-{0}'; script-src 'nonce-{0}'; connect-src 'self'; img-src data:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      nonce);
  return {{"Content-Security-Policy", policy},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cache-Control", "no-store"}};
}

}  // namespace

Reply status_page(const std::string& status, const PageSettings& settings, const page::History* history,
                  Timestamp now) {
  const auto past = history != nullptr ? history->past() : std::nullopt;
  const auto before = past ? Json::parse(past->status) : Json();
  const std::chrono::duration<double> since = past ? now - past->at : Milliseconds{0};
  const auto document = api::document(status, settings, now);
  const auto word = nonce();
  Reply reply;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers = headers(word);
  reply.body = put_together({document, past ? &before : nullptr, since.count()}, word, settings, history);
  return reply;
}

}  // namespace orders::api
