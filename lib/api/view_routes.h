// What an operator can have the views do.
#pragma once

#include <functional>

#include "api/query_routes.h"
#include "api/server.h"

namespace orders::api {

[[nodiscard]] Reply rebuild_table(const std::function<void()>& rebuild, const Request& request);
[[nodiscard]] Reply set_database_position(SessionPool& sessions, const Request& request);

}  // namespace orders::api
