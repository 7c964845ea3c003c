// GET /: the daemon's state as one page for people, read-only and without anything from elsewhere.
#pragma once

#include <string>

#include "api/page/history.h"
#include "api/server.h"
#include "base/time.h"
#include "config/config.h"

namespace orders::api {

/// What it has from the configuration.
struct PageSettings {
  config::Topics topics{};
  config::Disposition late = config::Disposition::dead_letter;
  config::Disposition unmatched = config::Disposition::dead_letter;
  config::MissingOrder missing_order = config::MissingOrder::create;
};

/// Holds all figures as they are at `now`; with JavaScript it asks /api/status every second and shows those, without it
/// the browser is told to load it again. `status`: the text of /api/status. `history`: null: there is none, and neither
/// rates nor charts until the page has watched for a while.
[[nodiscard]] Reply status_page(const std::string& status, const PageSettings& settings, const page::History* history,
                                Timestamp now);

}  // namespace orders::api
