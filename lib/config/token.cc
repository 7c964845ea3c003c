#include "config/token.h"

#include <algorithm>

#include "base/file.h"
#include "config/secrets.h"

namespace orders::config {
namespace {

constexpr std::size_t shortest = 16;  // bytes; 128 bits where they are random

tl::unexpected<Error> refuse(const std::string& why, const std::string& hint) {
  return fail(ErrorClass::invalid, "api.token_file: " + why, hint);
}

}  // namespace

Result<std::string> read_token(const std::string& file) {
  if (auto checked = check_private(file); !checked) return refuse(checked.error().message, checked.error().hint);
  auto token = read_secret(file);
  if (!token) return refuse(token.error().message, token.error().hint);
  const std::string make_one = "make one: (umask 077; openssl rand -hex 32 >" + file + ")";
  if (!std::ranges::all_of(*token, [](char c) { return c > ' ' && c <= '~'; })) {
    return refuse(file + " has to hold one word of visible ASCII characters", make_one);
  }
  if (token->size() < shortest) {
    return refuse(file + " holds " + std::to_string(token->size()) + " bytes; a token has at least " +
                      std::to_string(shortest),
                  make_one);
  }
  return token;
}

}  // namespace orders::config
