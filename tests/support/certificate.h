// A certificate for tests, made when they run: one in the tree would expire some day.
#pragma once

#include <filesystem>
#include <string>

namespace orders::test {

struct Certificate {
  std::filesystem::path chain;
  std::filesystem::path key;
};

/// Self-signed, for localhost and 127.0.0.1, by openssl(1); `name`.pem and `name`.key in `folder`. Throws
/// std::runtime_error when that fails.
[[nodiscard]] Certificate make_certificate(const std::filesystem::path& folder, const std::string& name = "server");

}  // namespace orders::test
