#include "api/exchange.h"

#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include "base/address.h"
#include "base/bytes.h"

namespace orders::api {
namespace {

struct ResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};

MHD_Result take_query(void* request, MHD_ValueKind, const char* name, const char* value) {
  static_cast<Request*>(request)->query.emplace_back(name, value == nullptr ? "" : value);
  return MHD_YES;
}

MHD_Result take_header(void* request, MHD_ValueKind, const char* name, const char* value) {
  static_cast<Request*>(request)->headers.emplace_back(lower_case(name), value == nullptr ? "" : value);
  return MHD_YES;
}

std::string host_of(const sockaddr* address) {
  const auto found = host_port_of(address);
  return found ? found->host : std::string();
}

}  // namespace

void read_head(MHD_Connection* connection, Request& request) {
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query, &request);
  MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &request);
}

std::optional<std::uint64_t> announced_length(const Request& request) {
  const auto length = request.header("content-length");
  const auto bytes = length ? parse_int64(*length) : std::nullopt;
  if (!bytes) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

MHD_Result send_reply(const Exchange& exchange, bool last) {
  const Reply& reply = *exchange.reply;
  const std::unique_ptr<MHD_Response, ResponseDeleter> response(MHD_create_response_from_buffer(
      reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_PERSISTENT));
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, reply.content_type.c_str());
  // What is asked for changes from one moment to the next.
  const bool says_how_long = std::ranges::any_of(reply.headers, [](const auto& h) { return h.first == "Cache-Control"; });
  if (!says_how_long) MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  for (const auto& [name, value] : reply.headers) {
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  }
  if (last) MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONNECTION, "close");
  return MHD_queue_response(exchange.connection, static_cast<unsigned>(reply.status), response.get());
}

int socket_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

Ends ends_of(MHD_Connection* connection) {
  const auto* client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* ours = reinterpret_cast<sockaddr*>(&storage);
  const bool known = ::getsockname(socket_of(connection), ours, &size) == 0;
  return {client == nullptr ? std::string() : host_of(client->client_addr), known ? host_of(ours) : std::string()};
}

}  // namespace orders::api
