// Servers that let in only who shows the right certificate and password.
#pragma once

#include <filesystem>
#include <string>

#include "support/certificates.h"
#include "support/daemon.h"
#include "support/kafka_broker.h"
#include "support/postgres.h"

namespace orders::test {

/// All of a test's certificates.
[[nodiscard]] const Certificates& certificates();

/// A broker with ways to it for every case. Its plain one is the tests' own, who is a super-user by it; so are the user
/// "orders" and the certificate of "ordersd". ACLs hold for "limited", where a resource has one.
class SecuredBroker {
 public:
  SecuredBroker();

  /// Plain, without any of it.
  [[nodiscard]] const std::string& bootstrap() const { return broker_.bootstrap(); }
  /// TLS, and the user's password: what a daemon needs.
  [[nodiscard]] Settings sasl(const std::string& user) const;
  /// The same way, to a listener whose certificate is for another host.
  [[nodiscard]] std::string misnamed() const { return "127.0.0.1:" + std::to_string(misnamed_); }
  /// TLS with the client's certificate.
  [[nodiscard]] Settings mutual() const;
  /// Every user's.
  static constexpr auto password = "s3cret-word";

 private:
  TempFolder folder_{"secured"};
  const int secured_ = free_port();
  const int misnamed_ = free_port();
  const int mutual_ = free_port();
  KafkaBroker broker_;
};

/// The one that all tests share.
[[nodiscard]] SecuredBroker& secured_broker();

/// A PostgreSQL with TLS, whose certificate is for 127.0.0.1 and no other name.
[[nodiscard]] PostgresServer& secured_postgres();

}  // namespace orders::test
