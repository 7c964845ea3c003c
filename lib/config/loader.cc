#include "config/loader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <variant>

#include "base/bytes.h"
#include "base/file.h"
#include "config/checks.h"
#include "config/given.h"
#include "config/properties.h"
#include "config/rules.h"
#include "config/secrets.h"

namespace orders::config {
namespace {

/// YAML's core schema would make it a boolean or a number; the file's schema says that it is text.
bool is_not_text(std::string_view plain) {
  static constexpr std::array booleans = {"true", "True", "TRUE", "false", "False", "FALSE"};
  if (std::ranges::find(booleans, plain) != booleans.end()) return true;
  const auto sign = plain.find_first_not_of("+-") == 1 ? 1 : 0;
  const auto digits = plain.substr(static_cast<std::size_t>(sign));
  return !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::ranges::count(digits, '.') <= 1 && digits != ".";
}

bool is_number(Type type) { return type == Type::whole || type == Type::decimal; }

/// A list, a map, nothing, or a scalar of the wrong kind; empty when the value may be looked at.
std::string wrong_form(const Given& given) {
  switch (given.form) {
    case Form::list:
      return "found a list";
    case Form::map:
      return "found a map";
    case Form::nothing:
      return given.option->type == Type::text ? "found nothing (an empty text is \"\")" : "found nothing";
    case Form::quoted:
      return is_number(given.option->type) ? fmt::format("found the text \"{}\"", printable(given.text, 80)) : "";
    case Form::plain:
      return given.option->type == Type::text && !given.option->secret && is_not_text(given.text)
                 ? fmt::format("found {}: put it in quotes", printable(given.text, 80))
                 : "";
    case Form::untyped:
      return "";
  }
  return "";
}

/// A secret itself, and no file's name.
bool holds_secret(const Given& given) {
  if (!given.property.empty()) {
    return is_secret_property(given.property) && !given.text.empty() && secret_path(given.text).empty();
  }
  return is_address(*given.option, given.text) && holds_password(given.text);
}

class Loader {
 public:
  explicit Loader(const Findings& findings) {
    for (const auto& finding : findings) std::visit([&](const auto& found) { add(found); }, finding);
  }

  void add(const Problem& problem) { loaded_.problems.push_back(problem); }

  void add(const Given& given) {
    auto message = given.option->type == Type::properties ? set_property(given) : set_option(given);
    if (!message.empty()) {
      wrong_.insert(given.option->name);
      loaded_.problems.push_back({given.where, printable(given.name()), std::move(message)});
      return;
    }
    note(given.option->name, given);
    if (!given.property.empty()) note(given.name(), given);
    if (given.origin == Origin::file && holds_secret(given)) {
      secrets_in_file_.push_back({given.where, printable(given.name()), {}});
    }
    for (const Option& part : options()) {  // join.window sets its parts
      if (given.property.empty() && is_part_of(part.name, given.option->name)) note(part.name, given);
    }
  }

  /// What no source says: the host's name, and secrets that are in files.
  void complete() {
    if (loaded_.config.instance_id.empty()) name_instance();
    read_database_password();
    for (auto& [name, value] : loaded_.config.kafka.properties) {
      const auto path = is_secret_property(name) ? secret_path(value) : std::string_view{};
      const auto option = fmt::format("{}.{}", properties_option, name);
      if (!path.empty()) read_into(value, path, option);
      if (names_secret_file(name)) check_secret_file(value, option);
    }
    check_secret_file(loaded_.config.api.token_file, "api.token_file");
    check_secret_file(loaded_.config.api.tls_key, "api.tls_key");
    check_secret_file(loaded_.config.catalog.token_file, "catalog.token_file");
  }

  /// Warns of the secrets that `file` holds itself, if it is for everybody to read.
  void look_at(const std::filesystem::path& file) {
    const auto checked = secrets_in_file_.empty() ? Result<>{} : check_private(file);
    if (checked || checked.error().error_class != ErrorClass::invalid) return;
    for (auto& warning : secrets_in_file_) {
      warning.message = checked.error().text() + ", or give the secret a file of its own";
      loaded_.warnings.push_back(std::move(warning));
    }
  }

  Loaded finish() && {
    check_together(loaded_.config, places_, wrong_, loaded_.problems);
    for (const Option& option : options()) loaded_.origins.emplace_back(option.name, origin(option.name));
    return std::move(loaded_);
  }

 private:
  void note(const std::string& name, const Given& given) {
    places_[name] = given.where;
    origins_[name] = std::max(origins_[name], given.origin);
  }

  [[nodiscard]] Origin origin(const std::string& name) const {
    auto highest = Origin::default_value;
    for (const auto& [given, origin] : origins_) {
      if (given == name || is_part_of(given, name)) highest = std::max(highest, origin);
    }
    return highest;
  }

  std::string set_option(const Given& given) {
    const Option& option = *given.option;
    if (auto found = wrong_form(given); !found.empty()) return fmt::format("expected {}, {}", option.expected, found);
    if (!option.set(loaded_.config, given.text)) {
      if (option.secret) return fmt::format("expected {}; what was found is a secret and not shown", option.expected);
      const auto meant = nearest(given.text, option.choices);
      return fmt::format("expected {}, found '{}'{}", option.expected, printable(given.text, 80),
                         meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
    }
    if (option.secret && given.origin == Origin::flag && holds_password(given.text)) {
      return "a password on the command line can be read by every user of the machine: use database.password_file, or "
             "the environment";
    }
    return {};
  }

  std::string set_property(const Given& given) {
    const auto& name = given.property;
    if (name.empty() && given.form == Form::untyped) {
      return fmt::format("is a map: set one property, such as {}.linger.ms", properties_option);
    }
    if (name.empty()) {  // its text is not shown: somebody may have put a password there
      return fmt::format("expected {}, found {}", given.option->expected,
                         given.form == Form::list ? "a list" : "a single value");
    }
    if (const auto why = refused_property(name)) return fmt::format("is refused: {}", *why);
    if (given.form == Form::map) return "expected a value, found a map: write names whole, such as ssl.ca.location";
    if (given.form == Form::list) return "expected a value, found a list";
    if (given.form == Form::nothing) return "expected a value, found nothing";
    if (given.origin == Origin::flag && is_secret_property(name) && secret_path(given.text).empty()) {
      return "a secret on the command line can be read by every user of the machine: use file:/PATH, or the "
             "environment";
    }
    loaded_.config.kafka.properties[name] = given.text;
    return {};
  }

  void name_instance() {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    if (rules::is_kafka_name(host.data())) {
      loaded_.config.instance_id = host.data();
    } else if (!wrong_.contains("instance_id")) {
      loaded_.problems.push_back({place("instance_id"), "instance_id",
                                  fmt::format("the host's name, '{}', can't be used: expected {}",
                                              printable(host.data()), find_option("instance_id")->expected)});
    }
  }

  void read_database_password() {
    auto& database = loaded_.config.database;
    if (database.password_file.empty() || database.backend != DatabaseBackend::postgresql) return;
    std::string password;
    read_into(password, database.password_file, "database.password_file");
    if (!password.empty() && !database.url.empty()) database.url = with_password(database.url, password);
  }

  void read_into(std::string& value, const std::filesystem::path& path, const std::string& option) {
    auto secret = read_secret(path);
    if (secret) {
      value = std::move(*secret);
    } else {
      loaded_.problems.push_back({place(option), option, secret.error().text()});
    }
  }

  /// One that others read: librdkafka, the API. Whether it is there at all is for them to say.
  void check_secret_file(const std::string& path, const std::string& option) {
    const auto checked = path.empty() ? Result<>{} : check_private(path);
    if (checked || checked.error().error_class != ErrorClass::invalid) return;
    loaded_.problems.push_back({place(option), option, checked.error().text()});
  }

  [[nodiscard]] std::string place(const std::string& option) const {
    const auto found = places_.find(option);
    return found == places_.end() ? "default" : found->second;
  }

  Loaded loaded_;
  std::map<std::string, std::string> places_;
  std::map<std::string, Origin> origins_;
  std::set<std::string> wrong_;
  std::vector<Problem> secrets_in_file_;
};

}  // namespace

std::string Problem::text() const {
  std::string text = where;
  if (!option.empty() && where != "--set " + option) text += (text.empty() ? "" : ": ") + option;
  if (!message.empty()) text += (text.empty() ? "" : ": ") + message;
  return printable(text, std::string::npos);
}

Loaded load(const Sources& sources) {
  Findings findings;
  if (sources.file) read_yaml_file(*sources.file, findings);
  read_environment(sources.environment, findings);
  read_flags(sources.set, findings);
  Loader loader(findings);
  loader.complete();
  if (sources.file) loader.look_at(*sources.file);
  return std::move(loader).finish();
}

Loaded merged(const Findings& findings) { return Loader(findings).finish(); }

Result<std::optional<std::filesystem::path>> find_file(const std::string& flag) {
  const char* variable = std::getenv("ORDERS_CONFIG");
  const std::string named = !flag.empty() ? flag : variable != nullptr ? variable : "";
  std::error_code error;
  if (!named.empty()) {
    if (std::filesystem::exists(named, error)) return named;
    return fail(ErrorClass::invalid, fmt::format("there is no configuration file {}", printable(named)),
                flag.empty() ? "the environment's ORDERS_CONFIG names it" : "--config names it");
  }
  for (const char* path : {"ordersd.yaml", "/etc/orders/ordersd.yaml"}) {
    if (std::filesystem::exists(path, error)) return path;
  }
  return std::nullopt;
}

}  // namespace orders::config
