#include "ordersctl/moment.h"

#include <fmt/format.h>

#include <regex>

#include "base/bytes.h"

namespace orders::ctl {
namespace {

int number(const std::ssub_match& digits) { return digits.length() == 0 ? 0 : std::stoi(digits.str()); }

}  // namespace

Result<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  if (text.starts_with('-')) {
    auto before = parse_duration(text.substr(1));
    if (!before) return fail(std::move(before.error()));
    return now - *before;
  }
  static const std::regex form(
      R"((\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?Z?)?)");
  const std::string whole(text);
  std::smatch part;
  const bool matches = std::regex_match(whole, part, form);
  const auto date = matches ? std::chrono::year(number(part[1])) / number(part[2]) / number(part[3])
                            : std::chrono::year_month_day{};
  if (!matches || !date.ok() || number(part[4]) > 23 || number(part[5]) > 59 || number(part[6]) > 59) {
    return fail(ErrorClass::invalid, fmt::format("'{}' is no time: 2026-01-31T12:00:00Z (UTC), or -15m: so long ago",
                                                 printable(text)));
  }
  return std::chrono::sys_days(date) + std::chrono::hours(number(part[4])) + std::chrono::minutes(number(part[5])) +
         std::chrono::seconds(number(part[6])) + Milliseconds(number(part[7]));
}

CLI::Option* add_moment(CLI::App& command, const std::string& name, std::optional<Timestamp>& target,
                        const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target](const std::string& text) {
            auto moment = parse_moment(text, wall_clock_now());
            if (!moment) throw CLI::ValidationError(name, moment.error().message);
            target = *moment;
          },
          description)
      ->type_name("TIME");
}

}  // namespace orders::ctl
