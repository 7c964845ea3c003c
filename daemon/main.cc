// ordersd: command line, configuration, signals, exit codes.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/heartbeat.h"
#include "base/log.h"
#include "base/wakeup.h"
#include "config/loader.h"
#include "daemon.h"
#include "dev_mode.h"
#include "notify.h"
#include "reloader.h"
#include "status_reporter.h"
#include "watchdog.h"

namespace {

using namespace orders;
namespace notify = daemon::notify;

enum ExitCode : int { done = 0, failed = 1, wrong_use = 2, fenced = 10 };

struct Arguments {
  std::string config;
  std::vector<std::string> set;
  bool check = false;
  bool dev = false;
};

int complain(const Error& error, int code) {
  std::cerr << "ordersd: " << error.message << '\n';
  if (!error.hint.empty()) std::cerr << "  " << error.hint << '\n';
  return code;
}

int complain(const std::vector<config::Problem>& problems) {
  for (const auto& problem : problems) std::cerr << problem.text() << '\n';
  std::cerr << "ordersd: the configuration has " << problems.size() << (problems.size() == 1 ? " mistake" : " mistakes")
            << "; see ordersd.yaml(5)\n";
  return wrong_use;
}

/// What ends with 2 or 10 comes to the same after a restart, so systemd is told to leave it.
int exit_code(const Error& error) {
  if (error.error_class == ErrorClass::fenced) return fenced;
  const bool stays = error.error_class == ErrorClass::invalid || error.error_class == ErrorClass::gap;
  return stays ? wrong_use : failed;
}

constexpr timespec tick_interval{.tv_sec = 1, .tv_nsec = 0};

/// The signals that end the daemon, and the failure that does; whichever comes first. And those that do not end it.
class End {
 public:
  End() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);  // before the first thread: all inherit it
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is a full disk: an error of the write
  }
  /// From any thread; the first one counts. SIGTERM to ourselves is what wait() wakes by.
  void fail(std::string_view part, const Error& error) {
    const auto text = fmt::format("{} can't go on: {}", part, error.text());
    spdlog::critical("{}", text);
    std::call_once(failed_, [&] {
      why_ = text;
      notify::status(why_);
      code_ = exit_code(error);
      kill(getpid(), SIGTERM);
    });
  }
  /// Calls `hang_up` for each SIGHUP, and `tick` about every second.
  int wait(const std::function<void()>& hang_up, const std::function<void()>& tick) {
    const heartbeat::Wait wait("waiting for a signal", heartbeat::no_limit);
    int signal = 0;
    while (signal != SIGTERM && signal != SIGINT) {
      signal = sigtimedwait(&signals_, nullptr, &tick_interval);
      if (signal == SIGHUP) hang_up();
      tick();
    }
    if (code_ == done) spdlog::info("{}: stopping", signal == SIGINT ? "SIGINT" : "SIGTERM");
    return code_;
  }
  /// Of the failure whose code wait() has returned.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  sigset_t signals_{};
  std::once_flag failed_;
  std::string why_;  ///< written before the code
  std::atomic<int> code_ = done;
};

/// An exit code when the command line is all there is to do, or wrong.
std::optional<int> parse(int argc, char** argv, Arguments& arguments) {
  CLI::App app("Joins payment and stock answers to orders, exactly once. See ordersd(8).", "ordersd");
  app.add_option("--config", arguments.config,
                 "The configuration file (default: $ORDERS_CONFIG, ./ordersd.yaml, /etc/orders/ordersd.yaml)");
  app.add_option("--set", arguments.set, "Overrides an option: join.window=PT30S; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--check", arguments.check, "Checks the configuration and exits");
  app.add_flag("--dev", arguments.dev,
               "Runs with an embedded broker and database in a temporary folder: for looking, not for keeping");
  app.set_version_flag("--version", "ordersd " ORDERS_VERSION);
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? done : wrong_use;
  }
}

int run(const config::Sources& sources, const config::Loaded& loaded, daemon::DevMode* dev, End& end) {
  const auto& config = loaded.config;
  daemon::Watchdog watchdog;  // before the first thread that it watches, until the last has ended
  const heartbeat::Heartbeat heartbeat("main");
  notify::status("starting");
  LogLevels levels(config.log.level);
  daemon::Reloader reloader(sources, config, levels);
  auto started = daemon::Daemon::start(
      config, dev != nullptr, [&end](std::string_view part, const Error& error) { end.fail(part, error); },
      {.log_levels = &levels, .configuration = [&reloader] { return reloader.status(); }});
  if (!started) {
    const auto text = fmt::format("can't start: {}", started.error().text());
    spdlog::critical("{}", text);
    notify::status(text);
    return exit_code(started.error());
  }
  if (dev != nullptr) {
    if (auto announced = dev->announce(loaded); !announced)
      spdlog::warn("ordersctl will not find this daemon by itself: {}", announced.error().text());
    spdlog::warn("--dev: embedded broker at {}, everything in {}, gone when this ends; for looking, not for keeping",
                 config.kafka.bootstrap_servers, dev->folder().string());
  }
  std::optional<daemon::StatusReporter> reporter(**started);
  watchdog.be_patient(false);
  notify::ready();
  const auto reload = [&] {
    if (dev != nullptr) {  // its terminal was closed
      kill(getpid(), SIGTERM);
      return;
    }
    const heartbeat::Wait wait("reading the configuration anew", heartbeat::slow_disk);
    notify::reloading();
    reloader.reload(**started);
    notify::ready();
  };
  const int code = end.wait(reload, [&] {
    levels.tick();
    flush_log();
  });
  watchdog.be_patient(true);
  reporter.reset();
  notify::stopping();
  notify::status(code == done ? "stopping" : end.why());  // the reporter may have told something else since the failure
  started->reset();
  spdlog::info("stopped");
  return code;
}

/// A core would hold passwords and orders. Only the soft limit, and not PR_SET_DUMPABLE, which would shut out
/// debuggers, the sanitizers and our own /proc/self as well: who wants a core raises it again (prlimit --core).
void write_no_core() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  (void)setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  write_no_core();
  Arguments arguments;
  if (const auto code = parse(argc, argv, arguments)) return *code;
  config::Sources sources{.file = {}, .set = arguments.set, .environment = config::process_environment()};
  if (!arguments.dev || !arguments.config.empty()) {
    auto file = config::find_file(arguments.config);
    if (!file) return complain(file.error(), wrong_use);
    sources.file = *file;
  }
  End end;
  std::unique_ptr<daemon::DevMode> dev;
  if (arguments.dev && !arguments.check) {
    auto started = daemon::DevMode::start(sources);
    if (!started) return complain(started.error(), wrong_use);
    dev = *std::move(started);
  }
  const auto loaded = config::load(sources);
  if (!loaded.problems.empty()) return complain(loaded.problems);
  if (arguments.check) {
    for (const auto& warning : loaded.warnings) std::cerr << "warning: " << warning.text() << '\n';
    std::cout << (sources.file ? sources.file->string() : "the defaults") << ": ok\n";
    return done;
  }
  set_up_logging(loaded.config.log.level, loaded.config.log.format,
                 {"ordersd", loaded.config.application_id, loaded.config.instance_id});
  spdlog::info("ordersd {}: application {}, instance {}, configuration {}, broker {}", ORDERS_VERSION,
               loaded.config.application_id, loaded.config.instance_id,
               sources.file ? sources.file->string() : "by default", loaded.config.kafka.bootstrap_servers);
  for (const auto& warning : loaded.warnings) spdlog::warn("configuration: {}", warning.text());
  return run(sources, loaded, dev.get(), end);
}
