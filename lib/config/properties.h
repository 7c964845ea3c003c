// librdkafka's properties: which of them ordersd owns, and which are secret.
#pragma once

#include <string>
#include <string_view>

namespace orders::config {

/// Passwords, tokens and private keys.
[[nodiscard]] bool is_secret_property(std::string_view name);

/// The path of a file with a secret in it: a private key, a keytab.
[[nodiscard]] bool names_secret_file(std::string_view name);

/// "linger.ms" of the environment's "LINGER_MS".
[[nodiscard]] std::string property_of_environment(std::string_view suffix);

}  // namespace orders::config
