#include "database/postgres_error.h"

#include <pqxx/pqxx>

#include "base/bytes.h"

namespace orders::database {
namespace {

constexpr std::size_t message_limit = 300;

/// libpq breaks its messages into lines.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_space = c == '\n' || c == '\t' || c == ' ' || c == '\r';
    if (!is_space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  for (const std::string_view severity : {"ERROR: ", "FATAL: "}) {
    if (line.starts_with(severity)) line.erase(0, severity.size());
  }
  return printable(line, message_limit);
}

/// libpqxx keeps the SQLSTATE of some of its exceptions to itself.
std::string sqlstate_of(const std::exception& exception) {
  if (dynamic_cast<const pqxx::too_many_connections*>(&exception) != nullptr) return "53300";
  if (dynamic_cast<const pqxx::broken_connection*>(&exception) != nullptr) return "08000";
  if (dynamic_cast<const pqxx::serialization_failure*>(&exception) != nullptr) return "40001";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&exception) != nullptr) return "40P01";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&exception) != nullptr) return "40000";
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&exception) != nullptr) return "42501";
  if (const auto* error = dynamic_cast<const pqxx::sql_error*>(&exception)) return error->sqlstate();
  return {};
}

std::string statement_hint(std::string_view sqlstate, const PostgresAddress& address) {
  if (sqlstate == "42501") return "grant it, or make " + address.user + " the owner of the database";
  if (sqlstate == "42P01" || sqlstate == "42703") return "run: ordersctl db migrate";
  if (sqlstate == "25006") return "point database.url at the primary";
  return {};
}

/// By libpq's words.
std::string connect_hint(std::string_view message, const PostgresAddress& address) {
  const auto says = [&](std::string_view words) { return message.find(words) != std::string_view::npos; };
  if (says("certificate verify failed")) {
    return "check sslrootcert in database.url: it must hold the CA of the server's certificate";
  }
  if (says("root certificate file")) return "check sslrootcert in database.url";
  if (says("does not match host name")) {
    return "name the server in database.url as its certificate does, or have that made anew with this name";
  }
  if (says("does not support SSL")) return "turn ssl on at the server, or choose another sslmode in database.url";
  if (says("client certificate")) return "check sslcert and sslkey in database.url";
  if (says("no encryption")) {
    return "the server takes encrypted connections only: sslmode=verify-full or require in database.url";
  }
  if (says("password") || says("authentication failed") || says("pg_hba.conf")) {
    return "check user and password in database.url, and the server's pg_hba.conf";
  }
  if (says("database \"") && says("does not exist")) return "create it: createdb " + address.database;
  if (says("role \"") && says("does not exist")) return "create it: createuser " + address.user;
  return {};
}

}  // namespace

SqlFailure to_failure(const std::exception& exception) {
  SqlFailure failure{sqlstate_of(exception), one_line(exception.what())};
  if (failure.sqlstate == "08000") failure.message = "the connection was lost";
  return failure;
}

ErrorClass classify(std::string_view sqlstate) {
  if (sqlstate == "25006" || sqlstate == "42501") return ErrorClass::wait;
  if (sqlstate == "42P01" || sqlstate == "42703") return ErrorClass::invalid;
  const std::string_view group = sqlstate.substr(0, 2);
  for (const std::string_view wait : {"08", "28", "3D", "53", "57", "58"}) {
    if (group == wait) return ErrorClass::wait;
  }
  if (group == "40" || group == "55") return ErrorClass::abort;
  if (refuses_row(sqlstate)) return ErrorClass::record;
  return ErrorClass::bug;
}

bool refuses_row(std::string_view sqlstate) {
  const std::string_view group = sqlstate.substr(0, 2);
  return group == "22" || group == "23" || group == "54" || breaks_rule(sqlstate);
}

bool breaks_rule(std::string_view sqlstate) {
  const std::string_view group = sqlstate.substr(0, 2);
  return group == "P0" || group == "44";
}

Error connect_error(const std::exception& exception, const PostgresAddress& address) {
  const std::string message = one_line(exception.what());
  return {ErrorClass::wait, "can't connect to PostgreSQL at " + address.shown + ": " + message,
          connect_hint(message, address)};
}

Error statement_error(const std::exception& exception, const PostgresAddress& address, std::string_view what) {
  const SqlFailure failure = to_failure(exception);
  std::string message = "PostgreSQL at " + address.shown + ", " + std::string(what) + ": " + failure.message;
  if (!failure.sqlstate.empty() && failure.sqlstate != "08000") message += " (SQLSTATE " + failure.sqlstate + ")";
  return {classify(failure.sqlstate), std::move(message), statement_hint(failure.sqlstate, address)};
}

}  // namespace orders::database
