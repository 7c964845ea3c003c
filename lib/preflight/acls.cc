#include "preflight/acls.h"

#include <fmt/format.h>

namespace orders::preflight {
namespace {

/// Groups: the join's is the application id, the database view's begins with it. Transactional ids: those of the join's
/// workers, of new orders and of the database view's dead letters begin with it.
std::string_view option_of(Acl::Resource resource) {
  switch (resource) {
    case Acl::Resource::topic:
      return "--topic";
    case Acl::Resource::group:
      return "--group";
    case Acl::Resource::transactional_id:
      return "--transactional-id";
  }
  return "?";
}

}  // namespace

std::string_view to_string(Acl::Resource resource) {
  switch (resource) {
    case Acl::Resource::topic:
      return "topic";
    case Acl::Resource::group:
      return "group";
    case Acl::Resource::transactional_id:
      return "transactional_id";
  }
  return "?";
}

std::vector<Acl> acls(const config::Config& config) {
  using Resource = Acl::Resource;
  const auto& topics = config.topics;
  const auto& id = config.application_id;
  return {
      {Resource::topic, topics.payments, false, {"Read", "DescribeConfigs"}, "the join reads it, and commits offsets"},
      {Resource::topic, topics.stock, false, {"Read", "DescribeConfigs"}, "the join reads it, and commits offsets"},
      {Resource::topic,
       topics.orders,
       false,
       {"Read", "Write", "DescribeConfigs"},
       "results and new orders are written, the views read"},
      {Resource::topic, topics.dead_letter, false, {"Write", "DescribeConfigs"}, "dead letters are written"},
      {Resource::group, id, true, {"Read"}, "the groups of the join and of the database view"},
      {Resource::transactional_id, id, true, {"Write"}, "the transactions of the join, of new orders, of dead letters"},
  };
}

std::string grant_command(const Acl& acl, const config::Config& config, std::string_view principal) {
  auto command = fmt::format("kafka-acls.sh --bootstrap-server {} --add --allow-principal {}",
                             shell_word(config.kafka.bootstrap_servers), shell_word(principal));
  for (const auto& operation : acl.operations) command += fmt::format(" --operation {}", operation);
  command += fmt::format(" {} {}", option_of(acl.resource), shell_word(acl.name));
  return acl.prefixed ? command + " --resource-pattern-type prefixed" : command;
}

std::string likely_principal(const config::Config& config) {
  const auto user = config.kafka.properties.find("sasl.username");
  return "User:" + (user == config.kafka.properties.end() ? std::string("ordersd") : user->second);
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/@%+=";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace orders::preflight
