// What the broker has to permit the daemon. The list in docs/secure.md and `ordersctl doctor --acls` come from here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace orders::preflight {

struct Acl {
  enum class Resource : std::uint8_t { topic, group, transactional_id } resource = Resource::topic;
  std::string name;
  bool prefixed = false;                ///< all whose names begin with it
  std::vector<std::string> operations;  ///< "Read", "Write", "DescribeConfigs"; Kafka lets who may either describe, too
  std::string why;
};
[[nodiscard]] std::string_view to_string(Acl::Resource resource);

/// All that `ordersd` needs with this configuration, and nothing that it does not use: not the topic of drained dead
/// letters, which is ordersctl's.
[[nodiscard]] std::vector<Acl> acls(const config::Config& config);

/// The `kafka-acls.sh` command that grants it, for a shell. `principal` as Kafka writes it: "User:orders".
[[nodiscard]] std::string grant_command(const Acl& acl, const config::Config& config, std::string_view principal);

/// "User:" and the name that the configuration authenticates with (sasl.username); "User:ordersd" where the broker
/// takes it from elsewhere, as from a certificate.
[[nodiscard]] std::string likely_principal(const config::Config& config);

/// `text` as one word of a POSIX shell.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace orders::preflight
