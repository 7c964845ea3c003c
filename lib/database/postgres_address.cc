#include "database/postgres_address.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include "base/bytes.h"

namespace orders::database {
namespace {

using Parameters = std::map<std::string, std::string>;

/// libpq's message up to the first thing that it quotes: 'invalid URI query parameter'.
std::string without_quotes(std::string message) {
  message.resize(std::min(message.find('"'), message.size()));
  while (!message.empty() && std::string_view(": \n").find(message.back()) != std::string_view::npos) {
    message.pop_back();
  }
  return message;
}

Result<Parameters> parse(const std::string& url) {
  const std::string hint = "expected postgresql://USER@HOST:PORT/DATABASE";
  if (url.empty()) return fail(ErrorClass::invalid, "database.url is empty", hint);
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &problem),
                                                                             &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned_problem(problem, &PQfreemem);
  if (!options) {
    const std::string why = without_quotes(problem != nullptr ? problem : "out of memory");
    return fail(ErrorClass::invalid, "database.url can't be understood: " + why, hint);
  }
  Parameters parameters;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') parameters[option->keyword] = option->val;
  }
  return parameters;
}

std::string value_or(const Parameters& parameters, const std::string& key, const std::string& otherwise) {
  const auto found = parameters.find(key);
  return found == parameters.end() ? otherwise : found->second;
}

Result<> check_ports(const Parameters& parameters) {
  const std::string ports = value_or(parameters, "port", "5432") + ',';  // several, where there are several hosts
  for (std::size_t begin = 0; begin < ports.size();) {
    const std::size_t end = ports.find(',', begin);
    const std::string port = ports.substr(begin, end - begin);
    const auto number = parse_int64(port);
    if (!port.empty() && (!number || *number < 1 || *number > 65'535)) {
      return fail(ErrorClass::invalid, "the port in database.url is none", "expected a number from 1 to 65535");
    }
    begin = end + 1;
  }
  return {};
}

std::string seconds(Milliseconds time, int least) {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(time).count();
  return std::to_string(std::max<std::int64_t>(whole, least));
}

void add_session_settings(Parameters& parameters, const Timeouts& timeouts, std::string_view application) {
  // A batch looks up a few thousand rows by their ids; a merge or hash join would read the whole table for it.
  std::string options =
      "-c default_transaction_isolation=read\\ committed -c jit=off -c enable_mergejoin=off -c enable_hashjoin=off";
  const auto limit = [&](const char* name, Milliseconds time) {
    options += std::string(" -c ") + name + "=" + std::to_string(time.count());
  };
  limit("statement_timeout", timeouts.statement);
  limit("lock_timeout", timeouts.lock);
  limit("idle_in_transaction_session_timeout", timeouts.idle_in_transaction);
  if (const auto own = parameters.find("options"); own != parameters.end()) options += " " + own->second;
  parameters["options"] = options;
  parameters["client_encoding"] = "UTF8";
  parameters.emplace("fallback_application_name", application);
  parameters.emplace("connect_timeout", seconds(timeouts.connect, 2));
  parameters.emplace("tcp_user_timeout", std::to_string(timeouts.network.count()));
  parameters.emplace("keepalives_idle", seconds(timeouts.network, 1));
  parameters.emplace("keepalives_interval", seconds(timeouts.network / 3, 1));
  parameters.emplace("keepalives_count", "3");
}

std::string to_conninfo(const Parameters& parameters) {
  std::string conninfo;
  for (const auto& [key, value] : parameters) {
    conninfo += (conninfo.empty() ? "" : " ") + key + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') conninfo += '\\';
      conninfo += c;
    }
    conninfo += '\'';
  }
  return conninfo;
}

}  // namespace

Result<PostgresAddress> parse_address(const std::string& url, const Timeouts& timeouts, std::string_view application) {
  auto parameters = parse(url);
  if (!parameters) return fail(parameters.error());
  if (auto checked = check_ports(*parameters); !checked) return fail(checked.error());
  add_session_settings(*parameters, timeouts, application);

  const char* login = std::getenv("USER");
  PostgresAddress address;
  address.user = value_or(*parameters, "user", login != nullptr ? login : "");
  address.database = value_or(*parameters, "dbname", address.user);
  const std::string host = value_or(*parameters, "host", value_or(*parameters, "hostaddr", "localhost"));
  address.shown = host + ":" + value_or(*parameters, "port", "5432") + "/" + address.database;
  address.conninfo = to_conninfo(*parameters);
  return address;
}

}  // namespace orders::database
