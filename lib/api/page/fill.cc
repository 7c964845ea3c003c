#include "api/page/fill.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/markup.h"

namespace orders::api::page {
namespace {

constexpr std::string_view template_begin = "<template>";
constexpr std::string_view template_end = "</template>";

/// Behind the end of the template that `html` begins with.
std::size_t template_size(std::string_view html) {
  int depth = 1;
  std::size_t at = template_begin.size();
  while (depth > 0) {
    const auto end = html.find(template_end, at);
    const auto begin = html.find(template_begin, at);
    if (end == std::string_view::npos) return html.size();
    depth += begin < end ? 1 : -1;
    at = begin < end ? begin + template_begin.size() : end + template_end.size();
  }
  return at;
}

bool says_something(const Json& value) {
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return value.is_boolean() ? value.get<bool>() : !value.empty();
}

class Filler {
 public:
  explicit Filler(const Documents& documents) : documents_(documents) {}

  void fill(std::string_view html, const Json& item) {
    while (!html.empty()) {
      const auto mark = html.find(" data-");
      out_ += html.substr(0, mark);
      if (mark == std::string_view::npos) return;
      html.remove_prefix(mark);
      take_mark(html, item);
    }
  }
  std::string take() && { return std::move(out_); }

 private:
  void take_mark(std::string_view& html, const Json& item) {
    auto rest = html;
    const auto name = take_until(rest, '"');
    const auto paths = take_until(rest, '"');
    out_ += html.substr(0, html.size() - rest.size());
    html = rest;
    if (name == " data-if=") return take_condition(paths, item);
    if (name == " data-v=" || name == " data-fix=") return take_figure(html, paths, item);
    if (name == " data-each=") take_rows(html, paths, item);
  }

  void take_condition(std::string_view paths, const Json& item) {
    while (!paths.empty()) {
      const auto values = values_at(documents_.now, item, take_until(paths, ' '));
      if (std::ranges::any_of(values, [](const Json* value) { return says_something(*value); })) return;
    }
    out_ += " hidden";
  }

  void take_figure(std::string_view& html, std::string_view paths, const Json& item) {
    auto rest = html;
    (void)take_until(rest, '"');
    const auto format = take_until(rest, '"');
    const auto shown = figure(documents_, item, paths, format);
    out_ += html.substr(0, html.size() - rest.size());
    if (!shown.is.empty()) out_ += " data-is=\"" + markup(shown.is) + '"';
    out_ += take_until(rest, '>');
    out_ += '>' + markup(shown.text);
    html = rest;
  }

  void take_rows(std::string_view& html, std::string_view path, const Json& item) {
    html.remove_prefix(1);  // the tag's end
    const auto whole = html.substr(0, template_size(html));
    (out_ += '>') += whole;
    html.remove_prefix(whole.size());
    const auto content =
        whole.substr(template_begin.size(), whole.size() - template_begin.size() - template_end.size());
    for (const auto* rows : values_at(documents_.now, item, path)) {
      if (!rows->is_array()) continue;
      for (const auto& row : *rows) fill(content, row);
    }
  }

  const Documents& documents_;
  std::string out_;
};

}  // namespace

std::string fill(std::string_view html, const Documents& documents) {
  Filler filler(documents);
  filler.fill(html, documents.now);
  return std::move(filler).take();
}

}  // namespace orders::api::page
