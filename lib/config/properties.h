// librdkafka's properties: which of them ordersd owns, and which are secret.
#pragma once

#include <string>
#include <string_view>

namespace orders::config {

/// Passwords, tokens and private keys.
[[nodiscard]] bool is_secret_property(std::string_view name);

/// "linger.ms" of the environment's "LINGER_MS".
[[nodiscard]] std::string property_of_environment(std::string_view suffix);

}  // namespace orders::config
