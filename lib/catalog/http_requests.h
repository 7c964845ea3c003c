// Requests to the catalog service, several at a time, over connections that are kept.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"

namespace orders::catalog {

/// One thread; only wake() from any. Follows no redirection, takes no proxy from the environment, and reads nothing of
/// an answer but its status: 200, the code is known; 404, it is not; all else is the service's failure.
class Requests {
 public:
  explicit Requests(const config::Catalog& config);
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;
  ~Requests();

  struct Done {
    std::string code;
    Result<bool> known;
    bool passing = false;  ///< of a failure: the same request may succeed in a moment
  };

  /// Of a code that is not under way.
  void start(const std::string& code);
  /// Returns when requests are done, or woken, or after `timeout`. Fails with `bug`.
  [[nodiscard]] Result<std::vector<Done>> wait(Milliseconds timeout);
  void wake();
  [[nodiscard]] std::size_t under_way() const { return requests_.size(); }

  /// The service, for people: its address without a password.
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  struct Request;
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  [[nodiscard]] Result<std::unique_ptr<Request>> prepare(const std::string& code) const;
  void set_up(Request& request, const std::string& url) const;
  [[nodiscard]] Done finish(Request& request, CURLcode code) const;
  void take_done(std::vector<Done>& done);

  const config::Catalog config_;
  const std::string where_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::map<CURL*, std::unique_ptr<Request>> requests_;  ///< under way
  std::vector<Done> not_sent_;                          ///< failed before they could be
};

}  // namespace orders::catalog
