#include "config/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"

namespace orders::config {
namespace {

constexpr std::string_view space = " \t\r\n\f\v";

bool is_password_key(std::string_view key) { return key == "password" || key == "sslpassword"; }

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The parameters after '?': each kept, changed or (when `change` returns nothing) left out.
template <class Change>
std::string changed_query(std::string_view query, Change change) {
  std::string out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto parameter = query.substr(0, end);
    const auto key = parameter.substr(0, parameter.find('='));
    const auto name = percent_decoded(key);
    const auto kept = is_password_key(name) ? change(key, name, parameter) : std::string(parameter);
    if (!kept.empty()) out += (out.empty() ? "?" : "&") + kept;
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return out;
}

/// One "key = value" of libpq's form of keywords; `value` as it stands there, quotes included.
struct Keyword {
  std::string_view key;
  std::string_view value;
};

std::size_t value_end(std::string_view text, std::size_t at) {
  const bool quoted = at < text.size() && text[at] == '\'';
  for (std::size_t i = at + (quoted ? 1 : 0); i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (quoted ? text[i] == '\'' : space.find(text[i]) != std::string_view::npos) {
      return quoted ? i + 1 : i;
    }
  }
  return text.size();
}

/// False when the text is not of that form.
bool parse_keywords(std::string_view text, std::vector<Keyword>& keywords) {
  for (auto at = text.find_first_not_of(space); at != std::string_view::npos; at = text.find_first_not_of(space, at)) {
    const auto equals = text.find('=', at);
    if (equals == std::string_view::npos) return false;
    auto key = text.substr(at, equals - at);
    key = key.substr(0, key.find_last_not_of(space) + 1);
    if (key.empty() || key.find_first_of(space) != std::string_view::npos) return false;
    const auto begin = std::min(text.find_first_not_of(space, equals + 1), text.size());
    at = value_end(text, begin);
    keywords.push_back({key, text.substr(begin, at - begin)});
  }
  return true;
}

bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

std::string masked_keywords(std::string_view text) {
  std::vector<Keyword> keywords;
  if (!parse_keywords(text, keywords)) return std::string(mask);
  std::string out;
  for (const auto& [key, value] : keywords) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, is_password_key(key) ? mask : value);
  }
  return out;
}

std::string keywords_with_password(std::string_view text, std::string_view password) {
  std::vector<Keyword> keywords;
  parse_keywords(text, keywords);
  std::string out;
  for (const auto& [key, value] : keywords) {
    if (key != "password") out += fmt::format("{}={} ", key, value);
  }
  out += "password='";
  for (const char c : password) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

Result<std::string> read_secret(const std::filesystem::path& path) {
  auto content = read_file(path);
  if (!content) return content;
  const auto first = content->find_first_not_of(space);
  if (first == std::string::npos) {
    return fail(ErrorClass::invalid, fmt::format("{} is empty: expected a secret in it", path.string()));
  }
  if (auto checked = check_private(path); !checked) return fail(checked.error());
  return content->substr(first, content->find_last_not_of(space) - first + 1);
}

std::string_view secret_path(std::string_view value) {
  return value.starts_with("file:/") ? value.substr(5) : std::string_view{};
}

std::string masked_url(std::string_view url) {
  if (!is_url(url)) return masked_keywords(url);
  const auto query = url.find('?');
  std::string out(url.substr(0, query));
  if (query != std::string_view::npos) {
    out += changed_query(url.substr(query + 1), [](std::string_view key, const std::string&, std::string_view) {
      return fmt::format("{}={}", key, mask);
    });
  }
  const auto colon = out.find(':', out.find("://") + 3);
  const auto at = out.rfind('@');  // the last one: a password in which '@' was not encoded stays hidden
  if (colon < at && at != std::string::npos) out.replace(colon + 1, at - colon - 1, mask);
  return out;
}

bool holds_password(std::string_view address) {
  return masked_url(address).find(mask) != std::string::npos && address.find(mask) == std::string_view::npos;
}

bool is_torn_apart(std::string_view url) {
  if (!is_url(url)) return false;
  auto rest = url.substr(url.find("://") + 3);
  const auto stop = rest.find_first_of("@/");  // as libpq looks for the end of user and password
  if (stop != std::string_view::npos && rest[stop] == '@') rest.remove_prefix(stop + 1);
  return rest.substr(0, rest.find('?')).find('@') != std::string_view::npos;
}

std::string with_password(std::string_view url, std::string_view password) {
  if (!is_url(url)) return keywords_with_password(url, password);
  // As libpq reads it: the user's part ends at the first '@' that comes before any '/'.
  const auto authority = url.find("://") + 3;
  const auto stop = url.find_first_of("@/", authority);
  const bool has_user = stop != std::string_view::npos && url[stop] == '@';
  const auto user = has_user ? url.substr(authority, stop - authority) : std::string_view{};
  auto rest = url.substr(has_user ? stop + 1 : authority);
  const auto query = rest.find('?');
  auto out = fmt::format("{}{}:{}@{}", url.substr(0, authority), user.substr(0, user.find(':')),
                         percent_encoded(password), rest.substr(0, query));
  if (query == std::string_view::npos) return out;
  return out + changed_query(rest.substr(query + 1),
                             [](std::string_view, const std::string& name, std::string_view parameter) {
                               return name == "password" ? std::string() : std::string(parameter);
                             });
}

}  // namespace orders::config
