// One request and its answer, as libmicrohttpd has them.
#pragma once

#include <microhttpd.h>

#include <chrono>
#include <optional>

#include "api/access.h"
#include "api/server.h"

namespace orders::api {

struct Exchange {
  MHD_Connection* connection = nullptr;
  Request request;
  const Route* route = nullptr;
  std::optional<Reply> reply;
  std::chrono::steady_clock::time_point read{};    ///< when its head had been read
  std::chrono::steady_clock::time_point queued{};  ///< when it began to wait for a handler thread
  bool begun = false;                              ///< its head was read
  bool cut_short = false;                          ///< its address holds a NUL, where libmicrohttpd takes it to end
  bool retired = false;                            ///< its connection is the last of an endpoint that is being replaced
  bool counted = false;                            ///< among those that a stop waits for
};

/// Query and headers.
void read_head(MHD_Connection* connection, Request& request);
/// Content-Length, where there is one.
[[nodiscard]] std::optional<std::uint64_t> announced_length(const Request& request);
/// Hands the exchange's reply to libmicrohttpd. The exchange must live until the request is completed. `last`: the
/// connection is closed then.
[[nodiscard]] MHD_Result send_reply(const Exchange& exchange, bool last);

[[nodiscard]] int socket_of(MHD_Connection* connection);
[[nodiscard]] Ends ends_of(MHD_Connection* connection);

}  // namespace orders::api
