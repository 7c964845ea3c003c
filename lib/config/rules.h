// Rules for the texts of options.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/kinds.h"

namespace orders::config::rules {

[[nodiscard]] kinds::Rule anything();
[[nodiscard]] kinds::Rule not_empty(std::string expected);
/// What Kafka allows in topics' names, and what we therefore keep to in ids.
[[nodiscard]] kinds::Rule kafka_name();
[[nodiscard]] kinds::Rule kafka_name_or_empty();
[[nodiscard]] kinds::Rule bootstrap_servers();
/// A path that fits into sockaddr_un.
[[nodiscard]] kinds::Rule socket_path();
[[nodiscard]] kinds::Rule listen_address();
[[nodiscard]] kinds::Rule database_url();

[[nodiscard]] bool is_kafka_name(std::string_view text);
/// The host of "host:port" or "[host]:port"; nothing when it isn't one.
[[nodiscard]] std::optional<std::string> host_of(std::string_view address);
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace orders::config::rules
