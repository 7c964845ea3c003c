// What every command may ask for: the configuration, the daemon, how to print.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/loader.h"
#include "kafka/types.h"
#include "ordersctl/daemon.h"
#include "ordersctl/output.h"

namespace orders::ctl {

/// The flags that every command has.
struct Globals {
  std::string config;
  std::vector<std::string> set;
  std::string output = "table";
  bool no_color = false;
  bool quiet = false;
  bool verbose = false;
};

class Context {
 public:
  explicit Context(Globals globals);

  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] Format format() const { return format_; }
  [[nodiscard]] bool quiet() const { return globals_.quiet; }
  /// Colour on standard output.
  [[nodiscard]] bool colour() const { return colour_; }

  /// Which file the configuration comes from: --config, $ORDERS_CONFIG, ./ordersd.yaml, /etc/orders/ordersd.yaml, that
  /// of a running `ordersd --dev`, in this order; none: defaults.
  [[nodiscard]] Result<std::optional<std::filesystem::path>> config_file() const;
  /// All of it, mistakes included; loaded once.
  [[nodiscard]] Result<const config::Loaded*> load();
  /// The configuration, if it has no mistakes.
  [[nodiscard]] Result<const config::Config*> config();

  [[nodiscard]] Result<Daemon*> daemon();
  /// Knows the broker of an `ordersd --dev` by the file that this leaves.
  [[nodiscard]] Result<kafka::Connection> connection();

 private:
  /// Of what is loaded.
  [[nodiscard]] bool names_embedded_broker() const;

  Globals globals_;
  Format format_;
  bool colour_;
  std::optional<config::Loaded> loaded_;
  std::unique_ptr<Daemon> daemon_;
};

/// Every mistake of a configuration, a line each.
[[nodiscard]] Error config_error(const std::vector<config::Problem>& problems);

}  // namespace orders::ctl
