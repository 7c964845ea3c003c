#include "catalog/request_url.h"

#include <algorithm>

#include "base/bytes.h"
#include "config/catalog_address.h"

namespace orders::catalog {

std::string request_url(std::string_view location, std::string_view code) {
  const auto encoded = percent_encoded(code);
  std::string url(location);
  if (const auto at = url.find(config::code_placeholder); at != std::string::npos) {
    return url.replace(at, config::code_placeholder.size(), encoded);
  }
  const auto end = std::min(url.find('?'), url.size());
  return url.insert(end, (url[end - 1] == '/' ? "" : "/") + encoded);
}

}  // namespace orders::catalog
