// Whether a request's body is of a kind that its route can read.
#pragma once

#include <optional>

#include "api/server.h"

namespace orders::api {

/// 415 (RFC 9110, 15.5.16) for a Content-Type that is not one of the route's, or a Content-Encoding. A body that does
/// not say what it is is taken for what it should be. Accept is not looked at: there is one form of every answer.
[[nodiscard]] std::optional<Reply> wrong_body_type(const Route& route, const Request& request);

}  // namespace orders::api
