// A real PostgreSQL 15 for tests.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "support/process.h"
#include "support/temp_folder.h"

namespace orders::test {

/// A server in a temporary folder, on a free port of 127.0.0.1 and a Unix socket; passwords by SCRAM. Throws
/// std::runtime_error, with what to do about it, when PostgreSQL is missing: a test that needs one fails without it, it
/// does not skip. Processes and folder go with the object, also when the test dies. From the test's main thread.
class PostgresServer {
 public:
  struct Options {
    bool fsync = false;  ///< off: kill -9 of the server loses nothing all the same, only the machine's crash would
    std::map<std::string, std::string> settings;  ///< over ours
    std::map<std::string, std::string> files{};   ///< put into its data folder, for its own eyes: keys, certificates
  };
  PostgresServer() : PostgresServer(Options{}) {}
  explicit PostgresServer(const Options& options);
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  /// On the same port and data; returns when it answers.
  void start();
  /// A fast shutdown: transactions are rolled back, connections closed.
  void stop();
  /// An immediate shutdown: it recovers from its log at the next start.
  void stop_at_once();
  void restart();
  /// Started in recovery, and answering nobody (SQLSTATE 57P03) until promote(). Needs wal_level replica.
  void start_as_standby();
  /// Ends the recovery; returns when it answers.
  void promote();
  /// SIGKILL to all its processes.
  void kill();
  /// SIGSTOP to all its processes: connections stay, nothing answers.
  void suspend();
  void resume();

  void create_user(const std::string& name, const std::string& password);
  void create_database(const std::string& name, const std::string& owner);
  /// Ends its sessions too.
  void drop_database(const std::string& name);
  /// As superuser; columns separated by '|', rows by line breaks. Throws when a statement fails.
  std::string psql(const std::string& database, const std::string& sql);
  /// Runs one of PostgreSQL's programs as superuser against a database; its standard output. Throws when it fails.
  std::string run_client(const std::string& program, const std::vector<std::string>& arguments,
                         const std::string& input = {});

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& database, const std::string& user,
                                const std::string& password) const;
  /// The same over the Unix socket.
  [[nodiscard]] std::string socket_url(const std::string& database, const std::string& user,
                                       const std::string& password) const;
  [[nodiscard]] std::string log() const { return slurp(folder_ / "server.log"); }

 private:
  void init();
  void shut_down(int signal);
  void spawn(const std::map<std::string, std::string>& more_settings);
  [[nodiscard]] bool try_start();
  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  void signal_all(int number) const;

  Options options_;
  TempFolder folder_{"postgres"};
  std::string bin_;
  int port_ = 0;
  std::optional<Process> process_;
  bool suspended_ = false;
  pid_t undertaker_ = -1;  ///< cleans up when the test dies; holds the other end of a pipe
  int undertaker_pipe_ = -1;
};

/// The one server that all tests of an executable share; started by the first that asks.
[[nodiscard]] PostgresServer& shared_postgres();

/// A database of a test's own, with an owner who has a password; dropped with the object.
class PostgresDatabase {
 public:
  explicit PostgresDatabase(PostgresServer& server = shared_postgres());
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;
  ~PostgresDatabase();

  [[nodiscard]] std::string url() const { return server_.url(name_, name_, password()); }
  [[nodiscard]] std::string socket_url() const { return server_.socket_url(name_, name_, password()); }
  [[nodiscard]] const std::string& name() const { return name_; }  ///< of the database and its owner
  [[nodiscard]] static std::string password() { return "s3cret-word"; }
  /// As superuser, see PostgresServer::psql.
  std::string query(const std::string& sql) { return server_.psql(name_, sql); }
  [[nodiscard]] PostgresServer& server() { return server_; }
  /// A backup, and the way back to it, in one transaction: what came after is gone, sessions are ended.
  [[nodiscard]] std::string dump();
  void restore(const std::string& dump);

 private:
  PostgresServer& server_;
  std::string name_;
};

}  // namespace orders::test
