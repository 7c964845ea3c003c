// libmicrohttpd's threads only read and write sockets. A request that is whole is suspended and handed to a handler
// thread, so that one that waits (for a commit, for a database) holds up no other connection.
#include "api/server.h"

#include <microhttpd.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/listener.h"
#include "api/router.h"
#include "base/bytes.h"
#include "base/thread.h"

namespace orders::api {
namespace {

constexpr unsigned io_threads = 2;
constexpr unsigned connection_limit = 512;
constexpr unsigned idle_seconds = 60;
/// For answers that are under way when the server stops; the daemon has ten seconds in all.
constexpr std::chrono::seconds drain_timeout{6};

struct Exchange {
  MHD_Connection* connection = nullptr;
  Request request;
  const Route* route = nullptr;
  std::optional<Reply> reply;
  bool too_large = false;
  bool counted = false;  ///< among those that a stop waits for
};

void log_line(void*, const char* format, va_list arguments) {
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  std::string_view text(line);
  while (text.ends_with('\n')) text.remove_suffix(1);
  spdlog::debug("http: {}", text);
}

MHD_Result take_query(void* request, MHD_ValueKind, const char* name, const char* value) {
  static_cast<Request*>(request)->query.emplace_back(name, value == nullptr ? "" : value);
  return MHD_YES;
}

MHD_Result take_header(void* request, MHD_ValueKind, const char* name, const char* value) {
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  static_cast<Request*>(request)->headers.emplace_back(std::move(key), value == nullptr ? "" : value);
  return MHD_YES;
}

Reply run(const Exchange& exchange) {
  const Request& request = exchange.request;
  try {
    return exchange.route->handler(request);
  } catch (const std::exception& e) {
    spdlog::error("{} {}: {}", request.method, printable(request.path), e.what());
  } catch (...) {
    spdlog::error("{} {}: unknown exception", request.method, printable(request.path));
  }
  return problem(500, "Internal Server Error", "the daemon met an error that it did not expect; its log has more");
}

struct ResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};

}  // namespace

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::header(std::string_view lower_case_name) const {
  for (const auto& [key, value] : headers) {
    if (key == lower_case_name) return value;
  }
  return std::nullopt;
}

Reply problem(int status, std::string_view title, std::string_view detail) {
  const nlohmann::ordered_json body{{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  Reply reply;
  reply.status = status;
  reply.content_type = "application/problem+json";
  reply.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return reply;
}

struct Server::Impl {
  Impl(Listener l, std::vector<Route> routes, std::size_t limit)
      : listener(std::move(l)), router(std::move(routes)), body_limit(limit) {}
  ~Impl();

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                               const char* version, const char* data, size_t* size, void** exchange);
  static void on_completed(void* self, MHD_Connection*, void** exchange, MHD_RequestTerminationCode);

  MHD_Result begin(Exchange& exchange);
  MHD_Result dispatch(Exchange& exchange);
  MHD_Result answer(Exchange& exchange);
  Reply no_route(const Router::Match& match, const Request& request) const;
  void handle_requests();

  Listener listener;
  Router router;
  std::size_t body_limit;
  MHD_Daemon* daemon = nullptr;
  std::vector<std::thread> handlers;

  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable work;     ///< `queue` has something, or `closed`
  std::condition_variable drained;  ///< `under_way` is 0
  std::deque<Exchange*> queue;
  std::size_t under_way = 0;  ///< requests that were read whole and are not answered to the last byte
  bool closed = false;
};

MHD_Result Server::Impl::on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                    const char*, const char* data, size_t* size, void** context) {
  auto& server = *static_cast<Impl*>(self);
  if (*context == nullptr) {
    auto exchange = std::make_unique<Exchange>();
    exchange->connection = connection;
    exchange->request.method = method;
    exchange->request.path = url;
    *context = exchange.get();
    return server.begin(*exchange.release());  // on_completed deletes it
  }
  auto& exchange = *static_cast<Exchange*>(*context);
  if (*size > 0) {
    if (exchange.request.body.size() + *size > server.body_limit) exchange.too_large = true;
    if (!exchange.too_large) exchange.request.body.append(data, *size);  // else read on, so that the answer is seen
    *size = 0;
    return MHD_YES;
  }
  return exchange.reply ? server.answer(exchange) : server.dispatch(exchange);
}

MHD_Result Server::Impl::begin(Exchange& exchange) {
  Request& request = exchange.request;
  MHD_get_connection_values(exchange.connection, MHD_GET_ARGUMENT_KIND, take_query, &request);
  MHD_get_connection_values(exchange.connection, MHD_HEADER_KIND, take_header, &request);
  if (const auto length = request.header("content-length")) {
    const auto bytes = parse_int64(*length);
    exchange.too_large = bytes && static_cast<std::uint64_t>(*bytes) > body_limit;
  }
  // Who waits for "100 Continue" can hear it before the body is sent.
  return exchange.too_large && request.header("expect") ? dispatch(exchange) : MHD_YES;
}

MHD_Result Server::Impl::dispatch(Exchange& exchange) {
  Request& request = exchange.request;
  {
    const std::lock_guard lock(mutex);
    if (!exchange.counted) ++under_way;
    exchange.counted = true;
  }
  if (exchange.too_large) {
    request.body.clear();
    exchange.reply = problem(413, "Content Too Large", "at most " + std::to_string(body_limit) + " bytes are taken");
    return answer(exchange);
  }
  if (stopping) {
    exchange.reply = problem(503, "Service Unavailable", "the daemon is stopping");
    return answer(exchange);
  }
  auto match = router.find(request.method, request.path);
  if (match.route == nullptr) {
    exchange.reply = no_route(match, request);
    return answer(exchange);
  }
  exchange.route = match.route;
  request.captures = std::move(match.captures);
  if (exchange.route->immediate) {
    exchange.reply = run(exchange);
    return answer(exchange);
  }
  MHD_suspend_connection(exchange.connection);
  {
    const std::lock_guard lock(mutex);
    queue.push_back(&exchange);
  }
  work.notify_one();
  return MHD_YES;
}

Reply Server::Impl::no_route(const Router::Match& match, const Request& request) const {
  if (match.allow.empty()) return problem(404, "Not Found", "there is no " + printable(request.path));
  auto reply =
      problem(405, "Method Not Allowed",
              printable(request.method) + " is not for " + printable(request.path) + "; " + match.allow + " is");
  reply.headers.emplace_back("Allow", match.allow);
  return reply;
}

MHD_Result Server::Impl::answer(Exchange& exchange) {
  Reply& reply = *exchange.reply;
  // The exchange, and so the body, lives until on_completed.
  const std::unique_ptr<MHD_Response, ResponseDeleter> response(
      MHD_create_response_from_buffer(reply.body.size(), reply.body.data(), MHD_RESPMEM_PERSISTENT));
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, reply.content_type.c_str());
  for (const auto& [name, value] : reply.headers) {
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  }
  if (stopping) MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONNECTION, "close");
  return MHD_queue_response(exchange.connection, static_cast<unsigned>(reply.status), response.get());
}

void Server::Impl::on_completed(void* self, MHD_Connection*, void** context, MHD_RequestTerminationCode) {
  auto& server = *static_cast<Impl*>(self);
  const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*context));
  *context = nullptr;
  if (!exchange || !exchange->counted) return;
  const std::lock_guard lock(server.mutex);
  if (--server.under_way == 0) server.drained.notify_all();
}

void Server::Impl::handle_requests() {
  std::unique_lock lock(mutex);
  for (;;) {
    work.wait(lock, [&] { return closed || !queue.empty(); });
    if (queue.empty()) return;
    Exchange* exchange = queue.front();
    queue.pop_front();
    lock.unlock();
    exchange->reply = run(*exchange);
    MHD_resume_connection(exchange->connection);
    lock.lock();
  }
}

Server::Impl::~Impl() {
  stopping = true;
  if (daemon != nullptr) {
    (void)MHD_quiesce_daemon(daemon);
    listener.remove_file();
    std::unique_lock lock(mutex);
    if (!drained.wait_for(lock, drain_timeout, [&] { return under_way == 0; })) {
      spdlog::warn("api: {} requests are not answered yet; they are broken off", under_way);
    }
  }
  {
    const std::lock_guard lock(mutex);
    closed = true;
  }
  work.notify_all();
  for (std::thread& handler : handlers) handler.join();  // before the daemon: none may stay suspended
  if (daemon != nullptr) MHD_stop_daemon(daemon);
}

Result<Server> Server::start(const ServerOptions& options, std::vector<Route> routes) {
  auto listener = Listener::open(options.socket);
  if (!listener) return fail(listener.error());
  auto impl = std::make_unique<Impl>(std::move(*listener), std::move(routes), options.body_limit);
  // Not epoll: with it MHD_quiesce_daemon and a thread of the pool both take the socket out of the thread's set, and the
  // one that comes second aborts the process.
  impl->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                                  nullptr, nullptr, &Impl::on_request, impl.get(),  //
                                  MHD_OPTION_EXTERNAL_LOGGER, &log_line, nullptr,   // first: it is for the others, too
                                  MHD_OPTION_LISTEN_SOCKET, impl->listener.fd(),    //
                                  MHD_OPTION_THREAD_POOL_SIZE, io_threads,          //
                                  MHD_OPTION_CONNECTION_LIMIT, connection_limit,    //
                                  MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,      //
                                  MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, impl.get(), MHD_OPTION_END);
  if (impl->daemon == nullptr) return fail(ErrorClass::bug, "the HTTP server can't be started at " + options.socket);
  for (unsigned i = 0; i < std::max(options.threads, 1u); ++i) {
    impl->handlers.emplace_back([raw = impl.get()] {
      name_thread("api");
      raw->handle_requests();
    });
  }
  return Server(std::move(impl));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

}  // namespace orders::api
