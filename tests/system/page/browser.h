// A headless Chromium, as far as these tests need it.
#pragma once

#include <chrono>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// What a browser made of a page.
struct Loaded {
  std::string dom;      ///< in the end, as HTML
  std::string console;  ///< what Chromium logged: complaints of the page's policy stand here
};

/// Loads `url` in a browser that nobody has used before, and watches the page for three of the page's own seconds,
/// which pass as fast as its requests are answered.
[[nodiscard]] inline Loaded load(const std::string& url) {
  const TempFolder profile("chromium");
  Command command;
  command.arguments = {"chromium",
                       "--headless",
                       "--no-sandbox",
                       "--disable-gpu",
                       "--disable-quic",
                       "--no-first-run",
                       "--disable-background-networking",
                       "--disable-component-update",
                       "--disable-sync",
                       "--user-data-dir=" + profile.path().string(),
                       "--enable-logging=stderr",
                       "--virtual-time-budget=3000",
                       "--dump-dom",
                       url};
  command.environment = {{"HOME", profile.path()}};
  const auto output = run(command, {}, std::chrono::minutes{2});
  if (output.exit_code != 0 || output.out.empty()) throw std::runtime_error(output.text());
  return {output.out, output.err};
}

/// A mark of the page and what it shows, see lib/api/page/fill.h: "/state state running running", and "hidden /intake".
/// Without rates, and what the page has from its own clock.
[[nodiscard]] inline std::vector<std::string> marks(const std::string& dom) {
  static const std::regex tag("<[a-z0-9]+ [^>]*data-(v|if)=[^>]*>([^<]*)");
  static const std::regex attribute("data-(v|as|is|if)=\"([^\"]*)\"");
  std::vector<std::string> found;
  for (auto at = std::sregex_iterator(dom.begin(), dom.end(), tag); at != std::sregex_iterator(); ++at) {
    const std::string element = at->str();
    std::map<std::string, std::string> has;
    for (auto a = std::sregex_iterator(element.begin(), element.end(), attribute); a != std::sregex_iterator(); ++a) {
      has[(*a)[1]] = (*a)[2];
    }
    if (element.find(" hidden=\"\"") != std::string::npos) found.push_back("hidden " + has["if"]);
    if (!has.contains("v") || has["as"] == "rate" || has["as"] == "flow") continue;
    found.push_back(has["v"] + " " + has["as"] + " " + has["is"] + " " + (*at)[2].str());
  }
  return found;
}

/// The text of the first element with the mark.
[[nodiscard]] inline std::string shown(const std::string& dom, const std::string& paths, const std::string& format) {
  const auto at = dom.find("data-v=\"" + paths + "\" data-as=\"" + format + "\"");
  if (at == std::string::npos) return "no " + paths;
  const auto begin = dom.find('>', at) + 1;
  return dom.substr(begin, dom.find('<', begin) - begin);
}

}  // namespace orders::test
