// Where PostgreSQL is, and how every session is set up.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "database/database.h"

namespace orders::database {

struct PostgresAddress {
  std::string conninfo;  ///< for libpq; holds the password
  std::string shown;     ///< "localhost:5432/orders"
  std::string database;
  std::string user;
};

/// A URL or a list of key=value, with our settings for what it leaves open. `options` of its own come after ours and
/// win. `invalid` when it can't be understood; the message never quotes it, because it may hold a password.
[[nodiscard]] Result<PostgresAddress> parse_address(const std::string& url, const Timeouts& timeouts,
                                                    std::string_view application);

}  // namespace orders::database
