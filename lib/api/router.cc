#include "api/router.h"

#include <algorithm>
#include <set>
#include <utility>

namespace orders::api {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return segments;
}

bool is_capture(const std::string& segment) { return segment.starts_with('{'); }

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_capture(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    auto segments = split(route.pattern);
    auto found =
        std::find_if(patterns_.begin(), patterns_.end(), [&](const auto& p) { return p.segments == segments; });
    if (found == patterns_.end()) found = patterns_.insert(patterns_.end(), Pattern{std::move(segments), {}});
    found->routes.push_back(std::move(route));
  }
  std::stable_sort(patterns_.begin(), patterns_.end(), [](const Pattern& a, const Pattern& b) {
    return std::lexicographical_compare(
        a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
        [](const std::string& x, const std::string& y) { return !is_capture(x) && is_capture(y); });
  });
}

Router::Match Router::find(const std::string& method, const std::string& path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  const auto segments = split(path);
  const auto pattern =
      std::find_if(patterns_.begin(), patterns_.end(), [&](const auto& p) { return matches(p.segments, segments); });
  if (pattern == patterns_.end()) return match;
  std::set<std::string> allowed;
  for (const Route& route : pattern->routes) {
    allowed.insert(route.method);
    if (route.method == "GET") allowed.insert("HEAD");
    if (route.method == method || (method == "HEAD" && route.method == "GET")) match.route = &route;
  }
  if (match.route == nullptr) {
    for (const auto& name : allowed) match.allow += (match.allow.empty() ? "" : ", ") + name;
    return match;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (is_capture(pattern->segments[i])) match.captures.push_back(segments[i]);
  }
  return match;
}

}  // namespace orders::api
