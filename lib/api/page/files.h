// The status page's files page.html, page.css and page.js, which the build makes a part of the program.
#pragma once

#include <string_view>

namespace orders::api::page {

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

}  // namespace orders::api::page
