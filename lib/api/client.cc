#include "api/client.h"

#include <curl/curl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "base/bytes.h"

namespace orders::api {
namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void append(HeaderList& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
    (void)list.release();
    list.reset(longer);
  }
}

size_t take_body(char* data, size_t size, size_t count, void* response) {
  static_cast<Response*>(response)->body.append(data, size * count);
  return size * count;
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

size_t take_header(char* data, size_t size, size_t count, void* target) {
  auto& response = *static_cast<Response*>(target);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) response.headers.clear();  // of an interim answer (100 Continue)
  if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    response.headers.emplace_back(lower_case(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))));
  }
  return size * count;
}

/// The other side is not what it should be; nothing was sent to it.
bool is_about_tls(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CACERT_BADFILE;
}

void initialise_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

std::optional<std::string_view> Response::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

struct Client::Impl {
  explicit Impl(Target t) : target(std::move(t)), easy(curl_easy_init()) {}

  const Target target;
  std::unique_ptr<CURL, EasyDeleter> easy;

  Result<Response> perform(std::string_view path, const std::string_view* body, HeaderList headers,
                           bool fresh_connection, Milliseconds timeout, bool is_put = false);
  void choose_way(CURL* curl, HeaderList& headers) const;
  tl::unexpected<Error> failure(CURLcode code, const char* detail, bool reading, Milliseconds timeout) const;
};

void Client::Impl::choose_way(CURL* curl, HeaderList& headers) const {
  if (target.url.empty()) {
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, target.socket.c_str());
    return;
  }
  append(headers, "Authorization: Bearer " + target.token);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!target.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, target.ca_file.c_str());
}

Result<Response> Client::Impl::perform(std::string_view path, const std::string_view* body, HeaderList headers,
                                       bool fresh_connection, Milliseconds timeout, bool is_put) {
  CURL* curl = easy.get();
  if (curl == nullptr) return fail(ErrorClass::bug, "libcurl can't be initialised");
  Response response;
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_reset(curl);  // keeps the connection
  const std::string url = (target.url.empty() ? "http://ordersd" : target.url) + std::string(path);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  choose_way(curl, headers);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // else http_proxy of the environment would be asked
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(timeout.count(), 1)));
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response);
  if (body != nullptr) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->empty() ? "" : body->data());
  }
  if (is_put) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return failure(code, detail, body == nullptr || is_put, timeout);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

tl::unexpected<Error> Client::Impl::failure(CURLcode code, const char* detail, bool reading,
                                            Milliseconds timeout) const {
  long sent = 0;
  long os_error = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_REQUEST_SIZE, &sent);
  curl_easy_getinfo(easy.get(), CURLINFO_OS_ERRNO, &os_error);
  const auto& where = target.where();
  if (is_about_tls(code)) {
    return fail(ErrorClass::invalid,
                "no TLS with ordersd at " + where + ": " + (*detail != '\0' ? detail : curl_easy_strerror(code)),
                "see api.url and api.tls_ca");
  }
  const bool not_there = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
  if (not_there || (code == CURLE_OPERATION_TIMEDOUT && sent == 0)) {
    std::string message = "can't reach ordersd at " + where;
    if (os_error != 0) message += std::string(" (") + std::strerror(static_cast<int>(os_error)) + ")";
    if (os_error == EACCES) return fail(ErrorClass::wait, message, "may this user open the socket?");
    return fail(ErrorClass::wait, message + ": is it running?");
  }
  std::string message = code == CURLE_OPERATION_TIMEDOUT
                            ? "no whole answer from ordersd at " + where + " within " + format_duration(timeout)
                            : "ordersd at " + where + " broke off before its answer was whole (" +
                                  (*detail != '\0' ? detail : curl_easy_strerror(code)) + ")";
  if (reading) return fail(ErrorClass::wait, message);
  return fail(ErrorClass::wait, message + "; the request was sent and may have been carried out",
              "send it again with the same idempotency key");
}

Client::Client(std::string socket_path) : Client(Target{std::move(socket_path), {}, {}, {}}) {}

Client::Client(Target target) {
  initialise_curl_once();
  impl_ = std::make_unique<Impl>(std::move(target));
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Response> Client::get(std::string_view path, Milliseconds timeout) {
  return impl_->perform(path, nullptr, HeaderList(), false, timeout);
}

Result<Response> Client::post(std::string_view path, std::string_view body, std::string_view content_type,
                              const std::vector<std::pair<std::string, std::string>>& headers, Milliseconds timeout) {
  HeaderList list;
  append(list, "Content-Type: " + std::string(content_type));
  append(list, "Expect:");
  bool repeatable = false;
  for (const auto& [name, value] : headers) {
    append(list, name + ": " + value);
    repeatable = repeatable || lower_case(name) == "idempotency-key";
  }
  // On a kept connection that turns out to be dead, libcurl sends the request a second time by itself. One that must
  // not be carried out twice gets a connection of its own.
  return impl_->perform(path, &body, std::move(list), !repeatable, timeout);
}

Result<Response> Client::put(std::string_view path, std::string_view body, std::string_view content_type,
                             Milliseconds timeout) {
  HeaderList list;
  append(list, "Content-Type: " + std::string(content_type));
  append(list, "Expect:");
  return impl_->perform(path, &body, std::move(list), false, timeout, true);
}

std::string query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    out += (out.empty() ? '?' : '&') + percent_encoded(name) + '=' + percent_encoded(value);
  }
  return out;
}

}  // namespace orders::api
