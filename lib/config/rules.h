// Rules for the texts of options.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// https://host:port or http://host:port, without a path; may be empty.
[[nodiscard]] kinds::Rule api_url();
/// Names and addresses without ports, separated by commas; may be empty.
[[nodiscard]] kinds::Rule hosts();
[[nodiscard]] kinds::Rule database_url();

[[nodiscard]] bool is_kafka_name(std::string_view text);
/// The host in an api_url(); nothing for what is none.
[[nodiscard]] std::optional<std::string> host_of_url(std::string_view url);
/// What stands between the commas, without blanks around it; nothing for an empty text.
[[nodiscard]] std::vector<std::string_view> items_of(std::string_view list);

}  // namespace orders::config::rules
