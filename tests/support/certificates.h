// Certificates of a test's own, made by the openssl command.
#pragma once

#include <filesystem>
#include <string>

#include "support/temp_folder.h"

namespace orders::test {

/// A CA, what it has signed, and a CA that has signed none of it. PEM files, for a day or two; they go with the object.
/// Throws std::runtime_error where openssl is missing or fails.
class Certificates {
 public:
  Certificates();

  [[nodiscard]] std::filesystem::path ca() const { return folder_ / "ca.crt"; }
  [[nodiscard]] std::filesystem::path foreign_ca() const { return folder_ / "foreign-ca.crt"; }

  struct Identity {
    std::filesystem::path certificate;
    std::filesystem::path key;       ///< PKCS #8, not encrypted
    std::filesystem::path keystore;  ///< both in one file, as Kafka's brokers want them
  };
  /// Of CN=`name`, for the names in `hosts`, as openssl writes them ("IP:127.0.0.1,DNS:localhost").
  [[nodiscard]] Identity issue(const std::string& name, const std::string& hosts = local) const;
  static constexpr auto local = "IP:127.0.0.1,DNS:localhost";

 private:
  void make_ca(const std::string& name) const;
  TempFolder folder_{"certificates"};
};

}  // namespace orders::test
