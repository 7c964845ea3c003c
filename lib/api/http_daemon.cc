#include "api/http_daemon.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <string_view>
#include <vector>

namespace orders::api {
namespace {

constexpr unsigned io_threads = 2;
constexpr unsigned connection_limit = 512;
/// First line and headers of a request have to fit; libmicrohttpd answers 414 or 431 to what does not.
constexpr std::size_t connection_memory = 32u << 10;
constexpr const char* tls_versions = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/// What libmicrohttpd says while this thread starts a daemon: nothing else tells why that fails.
thread_local std::string* said_at_start = nullptr;

void log_line(void*, const char* format, va_list arguments) {
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  std::string_view text(line);
  while (text.ends_with('\n')) text.remove_suffix(1);
  spdlog::debug("http: {}", text);
  if (said_at_start != nullptr) *said_at_start += (said_at_start->empty() ? "" : " ") + std::string(text);
}

intptr_t seconds(Milliseconds time) { return std::chrono::ceil<std::chrono::seconds>(time).count(); }

/// libmicrohttpd only reads it.
void* pointer(const char* text) { return const_cast<char*>(text); }

std::vector<MHD_OptionItem> items_of(const HttpOptions& options, int socket) {
  std::vector<MHD_OptionItem> items{{MHD_OPTION_LISTEN_SOCKET, socket, nullptr},
                                    {MHD_OPTION_THREAD_POOL_SIZE, io_threads, nullptr},
                                    {MHD_OPTION_CONNECTION_LIMIT, connection_limit, nullptr},
                                    {MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, nullptr},
                                    {MHD_OPTION_PER_IP_CONNECTION_LIMIT, options.connections_of_one_peer, nullptr},
                                    {MHD_OPTION_CONNECTION_TIMEOUT, seconds(options.idle), nullptr}};
  if (options.tls != nullptr) {
    items.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, pointer(tls_versions)});
    items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, pointer(options.tls->key.c_str())});
    items.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, pointer(options.tls->chain.c_str())});
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  return items;
}

}  // namespace

Result<HttpDaemon> HttpDaemon::start(const HttpOptions& options) {
  const int copy = ::fcntl(options.socket, F_DUPFD_CLOEXEC, 0);  // libmicrohttpd closes it where the start fails
  auto items = items_of(options, copy);
  // Not epoll: with it MHD_quiesce_daemon and a thread of the pool both take the socket out of the thread's set, and the
  // one that comes second aborts the process.
  unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  if (options.tls != nullptr) flags |= MHD_USE_TLS;
  std::string said;
  said_at_start = &said;
  auto* daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, options.on_request, options.self,  //
                                  MHD_OPTION_EXTERNAL_LOGGER, &log_line, nullptr,  // first: it is for the others, too
                                  MHD_OPTION_URI_LOG_CALLBACK, options.on_uri, options.self,          //
                                  MHD_OPTION_NOTIFY_CONNECTION, options.on_connection, options.self,  //
                                  MHD_OPTION_NOTIFY_COMPLETED, options.on_completed, options.self,    //
                                  MHD_OPTION_ARRAY, items.data(), MHD_OPTION_END);
  said_at_start = nullptr;
  if (daemon != nullptr) return HttpDaemon(daemon);
  if (options.tls == nullptr) return fail(ErrorClass::bug, "the HTTP server can't be started: " + said);
  return fail(ErrorClass::invalid, "the HTTPS server can't be started: " + said,
              "api.tls_certificate and api.tls_key must be PEM files that belong together");
}

unsigned HttpDaemon::connections() const {
  const auto* info = MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
  return info == nullptr ? 0 : info->num_connections;
}

void HttpDaemon::quiesce() { left_.emplace(MHD_quiesce_daemon(daemon_.get())); }

}  // namespace orders::api
