#include "config/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "base/address.h"
#include "config/catalog_address.h"
#include "config/options.h"
#include "config/rules.h"
#include "config/secrets.h"

namespace orders::config {
namespace {

class Checker {
 public:
  Checker(const Config& config, const std::map<std::string, std::string>& places, const std::set<std::string>& wrong,
          std::vector<Problem>& problems)
      : config_(config), places_(places), wrong_(wrong), problems_(problems) {}

  void check() {
    stream();
    join();
    state();
    topics();
    database();
    catalog();
    api();
  }

 private:
  using Names = std::initializer_list<const char*>;

  void contradiction(Names names, const std::string& message) {
    if (std::ranges::any_of(names, [&](const char* name) { return wrong_.contains(name); })) return;
    for (const char* name : names) {
      if (const auto place = places_.find(name); place != places_.end()) {
        problems_.push_back({place->second, name, message});
        return;
      }
    }
    problems_.push_back({"default", *names.begin(), message});
  }

  /// "state.cache (10MiB)"
  [[nodiscard]] std::string shown(const char* name) const {
    return fmt::format("{} ({})", name, find_option(name)->get(config_));
  }

  void at_most(const char* less, const char* more, bool holds) {
    if (holds) return;
    contradiction({less, more}, fmt::format("{} must not exceed {}", shown(less), shown(more)));
  }

  void stream() {
    const Stream& stream = config_.stream;
    at_most("stream.commit_min_interval", "stream.commit_interval",
            stream.commit_min_interval <= stream.commit_interval);
    if (stream.commit_interval >= config_.kafka.transaction_timeout) {
      contradiction({"stream.commit_interval", "kafka.transaction_timeout"},
                    fmt::format("{} must be shorter than {}, or transactions time out before they are committed",
                                shown("stream.commit_interval"), shown("kafka.transaction_timeout")));
    }
  }

  void join() {
    const auto retention = config_.join.before + config_.join.after + config_.join.grace;
    const auto longest = parse_duration(find_option("join.grace")->maximum).value_or(Milliseconds::max());
    if (retention <= longest) return;
    contradiction({"join.window.before", "join.window.after", "join.grace"},
                  fmt::format("join.window (before and after) and join.grace together ({}) must not exceed {}",
                              format_duration(retention), format_duration(longest)));
  }

  void state() { at_most("state.cache", "state.memory", config_.state.cache <= config_.state.memory); }

  void topics() {
    static constexpr const char* names[] = {"topics.orders", "topics.payments", "topics.stock", "topics.dead_letter",
                                            "topics.drained"};
    for (const char* const* second = std::begin(names); second != std::end(names); ++second) {
      for (const char* const* first = std::begin(names); first != second; ++first) {
        const auto topic = find_option(*first)->get(config_);
        if (topic != find_option(*second)->get(config_)) continue;
        contradiction({*second, *first},
                      fmt::format("{} and {} both name '{}': each needs a topic of its own", *first, *second, topic));
      }
    }
  }

  void database() {
    const Database& database = config_.database;
    if (database.backend == DatabaseBackend::postgresql && database.url.empty()) {
      contradiction({"database.url", "database.backend"}, "database.backend postgresql needs database.url");
    }
    if (is_torn_apart(database.url)) {
      contradiction({"database.url"},
                    "an '@' or '/' in its user or password must be written as %40 or %2F; or put the password into "
                    "database.password_file as it is");
    }
    at_most("database.retry.backoff.initial", "database.retry.backoff.max",
            database.retry_initial <= database.retry_max);
  }

  void catalog() {
    const auto& location = config_.catalog.location;
    if (config_.catalog.backend == CatalogBackend::none) return;
    if (location.empty()) {
      contradiction({"catalog.backend", "catalog.location"}, fmt::format("catalog.backend {} needs catalog.location",
                                                                         find_option("catalog.backend")->get(config_)));
    } else if (config_.catalog.backend == CatalogBackend::http) {
      catalog_service();
    }
  }

  void catalog_service() {
    const Catalog& catalog = config_.catalog;
    if (const auto flaw = flaw_of_catalog_address(catalog.location)) {
      return contradiction({"catalog.location", "catalog.backend"},
                           "as the address of a catalog service (catalog.backend http) it " + *flaw);
    }
    const bool plain = catalog.location.starts_with("http://");
    if (!catalog.token_file.empty() && plain && !is_loopback(host_of_catalog(catalog.location))) {
      contradiction({"catalog.token_file", "catalog.location"},
                    "a token crosses no network in the clear: catalog.location needs https");
    }
  }

  void api() {
    const Api& api = config_.api;
    if (api.tls_certificate.empty() != api.tls_key.empty()) {
      const bool no_key = api.tls_key.empty();
      contradiction({"api.tls_certificate", "api.tls_key"},
                    fmt::format("{} needs {}", no_key ? "api.tls_certificate" : "api.tls_key",
                                no_key ? "api.tls_key" : "api.tls_certificate"));
    }
    listen();
    url();
  }

  /// What crosses a network is for those who have the token, and can't be read on the way.
  void listen() {
    const Api& api = config_.api;
    const auto address = parse_host_port(api.listen);
    if (!address) return;
    if (api.token_file.empty()) {
      contradiction({"api.listen", "api.token_file"}, fmt::format("{} needs api.token_file", shown("api.listen")));
    }
    if (!is_loopback(address->host) && api.tls_certificate.empty() && api.tls_key.empty()) {
      contradiction(
          {"api.listen", "api.tls_certificate", "api.tls_key"},
          fmt::format("{} is not loopback and needs api.tls_certificate and api.tls_key", shown("api.listen")));
    }
  }

  void url() {
    const Api& api = config_.api;
    const auto host = rules::host_of_url(api.url);
    if (!host) return;
    if (api.token_file.empty()) {
      contradiction({"api.url", "api.token_file"}, fmt::format("{} needs api.token_file", shown("api.url")));
    }
    if (!is_loopback(*host) && !api.url.starts_with("https://")) {
      contradiction({"api.url"}, fmt::format("{} is not loopback and needs https", shown("api.url")));
    }
  }

  const Config& config_;
  const std::map<std::string, std::string>& places_;
  const std::set<std::string>& wrong_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_together(const Config& config, const std::map<std::string, std::string>& places,
                    const std::set<std::string>& wrong, std::vector<Problem>& problems) {
  Checker(config, places, wrong, problems).check();
}

}  // namespace orders::config
