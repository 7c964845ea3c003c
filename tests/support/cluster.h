// What a broker knows beside its topics: who leads a partition, and who may do what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orders::test {

/// The node that leads each partition, -1 where none does. Throws std::runtime_error.
[[nodiscard]] std::vector<std::int32_t> leaders(const std::string& bootstrap, const std::string& topic);

// librdkafka 2.0.2 knows no transactional ids here.
enum class Resource : std::uint8_t { topic, group };
enum class Operation : std::uint8_t { read, write, describe };

/// Adds an ACL, as a super-user. By allow.everyone.if.no.acl.found a resource is everybody's until it has one. Throws
/// std::runtime_error.
void allow(const std::string& bootstrap, const std::string& principal, Operation operation, Resource resource,
           const std::string& name);

}  // namespace orders::test
