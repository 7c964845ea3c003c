#include "catalog/http_requests.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "base/bytes.h"
#include "catalog/request_url.h"
#include "config/secrets.h"
#include "config/token.h"

namespace orders::catalog {
namespace {

constexpr std::size_t body_limit = 1u << 20;
/// Below what load balancers and servers commonly keep an idle connection for.
constexpr long idle_seconds = 60;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void initialise_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

bool may_pass(long status) { return status == 408 || status == 429 || status >= 500; }

bool is_about_tls(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CACERT_BADFILE;
}

}  // namespace

struct Requests::Request {
  std::string code;
  std::size_t body_bytes = 0;
  std::unique_ptr<curl_slist, ListDeleter> headers;
  char detail[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, EasyDeleter> easy;  ///< goes before what it points to
};

namespace {

/// Counts, and keeps nothing.
size_t drop_body(char*, size_t size, size_t count, void* bytes) {
  auto& taken = *static_cast<std::size_t*>(bytes);
  taken += size * count;
  return taken <= body_limit ? size * count : 0;
}

tl::unexpected<Error> refused(long status, const std::string& where) {
  auto message = "the catalog at " + where + " answered with HTTP status " + std::to_string(status);
  if (status == 401 || status == 403) return fail(ErrorClass::denied, std::move(message), "see catalog.token_file");
  if (status >= 300 && status < 400) message += ", and no redirection is followed";
  return fail(ErrorClass::wait, std::move(message), may_pass(status) ? "" : "see catalog.location");
}

tl::unexpected<Error> broken(CURLcode code, const std::string& detail, const std::string& where,
                             Milliseconds timeout) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorClass::wait, "the catalog at " + where + " gave no whole answer within " +
                                        format_duration(timeout));
    case CURLE_WRITE_ERROR:
      return fail(ErrorClass::wait, "the catalog at " + where + " answers with more than 1 MiB for one code",
                  "see catalog.location");
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return fail(ErrorClass::wait, "can't reach the catalog at " + where + " (" + detail + ")");
    default:
      if (is_about_tls(code)) {
        return fail(ErrorClass::wait, "no TLS with the catalog at " + where + " (" + detail + ")",
                    "see catalog.tls_ca");
      }
      return fail(ErrorClass::wait, "the catalog at " + where + " broke off before its answer was whole (" + detail +
                                        ")");
  }
}

}  // namespace

Requests::Requests(const config::Catalog& config) : config_(config), where_(config::masked_url(config.location)) {
  initialise_curl_once();
  multi_.reset(curl_multi_init());
  if (!multi_) throw std::bad_alloc();
}

Requests::~Requests() {
  for (const auto& [easy, request] : requests_) curl_multi_remove_handle(multi_.get(), easy);
}

void Requests::start(const std::string& code) {
  auto request = prepare(code);
  if (!request) {
    not_sent_.push_back({code, fail(request.error())});
    return;
  }
  CURL* const easy = (*request)->easy.get();
  if (const CURLMcode added = curl_multi_add_handle(multi_.get(), easy); added != CURLM_OK) {
    not_sent_.push_back({code, fail(ErrorClass::wait, curl_multi_strerror(added)), true});
    return;
  }
  requests_.emplace(easy, *std::move(request));
}

Result<std::unique_ptr<Requests::Request>> Requests::prepare(const std::string& code) const {
  auto request = std::make_unique<Request>();
  request->code = code;
  request->easy.reset(curl_easy_init());
  if (!request->easy) throw std::bad_alloc();
  if (!config_.token_file.empty()) {
    // Read each time: one that is exchanged counts at once.
    const auto token = config::read_bearer_token(config_.token_file, "catalog.token_file");
    if (!token) return fail(ErrorClass::wait, token.error().message, token.error().hint);
    request->headers.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + *token).c_str()));
  }
  set_up(*request, request_url(config_.location, code));
  return request;
}

void Requests::set_up(Request& request, const std::string& url) const {
  CURL* const curl = request.easy.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "ordersd");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // else http_proxy of the environment would be asked
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // else it waits for a name server that does not answer
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, idle_seconds);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config_.tls_ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, config_.tls_ca.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request.headers.get());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, request.detail);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &request.body_bytes);
}

Result<std::vector<Requests::Done>> Requests::wait(Milliseconds timeout) {
  std::vector<Done> done = std::exchange(not_sent_, {});
  int running = 0;
  for (const bool may_wait : {true, false}) {
    if (const auto code = curl_multi_perform(multi_.get(), &running); code != CURLM_OK) {
      return fail(ErrorClass::bug, std::string("libcurl: ") + curl_multi_strerror(code));
    }
    take_done(done);
    if (!done.empty() || !may_wait) break;
    const auto code = curl_multi_poll(multi_.get(), nullptr, 0,
                                      static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 0, 60'000)), nullptr);
    if (code != CURLM_OK) return fail(ErrorClass::bug, std::string("libcurl: ") + curl_multi_strerror(code));
  }
  return done;
}

void Requests::take_done(std::vector<Done>& done) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto found = requests_.find(easy);
    curl_multi_remove_handle(multi_.get(), easy);
    if (found == requests_.end()) continue;
    done.push_back(finish(*found->second, code));
    requests_.erase(found);
  }
}

Requests::Done Requests::finish(Request& request, CURLcode code) const {
  if (code != CURLE_OK) {
    const std::string detail = printable(*request.detail != '\0' ? request.detail : curl_easy_strerror(code));
    const bool for_good = is_about_tls(code) || code == CURLE_WRITE_ERROR || code == CURLE_URL_MALFORMAT;
    return {std::move(request.code), broken(code, detail, where_, config_.timeout), !for_good};
  }
  long status = 0;
  curl_easy_getinfo(request.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 200 || status == 404) return {std::move(request.code), status == 200};
  return {std::move(request.code), refused(status, where_), may_pass(status)};
}

void Requests::wake() { curl_multi_wakeup(multi_.get()); }

}  // namespace orders::catalog
