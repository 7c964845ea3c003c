// The configuration, typed. Defaults stand here and nowhere else; names, texts and bounds are in options.cc.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/log_format.h"
#include "base/time.h"

namespace orders::config {

enum class KeyFormat : std::uint8_t { int64, string };
enum class CommitMode : std::uint8_t { adaptive, interval };
enum class Start : std::uint8_t { earliest, latest };
enum class Disposition : std::uint8_t { dead_letter, drop };
enum class Duplicates : std::uint8_t { emit, suppress };
enum class UnknownStatus : std::uint8_t { dead_letter, pass };
enum class BufferStore : std::uint8_t { memory, disk, automatic };
/// There is no `none`: the outbox's leftovers are settled by asking the table for any order of any partition (see
/// daemon/published_check.h), and a result stands on its task's partition, so nobody could tell who holds a key.
enum class Standby : std::uint8_t { all };
enum class DatabaseBackend : std::uint8_t { postgresql, embedded, none };
enum class MissingOrder : std::uint8_t { create, dead_letter, ignore };
enum class CatalogBackend : std::uint8_t { none, file, http };
enum class Unavailable : std::uint8_t { refuse, accept };

struct Kafka {
  std::string bootstrap_servers = "localhost:9092";
  Milliseconds session_timeout{10'000};
  Milliseconds transaction_timeout{10'000};
  std::map<std::string, std::string> properties;  ///< librdkafka's own; those that ordersd owns were refused
  friend bool operator==(const Kafka&, const Kafka&) = default;
};

struct Topics {
  std::string orders = "orders";
  std::string payments = "payment-orders";
  std::string stock = "stock-orders";
  std::string dead_letter = "recovererDLQ";
  std::string drained = "recovererDLQ-drained";
  KeyFormat key_format = KeyFormat::int64;
  friend bool operator==(const Topics&, const Topics&) = default;
};

struct Stream {
  int threads = 2;
  Milliseconds commit_interval{1'000};
  CommitMode commit = CommitMode::adaptive;
  Milliseconds commit_min_interval{20};
  Start start = Start::earliest;
  friend bool operator==(const Stream&, const Stream&) = default;
};

struct Join {
  Milliseconds before{10'000};  ///< `join.window` sets both, or {before, after}
  Milliseconds after{10'000};
  Milliseconds grace{0};
  Disposition late = Disposition::dead_letter;
  Disposition unmatched = Disposition::dead_letter;
  Duplicates duplicates = Duplicates::emit;
  UnknownStatus unknown_status = UnknownStatus::dead_letter;
  BufferStore store = BufferStore::automatic;
  std::uint64_t memory = 256ull << 20;
  friend bool operator==(const Join&, const Join&) = default;
};

struct State {
  std::string directory = "/var/lib/ordersd";
  Standby standby = Standby::all;
  std::uint64_t memory = 128ull << 20;
  std::uint64_t cache = 10ull << 20;
  friend bool operator==(const State&, const State&) = default;
};

struct Database {
  DatabaseBackend backend = DatabaseBackend::postgresql;
  std::string url = "postgresql://orders@localhost/orders";  ///< secret: holds the password, percent-encoded
  std::string password_file;                                 ///< its content is the password in `url`
  MissingOrder missing_order = MissingOrder::create;
  int retry_attempts = 3;
  Milliseconds retry_initial{1'000};
  double retry_multiplier = 2;
  Milliseconds retry_max{30'000};
  friend bool operator==(const Database&, const Database&) = default;
};

struct Catalog {
  CatalogBackend backend = CatalogBackend::none;
  std::string location;
  std::string token_file;
  std::string tls_ca;
  Milliseconds timeout{2'000};  ///< of one answer
  Unavailable unavailable = Unavailable::refuse;
  int retry_attempts = 3;
  int breaker_failures = 5;
  Milliseconds breaker_pause{10'000};
  int cache_codes = 10'000;
  Milliseconds cache_ttl{60'000};
  friend bool operator==(const Catalog&, const Catalog&) = default;
};

struct Api {
  std::string socket = "/run/ordersd/api.sock";
  std::string listen;  ///< empty: no TCP
  std::string hosts;   ///< further names by which clients may call it, separated by commas
  std::string token_file;
  std::string tls_certificate;
  std::string tls_key;
  std::string url;  ///< what ordersctl asks instead of the socket; empty: the socket
  std::string tls_ca;
  friend bool operator==(const Api&, const Api&) = default;
};

struct Limits {
  std::uint64_t record = 1ull << 20;
  int redrives = 5;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  friend bool operator==(const Log&, const Log&) = default;
};

struct Config {
  std::string application_id = "orders";
  std::string instance_id;  ///< the loader fills in the host's name
  Kafka kafka;
  Topics topics;
  Stream stream;
  Join join;
  State state;
  Database database;
  Catalog catalog;
  Api api;
  Limits limits;
  Log log;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace orders::config
