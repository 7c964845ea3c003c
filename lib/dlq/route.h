// Where a dead letter goes when it is drained, and why not: decided here, without I/O.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "config/config.h"
#include "dlq/letter.h"

namespace orders::dlq {

enum class Way : std::uint8_t {
  topic,     ///< redriven
  database,  ///< back into the view that it comes from
  file,
  held,  ///< stays where it is
};

struct Route {
  Way way = Way::held;
  std::string to;   ///< the topic, "database", the file; empty if held
  std::string why;  ///< if held: for all letters of one kind the same words
};

class Router {
 public:
  /// One of `to_topic` and `to_file` at the most; without both, letters go back to where they came from.
  struct Options {
    std::string to_topic;
    std::string to_file;
    bool has_database = false;     ///< one that can be reached from here
    std::set<std::string> topics;  ///< that there are
  };
  Router(const config::Config& config, Options options);

  [[nodiscard]] Route route(const Letter& letter) const;

 private:
  [[nodiscard]] Route to_topic(const std::string& name) const;
  [[nodiscard]] Route to_database(const Letter& letter) const;

  const std::string application_, orders_;
  const int redrives_;
  const bool embedded_;
  const Options options_;
};

/// As the record that goes to `topic`: with its own headers, partitioned by its key; with its own timestamp, or `now` if
/// it missed its partner, or if its own can't be written.
[[nodiscard]] kafka::OutputRecord redriven(const Letter& letter, const std::string& topic, Timestamp now);

}  // namespace orders::dlq
