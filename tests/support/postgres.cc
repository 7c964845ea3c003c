#include "support/postgres.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "support/wait_until.h"

namespace orders::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* superuser = "postgres";  // PostgreSQL refuses to run as root

std::string find_programs() {
  const std::string folder = "/usr/lib/postgresql/15/bin";
  for (const char* program : {"postgres", "initdb", "psql", "pg_dump"}) {
    if (!fs::exists(fs::path(folder) / program)) {
      throw std::runtime_error("this test needs PostgreSQL 15, but there is no " + folder + "/" + program +
                               "; install the package postgresql-15 (scripts/test.sh does)");
    }
  }
  return folder;
}

/// The server's own account must reach its folder.
void give_away(const fs::path& folder) {
  if (::geteuid() != 0) return;
  const passwd* user = ::getpwnam(superuser);
  if (user == nullptr) throw std::runtime_error("this test needs the user postgres; install postgresql-15");
  if (::chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown " + folder.string());
}

/// The undertaker's script: every process that works in the server's data, then the folder ($1).
constexpr const char* bury = R"sh(
for try in 1 2 3 4 5 6 7 8 9 10; do
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/cwd" 2>/dev/null)" = "$1/data" ] && kill -9 "${process#/proc/}" 2>/dev/null
  done
  [ -n "$ORDERS_TEST_KEEP" ] && exit
  rm -rf "$1" 2>/dev/null
  [ -e "$1" ] || exit 0
  sleep 0.2
done
)sh";

struct Undertaker {
  pid_t pid;
  int pipe;
};

/// A process that waits for the end of this one (its end of the pipe closes) and then cleans up. Nothing between fork
/// and exec but system calls.
Undertaker hire_undertaker(const fs::path& folder) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  const std::string path = folder.string();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid > 0) {
    ::close(ends[0]);
    return {pid, ends[1]};
  }
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(ends[0], 3);  // only now can the rest be closed: the writing end too, and other undertakers' ends
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  ::close_range(4, ~0U, 0);
  char byte;
  while (::read(3, &byte, 1) < 0) {
  }
  ::execl("/bin/sh", "sh", "-c", bury, "sh", path.c_str(), nullptr);
  ::_exit(127);
}

std::vector<pid_t> processes_in(const fs::path& data) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (fs::read_symlink(entry.path() / "cwd", error) == data && !error) found.push_back(std::stoi(name));
  }
  return found;
}

/// Stopped, or gone. Of a process of one thread.
bool stands_still(pid_t pid) {
  const auto stat = slurp("/proc/" + std::to_string(pid) + "/stat");  // "7 (name) S …"
  const auto end = stat.rfind(") ");
  return end == std::string::npos || stat.at(end + 2) == 'T' || stat.at(end + 2) == 'Z';
}

/// What the server writes about itself: its process in the first line, "ready" in the eighth.
bool says_ready(const fs::path& pid_file, pid_t pid) {
  std::ifstream file(pid_file);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (number == 1 && line != std::to_string(pid)) return false;
    if (number == 8) return line.starts_with("ready");
  }
  return false;
}

std::string quoted(const std::string& text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

std::string percent_encoded(const std::string& text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.') {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return result;
}

}  // namespace

PostgresServer::PostgresServer(const Options& options) : options_(options), bin_(find_programs()) {
  give_away(folder_.path());
  const Undertaker undertaker = hire_undertaker(folder_.path());
  undertaker_ = undertaker.pid;
  undertaker_pipe_ = undertaker.pipe;
  init();
  for (int attempt = 0; attempt < 5; ++attempt) {  // somebody may be faster at the port
    port_ = free_port();
    if (try_start()) return;
  }
  throw std::runtime_error("PostgreSQL does not start:\n" + log());
}

PostgresServer::~PostgresServer() {
  try {
    kill();
  } catch (const std::exception&) {  // the undertaker will see to it
  }
  ::close(undertaker_pipe_);
  ::waitpid(undertaker_, nullptr, 0);
}

void PostgresServer::init() {
  const auto output = run({.arguments = {bin_ + "/initdb", "-D", folder_ / "data", "-U", superuser, "-A", "trust", "-E",
                                         "UTF8", "--locale=C", "--no-sync", "--no-instructions"},
                           .environment = {},
                           .folder = folder_.path(),
                           .output = {},
                           .user = superuser});
  if (output.exit_code != 0) throw std::runtime_error(output.text());
  write_file(folder_.path() / "data" / "pg_hba.conf",
             "local all postgres trust\n"
             "local all all scram-sha-256\n"
             "host all all 127.0.0.1/32 scram-sha-256\n");
  for (const auto& [name, content] : options_.files) {
    const auto file = data() / name;
    write_file(file, content);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    give_away(file);
  }
}

void PostgresServer::spawn(const std::map<std::string, std::string>& more_settings) {
  std::map<std::string, std::string> settings{
      {"listen_addresses", "127.0.0.1"},
      {"port", std::to_string(port_)},
      {"unix_socket_directories", folder_.path()},
      {"fsync", options_.fsync ? "on" : "off"},
      {"full_page_writes", options_.fsync ? "on" : "off"},
      {"shared_buffers", "64MB"},
      {"dynamic_shared_memory_type", "mmap"},  // in the data folder: kill -9 would leave segments in /dev/shm
      {"max_connections", "50"},
      {"max_wal_senders", "0"},
      {"wal_level", "minimal"},
      {"timezone", "UTC"},
  };
  for (const auto& [name, value] : options_.settings) settings[name] = value;
  for (const auto& [name, value] : more_settings) settings[name] = value;
  Command command{.arguments = {bin_ + "/postgres", "-D", folder_ / "data"},
                  .environment = {},
                  .folder = folder_.path(),
                  .output = folder_ / "server.log",
                  .user = superuser};
  for (const auto& [name, value] : settings) {
    command.arguments.insert(command.arguments.end(), {"-c", name + "=" + value});
  }
  process_ = Process::spawn(command);
}

bool PostgresServer::try_start() {
  fs::remove(data() / "standby.signal");
  spawn({});
  bool ready = false;
  const bool settled = wait_until(
      60s,
      [&] {
        ready = says_ready(data() / "postmaster.pid", process_->pid());
        return ready || !process_->running();
      },
      5ms);
  if (!settled) throw std::runtime_error("PostgreSQL does not answer within a minute:\n" + log());
  if (!ready) process_.reset();
  return ready;
}

void PostgresServer::start() {
  if (process_) throw std::runtime_error("PostgreSQL runs already");
  if (!try_start()) throw std::runtime_error("PostgreSQL does not start:\n" + log());
}

void PostgresServer::stop() { shut_down(SIGINT); }
void PostgresServer::stop_at_once() { shut_down(SIGQUIT); }

void PostgresServer::shut_down(int signal) {
  if (!process_) return;
  if (suspended_) resume();
  process_->signal(signal);
  if (!process_->wait(30s)) throw std::runtime_error("PostgreSQL does not stop:\n" + log());
  process_.reset();
}

void PostgresServer::restart() {
  stop();
  start();
}

void PostgresServer::start_as_standby() {
  if (process_) throw std::runtime_error("PostgreSQL runs already");
  write_file(data() / "standby.signal", "");
  spawn({{"hot_standby", "off"}});
  Command look{.arguments = {bin_ + "/pg_isready", "-q", "-h", folder_.path(), "-p", std::to_string(port_)},
               .environment = {},
               .folder = folder_.path(),
               .output = {},
               .user = superuser};
  constexpr ExitCode rejecting = 1;
  if (!wait_until(30s, [&] { return run(look).exit_code == rejecting; })) {
    throw std::runtime_error("PostgreSQL does not start as a standby:\n" + log());
  }
}

void PostgresServer::promote() {
  write_file(data() / "promote", "");
  process_->signal(SIGUSR1);
  if (!wait_until(30s, [&] { return says_ready(data() / "postmaster.pid", process_->pid()); })) {
    throw std::runtime_error("PostgreSQL is not promoted:\n" + log());
  }
}

// The main process first, so that it starts no others meanwhile.
void PostgresServer::kill() {
  if (!process_) return;
  process_->suspend();
  const auto all = processes_in(folder_.path() / "data");
  for (const pid_t pid : all) ::kill(pid, SIGKILL);
  process_->kill();
  process_.reset();
  suspended_ = false;
  if (!wait_until(
          30s, [&] { return processes_in(folder_.path() / "data").empty(); }, 5ms)) {
    throw std::runtime_error("PostgreSQL's processes do not die");
  }
}

void PostgresServer::suspend() {
  if (!process_) throw std::runtime_error("PostgreSQL does not run");
  process_->suspend();  // as in kill()
  signal_all(SIGSTOP);
  suspended_ = true;
  if (!wait_until(
          30s, [&] { return std::ranges::all_of(processes_in(folder_.path() / "data"), stands_still); }, 1ms)) {
    throw std::runtime_error("PostgreSQL's processes do not stand still");
  }
}

void PostgresServer::resume() {
  signal_all(SIGCONT);
  suspended_ = false;
}

void PostgresServer::signal_all(int number) const {
  if (!process_) throw std::runtime_error("PostgreSQL does not run");
  process_->signal(number);
  for (const pid_t pid : processes_in(folder_.path() / "data")) ::kill(pid, number);
}

void PostgresServer::create_user(const std::string& name, const std::string& password) {
  psql("postgres", "CREATE USER " + quoted(name, '"') + " PASSWORD " + quoted(password, '\''));
}

void PostgresServer::create_database(const std::string& name, const std::string& owner) {
  psql("postgres", "CREATE DATABASE " + quoted(name, '"') + " OWNER " + quoted(owner, '"'));
}

void PostgresServer::drop_database(const std::string& name) {
  psql("postgres", "DROP DATABASE IF EXISTS " + quoted(name, '"') + " WITH (FORCE)");
}

std::string PostgresServer::psql(const std::string& database, const std::string& sql) {
  std::string out =
      run_client("psql", {"-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"}, sql);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

std::string PostgresServer::run_client(const std::string& program, const std::vector<std::string>& arguments,
                                       const std::string& input) {
  Command command{
      .arguments = {bin_ + "/" + program, "-h", folder_.path(), "-p", std::to_string(port_), "-U", superuser},
      .environment = {},
      .folder = folder_.path(),
      .output = {},
      .user = superuser};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  Output output = run(command, input);
  if (output.exit_code != 0) throw std::runtime_error(output.text() + "\n--- input\n" + input.substr(0, 2000));
  return std::move(output.out);
}

std::string PostgresServer::url(const std::string& database, const std::string& user,
                                const std::string& password) const {
  return "postgresql://" + percent_encoded(user) + ":" + percent_encoded(password) +
         "@127.0.0.1:" + std::to_string(port_) + "/" + percent_encoded(database);
}

std::string PostgresServer::socket_url(const std::string& database, const std::string& user,
                                       const std::string& password) const {
  return "postgresql://" + percent_encoded(user) + ":" + percent_encoded(password) + "@" +
         percent_encoded(folder_.path()) + ":" + std::to_string(port_) + "/" + percent_encoded(database);
}

PostgresServer& shared_postgres() {
  static PostgresServer server;
  return server;
}

PostgresDatabase::PostgresDatabase(PostgresServer& server) : server_(server) {
  static int number = 0;
  name_ = "test_" + std::to_string(++number);
  server_.create_user(name_, password());
  server_.create_database(name_, name_);
}

PostgresDatabase::~PostgresDatabase() {
  try {
    server_.drop_database(name_);
  } catch (const std::exception&) {  // a test left the server down; its folder goes anyway
  }
}

std::string PostgresDatabase::dump() { return server_.run_client("pg_dump", {"-d", name_}); }

void PostgresDatabase::restore(const std::string& dump) {
  server_.drop_database(name_);
  server_.create_database(name_, name_);
  query("BEGIN;\n" + dump + "COMMIT;\n");
}

}  // namespace orders::test
