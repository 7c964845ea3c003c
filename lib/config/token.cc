#include "config/token.h"

#include <algorithm>

#include "base/file.h"
#include "config/secrets.h"

namespace orders::config {
namespace {

constexpr std::size_t shortest = 16;  // bytes; 128 bits where they are random
constexpr std::string_view api_option = "api.token_file";

std::string make_one(const std::string& file) { return "make one: (umask 077; openssl rand -hex 32 >" + file + ")"; }

tl::unexpected<Error> refuse(std::string_view option, const std::string& why, std::string hint) {
  return fail(ErrorClass::invalid, std::string(option) + ": " + why, std::move(hint));
}

}  // namespace

Result<std::string> read_bearer_token(const std::string& file, std::string_view option) {
  if (auto checked = check_private(file); !checked) return refuse(option, checked.error().message, checked.error().hint);
  auto token = read_secret(file);
  if (!token) return refuse(option, token.error().message, token.error().hint);
  if (!std::ranges::all_of(*token, [](char c) { return c > ' ' && c <= '~'; })) {
    return refuse(option, file + " has to hold one word of visible ASCII characters", "");
  }
  return token;
}

Result<std::string> read_token(const std::string& file) {
  auto token = read_bearer_token(file, api_option);
  if (!token && token.error().hint.empty()) token.error().hint = make_one(file);
  if (!token || token->size() >= shortest) return token;
  return refuse(api_option,
                file + " holds " + std::to_string(token->size()) + " bytes; a token has at least " +
                    std::to_string(shortest),
                make_one(file));
}

}  // namespace orders::config
