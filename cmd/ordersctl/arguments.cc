#include "ordersctl/arguments.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <charconv>

#include "base/bytes.h"

namespace orders::ctl {

namespace {

std::int64_t whole_number(const std::string& name, const std::string& text, std::int64_t least, std::int64_t most) {
  const auto number = parse_int64(text);
  if (!number) throw CLI::ValidationError(name, fmt::format("'{}' is not a whole number", text));
  if (*number < least) throw CLI::ValidationError(name, fmt::format("{} is below {}", text, least));
  if (*number > most) throw CLI::ValidationError(name, fmt::format("{} is above {}", text, most));
  return *number;
}

}  // namespace

CLI::Option* add_integer(CLI::App& command, const std::string& name, std::int64_t& target,
                         const std::string& description, std::int64_t least, std::int64_t most) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target, least, most](const std::string& text) { target = whole_number(name, text, least, most); },
          description)
      ->type_name("N");
}

CLI::Option* add_integers(CLI::App& command, const std::string& name, std::vector<std::int64_t>& target,
                          const std::string& description, std::int64_t least, std::int64_t most) {
  return command
      .add_option_function<std::vector<std::string>>(
          name,
          [name, &target, least, most](const std::vector<std::string>& texts) {
            for (const auto& text : texts) target.push_back(whole_number(name, text, least, most));
          },
          description)
      ->allow_extra_args(false)
      ->type_name("N");
}

CLI::Option* add_id(CLI::App& command, const std::string& name, std::int64_t& target, const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target](const std::string& text) {
            const auto number = parse_int64(text);
            if (!number)
              throw CLI::ValidationError(name, fmt::format("'{}' is not an order id (a whole number)", text));
            target = *number;
          },
          description)
      ->type_name("");
}

CLI::Option* add_duration(CLI::App& command, const std::string& name, Milliseconds& target,
                          const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target](const std::string& text) {
            auto duration = parse_duration(text);
            if (!duration) throw CLI::ValidationError(name, duration.error().message);
            target = *duration;
          },
          description)
      ->type_name("DURATION");
}

CLI::Option* add_wait_for_members(CLI::App& command, Milliseconds& target) {
  return add_duration(command, "--wait", target,
                      "How long to wait for the application's members to leave (PT0S). One that was killed stays for "
                      "kafka.session_timeout");
}

CLI::Option* add_percent(CLI::App& command, const std::string& name, double& target, const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [name, &target](const std::string& text) {
            double number = -1;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (error != std::errc{} || end != text.data() + text.size() || !(number >= 0 && number <= 100)) {
              throw CLI::ValidationError(name, fmt::format("'{}' is not a percentage from 0 to 100", text));
            }
            target = number;
          },
          description)
      ->type_name("PERCENT");
}

}  // namespace orders::ctl
