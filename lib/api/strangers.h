// Whom the Unix socket turns away. Who can connect is let in; but where it is forwarded to somebody's own machine
// (ssh -L), the browser there connects for pages of anybody.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "api/server.h"

namespace orders::api {

/// The answer to a request that a page of somebody else makes: 421 where Host is a name with a dot that is neither
/// loopback nor one of `hosts` (api.hosts), for its owner may have made it point to us (DNS rebinding); 403 where a
/// page of another origin wants something changed; 400 where Host can't be told (RFC 9112, 3.2). Programs that are no
/// browsers may call us anything without a dot, or nothing.
[[nodiscard]] std::optional<Reply> refused_stranger(const Request& request, const std::set<std::string>& hosts);

}  // namespace orders::api
