// Secrets: from files into the Config, and out of whatever is shown.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace orders::config {

inline constexpr std::string_view mask = "********";

/// The content without white space around it; one that is empty, or that every user of the machine may read, is an
/// error.
[[nodiscard]] Result<std::string> read_secret(const std::filesystem::path& path);

/// For "file:/PATH" the path, else nothing.
[[nodiscard]] std::string_view secret_path(std::string_view value);

/// A database address, as URL or in libpq's form of keywords, with its passwords replaced by the mask.
/// Hides too much rather than too little of one that is not well-formed.
[[nodiscard]] std::string masked_url(std::string_view url);

/// Whether an address has a password in it; of one that is not well-formed, whether it may.
[[nodiscard]] bool holds_password(std::string_view address);

/// Whether libpq would take a part of the URL's user or password for its host or database, which are shown: '@' and '/'
/// must be percent-encoded there.
[[nodiscard]] bool is_torn_apart(std::string_view url);

/// The address with this password and no other.
[[nodiscard]] std::string with_password(std::string_view url, std::string_view password);

}  // namespace orders::config
