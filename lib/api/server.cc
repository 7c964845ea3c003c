// libmicrohttpd's threads only read and write sockets. A request that is whole is suspended and handed to a handler
// thread, so that one that waits (for a commit, for a database) holds up no other connection.
#include "api/server.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "api/body_type.h"
#include "api/exchange.h"
#include "api/handler_pool.h"
#include "api/http_daemon.h"
#include "api/listener.h"
#include "api/router.h"
#include "api/socket_deadlines.h"
#include "api/strangers.h"
#include "api/tcp.h"
#include "base/address.h"
#include "base/bytes.h"
#include "config/rules.h"

namespace orders::api {
namespace {

/// Of one address over TCP, which may be that of a proxy: a quarter of all that there can be.
constexpr unsigned connections_of_one_peer = 128;
/// For answers that are under way when the server stops; the daemon has ten seconds in all.
constexpr std::chrono::seconds drain_timeout{6};

template <class Handler>
auto run(const Handler& handler, const Request& request) -> decltype(handler(request)) {
  try {
    return handler(request);
  } catch (const std::exception& e) {
    spdlog::error("{} {}: {}", request.method, printable(request.path), e.what());
  } catch (...) {
    spdlog::error("{} {}: unknown exception", request.method, printable(request.path));
  }
  return problem(500, "Internal Server Error", "the daemon met an error that it did not expect; its log has more");
}

std::set<std::string> hosts_in(const config::Api& api) {
  std::set<std::string> hosts;
  for (const auto host : config::rules::items_of(api.hosts)) hosts.insert(canonical_host(host));
  return hosts;
}

Reply too_large(std::size_t limit) {
  return problem(413, "Content Too Large", "at most " + std::to_string(limit) + " bytes are taken");
}

/// Nothing of it was done; a moment later it may be.
Reply come_back(std::string_view why) {
  Reply reply = problem(503, "Service Unavailable", why);
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

/// What needs no handler thread; nothing: it does.
std::optional<Reply> at_once(const Exchange& exchange) {
  const Route& route = *exchange.route;
  if (route.immediate) return run(route.handler, exchange.request);
  return route.at_once ? run(route.at_once, exchange.request) : std::nullopt;
}

Reply no_route(const Router::Match& match, const Request& request) {
  if (match.allow.empty()) return problem(404, "Not Found", "there is no " + printable(request.path));
  auto reply =
      problem(405, "Method Not Allowed",
              printable(request.method) + " is not for " + printable(request.path) + "; " + match.allow + " is");
  reply.headers.emplace_back("Allow", match.allow);
  return reply;
}

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
  using Clock = std::chrono::steady_clock;

  /// A listening socket, and who may use it.
  struct Endpoint {
    Impl& server;
    Access* access;           ///< null: who could connect is let in (the Unix socket)
    Certificate tls{};        ///< of the daemon below, if it has one
    std::optional<HttpDaemon> http{};
    std::atomic<bool> retired{false};  ///< another one listens in its place; its connections end one by one
  };

  Impl(const ServerOptions& o, Listener l, std::vector<Route> routes)
      : options(o),
        refusals(o.refusals ? o.refusals : std::make_shared<Refusals>()),
        listener(std::move(l)),
        router(std::move(routes)),
        deadlines(*refusals),
        requests(o.requests ? o.requests : std::make_shared<Requests>()),
        hosts(hosts_in(o.tcp)),
        handlers("api", o.threads, o.queue_limit, [this](Exchange& e) { handle(e); }),
        commit_handlers("api.commits", o.commit_threads, o.queue_limit, [this](Exchange& e) { handle(e); }) {}
  ~Impl();

  [[nodiscard]] Result<> serve(int socket, Access* access, const Certificate* tls);
  [[nodiscard]] Result<> renew(const config::Api& api);
  [[nodiscard]] Result<> renew_tcp(const config::Api& api);
  [[nodiscard]] Result<> replace_endpoint(const Certificate& certificate);

  static void on_connection(void* endpoint, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode what);
  static void* on_uri(void* endpoint, const char* uri, MHD_Connection* connection);
  static MHD_Result on_request(void* endpoint, MHD_Connection*, const char* url, const char* method, const char*,
                               const char* data, size_t* size, void** exchange);
  static void on_completed(void* endpoint, MHD_Connection* connection, void** exchange, MHD_RequestTerminationCode);

  MHD_Result begin(Access* access, Exchange& exchange);
  void take_body(Exchange& exchange, std::string_view data) const;
  MHD_Result dispatch(Exchange& exchange);
  MHD_Result hand_over(Exchange& exchange);
  MHD_Result answer(Exchange& exchange);
  Reply busy();
  void count(Exchange& exchange);
  void handle(Exchange& exchange);

  const ServerOptions options;
  const std::shared_ptr<Refusals> refusals;
  Listener listener;
  std::unique_ptr<Tcp> tcp;  ///< null: none
  const Router router;
  SocketDeadlines deadlines;
  const std::shared_ptr<Requests> requests;
  std::list<Endpoint> endpoints;  ///< the Unix socket's, then those of TCP, of which the last one listens

  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::set<std::string> hosts;      ///< by which clients may call us over the Unix socket
  std::condition_variable drained;  ///< `under_way` is 0
  std::size_t under_way = 0;        ///< requests that were read whole and are not answered to the last byte
  HandlerPool handlers, commit_handlers;
};

void Server::Impl::on_connection(void* endpoint, MHD_Connection* connection, void**,
                                 MHD_ConnectionNotificationCode what) {
  auto& server = static_cast<Endpoint*>(endpoint)->server;
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) return server.deadlines.clear(socket_of(connection));
  server.deadlines.set(socket_of(connection), server.options.limits.first_line);
}

void* Server::Impl::on_uri(void* endpoint, const char* uri, MHD_Connection* connection) {
  auto& server = static_cast<Endpoint*>(endpoint)->server;
  server.deadlines.set(socket_of(connection), server.options.limits.request);
  auto exchange = std::make_unique<Exchange>();
  exchange->connection = connection;
  exchange->cut_short = std::strstr(uri, "%00") != nullptr;
  return exchange.release();  // on_completed deletes it
}

MHD_Result Server::Impl::on_request(void* self, MHD_Connection*, const char* url, const char* method, const char*,
                                    const char* data, size_t* size, void** context) {
  auto& endpoint = *static_cast<Endpoint*>(self);
  auto& exchange = *static_cast<Exchange*>(*context);
  exchange.retired = endpoint.retired;
  if (!exchange.begun) {
    exchange.begun = true;
    exchange.request.method = method;
    exchange.request.path = url;
    return endpoint.server.begin(endpoint.access, exchange);
  }
  if (*size > 0) {
    endpoint.server.take_body(exchange, {data, *size});
    *size = 0;
    return MHD_YES;
  }
  return exchange.reply ? endpoint.server.answer(exchange) : endpoint.server.dispatch(exchange);
}

MHD_Result Server::Impl::begin(Access* access, Exchange& exchange) {
  exchange.read = Clock::now();
  Request& request = exchange.request;
  read_head(exchange.connection, request);
  auto match = router.find(request.method, request.path);
  exchange.route = match.route;
  const bool open = match.route != nullptr && match.route->open;
  if (access == nullptr) {
    const std::lock_guard lock(mutex);
    exchange.reply = refused_stranger(request, hosts);
    if (exchange.reply) refusals->count(Refusals::Why::host);
  } else if (!open) {
    const auto basic = match.route != nullptr ? match.route->basic : Route::Basic::refused;
    exchange.reply = access->refused(request, ends_of(exchange.connection), basic);
  }
  if (!exchange.reply && match.route == nullptr) exchange.reply = no_route(match, request);
  if (!exchange.reply && exchange.cut_short) exchange.reply = problem(400, "Bad Request", "the address holds a NUL");
  if (!exchange.reply) exchange.reply = wrong_body_type(*match.route, request);
  if (!exchange.reply && announced_length(request) > options.body_limit) {
    exchange.reply = too_large(options.body_limit);
  }
  request.captures = std::move(match.captures);
  // Who waits for "100 Continue" can hear it before the body is sent. Else that is read on, so that the answer is seen.
  return exchange.reply && request.header("expect") ? answer(exchange) : MHD_YES;
}

void Server::Impl::take_body(Exchange& exchange, std::string_view data) const {
  if (exchange.reply) return;
  std::string& body = exchange.request.body;
  if (body.size() + data.size() <= options.body_limit) {
    body.append(data);
    return;
  }
  body = {};
  exchange.reply = too_large(options.body_limit);
}

MHD_Result Server::Impl::dispatch(Exchange& exchange) {
  count(exchange);
  exchange.reply = stopping ? come_back("the daemon is stopping") : at_once(exchange);
  return exchange.reply ? answer(exchange) : hand_over(exchange);
}

/// From here on the exchange is a handler's, until that resumes its connection.
MHD_Result Server::Impl::hand_over(Exchange& exchange) {
  MHD_Connection* connection = exchange.connection;
  exchange.queued = Clock::now();
  deadlines.clear(socket_of(connection));
  MHD_suspend_connection(connection);  // before a handler can resume it
  if ((exchange.route->commits ? commit_handlers : handlers).add(exchange)) return MHD_YES;
  exchange.reply = busy();
  MHD_resume_connection(connection);
  return MHD_YES;
}

MHD_Result Server::Impl::answer(Exchange& exchange) {
  count(exchange);
  deadlines.set(socket_of(exchange.connection), options.limits.answer);
  requests->count(exchange.route, exchange.reply->status,
                  std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - exchange.read));
  return send_reply(exchange, stopping || exchange.retired);
}

Reply Server::Impl::busy() {
  refusals->count(Refusals::Why::busy);
  return come_back("too many requests wait; this one was not begun");
}

void Server::Impl::count(Exchange& exchange) {
  if (exchange.counted) return;
  exchange.counted = true;
  const std::lock_guard lock(mutex);
  ++under_way;
}

void Server::Impl::on_completed(void* self, MHD_Connection* connection, void** context, MHD_RequestTerminationCode) {
  auto& server = static_cast<Endpoint*>(self)->server;
  const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*context));
  *context = nullptr;
  server.deadlines.set(socket_of(connection), server.options.limits.first_line);  // for the next one, if there is one
  if (!exchange || !exchange->counted) return;
  const std::lock_guard lock(server.mutex);
  if (--server.under_way == 0) server.drained.notify_all();
}

void Server::Impl::handle(Exchange& exchange) {
  const bool waited_too_long = Clock::now() - exchange.queued > options.limits.queue;
  exchange.reply = waited_too_long ? busy() : run(exchange.route->handler, exchange.request);
  MHD_resume_connection(exchange.connection);
}

Result<> Server::Impl::serve(int socket, Access* access, const Certificate* tls) {
  Endpoint& endpoint = endpoints.emplace_back(*this, access);
  if (tls != nullptr) endpoint.tls = *tls;
  HttpOptions http;
  http.socket = socket;
  http.tls = tls != nullptr ? &endpoint.tls : nullptr;
  http.connections_of_one_peer = connections_of_one_peer;
  http.idle = options.limits.idle;
  http.self = &endpoint;
  http.on_request = &on_request;
  http.on_uri = &on_uri;
  http.on_connection = &on_connection;
  http.on_completed = &on_completed;
  auto started = HttpDaemon::start(http);
  if (!started) return fail(started.error());
  endpoint.http.emplace(*std::move(started));
  return {};
}

Result<> Server::Impl::renew(const config::Api& api) {
  if (tcp && !api.listen.empty()) {
    if (auto renewed = renew_tcp(api); !renewed) return renewed;
  }
  const std::lock_guard lock(mutex);
  hosts = hosts_in(api);
  return {};
}

Result<> Server::Impl::renew_tcp(const config::Api& api) {
  auto credentials = tcp->read(api);
  if (!credentials) return fail(credentials.error());
  std::erase_if(endpoints, [](const Endpoint& e) { return e.retired && e.http->connections() == 0; });
  if (credentials->certificate != endpoints.back().tls) {
    if (auto replaced = replace_endpoint(credentials->certificate); !replaced) return replaced;
    spdlog::info("api: the certificate is a new one");
  }
  tcp->use(*std::move(credentials));
  return {};
}

/// Two listen at the same socket for a moment, so that nobody is refused.
Result<> Server::Impl::replace_endpoint(const Certificate& certificate) {
  Endpoint& before = endpoints.back();
  const bool with_tls = !certificate.key.empty();
  if (auto served = serve(tcp->fd(), &tcp->access(), with_tls ? &certificate : nullptr); !served) {
    endpoints.pop_back();
    return served;
  }
  before.retired = true;
  before.http->quiesce();
  return {};
}

Server::Impl::~Impl() {
  stopping = true;
  for (Endpoint& endpoint : endpoints) {
    if (endpoint.http && !endpoint.retired) endpoint.http->quiesce();
  }
  listener.remove_file();
  if (tcp) tcp->stop_listening();
  {
    std::unique_lock lock(mutex);
    if (!drained.wait_for(lock, drain_timeout, [&] { return under_way == 0; })) {
      spdlog::warn("api: {} requests are not answered yet; they are broken off", under_way);
    }
  }
  handlers.stop();  // before libmicrohttpd's threads: none of its connections may stay suspended
  commit_handlers.stop();
  endpoints.clear();
}

Result<Server> Server::start(const ServerOptions& options, std::vector<Route> routes) {
  auto listener = Listener::open(options.socket);
  if (!listener) return fail(listener.error());
  auto impl = std::make_unique<Impl>(options, std::move(*listener), std::move(routes));
  if (!options.tcp.listen.empty()) {
    auto tcp = Tcp::open(options.tcp, *impl->refusals);
    if (!tcp) return fail(tcp.error());
    impl->tcp = *std::move(tcp);
  }
  if (auto served = impl->serve(impl->listener.fd(), nullptr, nullptr); !served) return fail(served.error());
  if (Tcp* tcp = impl->tcp.get()) {
    if (auto served = impl->serve(tcp->fd(), &tcp->access(), tcp->certificate()); !served) return fail(served.error());
    spdlog::info("api: listening at {}, for who has the token", tcp->url());
  }
  return Server(std::move(impl));
}

std::string Server::tcp_url() const { return impl_->tcp ? impl_->tcp->url() : std::string(); }

Result<> Server::renew(const config::Api& api) { return impl_->renew(api); }

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

}  // namespace orders::api
