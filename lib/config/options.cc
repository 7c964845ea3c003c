// One row an option. A default is never written here: it is what a fresh Config holds.
#include "config/options.h"

#include <chrono>

#include "config/kinds.h"
#include "config/properties.h"
#include "config/rules.h"

// The way to a member, for reading and for writing.
#define AT(member) \
  [](auto& config) -> auto& { return config.member; }

namespace orders::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Table = std::vector<Option>;

constexpr std::uint64_t KiB = 1ull << 10;
constexpr std::uint64_t MiB = 1ull << 20;
constexpr std::uint64_t TiB = 1ull << 40;
constexpr Milliseconds ten_years = hours(24 * 3'650);  // a sum of several of them is far from overflowing

/// See Option::reloadable.
Option live(Option option) {
  option.reloadable = true;
  return option;
}

void add_identity(Table& table) {
  table.push_back(kinds::text("application_id", AT(application_id), rules::kafka_name(),
                              "consumer group, transactional ids and state folder begin with it"));
  table.push_back(kinds::text("instance_id", AT(instance_id), rules::kafka_name_or_empty(),
                              "unique among the daemons that share application_id, and lasting; when empty, the host's "
                              "name"));
}

void add_kafka(Table& table) {
  table.push_back(kinds::text("kafka.bootstrap_servers", AT(kafka.bootstrap_servers), rules::bootstrap_servers(),
                              "brokers to begin with, separated by commas"));
  // Above PT5M librdkafka's max.poll.interval.ms would be shorter; Kafka's own transaction.max.timeout.ms is PT15M.
  table.push_back(kinds::duration("kafka.session_timeout", AT(kafka.session_timeout), {1s, 5min},
                                  "a worker that is silent for so long loses its partitions"));
  table.push_back(kinds::duration("kafka.transaction_timeout", AT(kafka.transaction_timeout), {1s, 15min},
                                  "the broker aborts a transaction that is open for so long"));
  Option properties = kinds::row(std::string(properties_option), Type::properties,
                                 "any librdkafka property (security.protocol, sasl.*, ssl.*, ...); those that ordersd "
                                 "owns are refused; secrets may be file:/PATH",
                                 "a map of librdkafka's properties");
  properties.get = [](const Config&) { return std::string("{}"); };  // written out by those who show it
  properties.set = [](Config&, const std::string&) { return false; };
  table.push_back(std::move(properties));
}

void add_topics(Table& table) {
  const auto topic = [&](std::string name, auto at, std::string text) {
    table.push_back(kinds::text(std::move(name), at, rules::kafka_name(), std::move(text)));
  };
  topic("topics.orders", AT(topics.orders), "new orders, and the results");
  topic("topics.payments", AT(topics.payments), "answers of the payment service");
  topic("topics.stock", AT(topics.stock), "answers of the inventory service");
  topic("topics.dead_letter", AT(topics.dead_letter), "records that could not be processed");
  topic("topics.drained", AT(topics.drained), "which dead letters were drained");
  table.push_back(kinds::choice("topics.key_format", AT(topics.key_format),
                                {{"int64", KeyFormat::int64}, {"string", KeyFormat::string}},
                                "the order id as 8 bytes big-endian, or as decimal text"));
}

void add_stream(Table& table) {
  table.push_back(kinds::whole("stream.threads", AT(stream.threads), {1, 64}, "workers of the join"));
  table.push_back(kinds::duration("stream.commit_interval", AT(stream.commit_interval), {1ms, 15min},
                                  "commit at the latest; ISO 8601, or 500ms, 10s, 5m, 2h"));
  table.push_back(kinds::choice("stream.commit", AT(stream.commit),
                                {{"adaptive", CommitMode::adaptive}, {"interval", CommitMode::interval}},
                                "whether to commit sooner when the inputs are drained"));
  table.push_back(kinds::duration("stream.commit_min_interval", AT(stream.commit_min_interval), {0ms, 15min},
                                  "never sooner than this after the last commit"));
  table.push_back(kinds::choice("stream.start", AT(stream.start),
                                {{"earliest", Start::earliest}, {"latest", Start::latest}},
                                "where an application without committed offsets begins"));
}

Option window_row() {
  auto option = kinds::duration("join.window", AT(join.before), {0ms, ten_years},
                                "how far a stock record may lie from its payment, or {before: PT5S, after: PT10S}");
  option.get = [](const Config& config) {
    const auto before = format_duration(config.join.before);
    const auto after = format_duration(config.join.after);
    return before == after ? before : "{before: " + before + ", after: " + after + "}";
  };
  option.set = [set_before = option.set](Config& config, const std::string& value) {
    if (!set_before(config, value)) return false;
    config.join.after = config.join.before;
    return true;
  };
  option.expected += ", or {before, after}";
  return option;
}

void add_join_window(Table& table) {
  table.push_back(window_row());
  table.push_back(kinds::duration("join.window.before", AT(join.before), {0ms, ten_years},
                                  "how far a stock record may lie before its payment"));
  table.push_back(kinds::duration("join.window.after", AT(join.after), {0ms, ten_years},
                                  "how far a stock record may lie after its payment"));
  table.push_back(kinds::duration("join.grace", AT(join.grace), {0ms, ten_years},
                                  "how much later than the window's end a record is still on time"));
}

void add_join(Table& table) {
  const kinds::Choices<Disposition> dispositions = {{"dead_letter", Disposition::dead_letter},
                                                    {"drop", Disposition::drop}};
  add_join_window(table);
  table.push_back(kinds::choice("join.late", AT(join.late), dispositions, "what becomes of late records"));
  table.push_back(kinds::choice("join.unmatched", AT(join.unmatched), dispositions,
                                "what becomes of records that never had a partner"));
  table.push_back(kinds::choice("join.duplicates", AT(join.duplicates),
                                {{"emit", Duplicates::emit}, {"suppress", Duplicates::suppress}},
                                "whether a repeated answer gives a result again"));
  table.push_back(kinds::choice("join.unknown_status", AT(join.unknown_status),
                                {{"dead_letter", UnknownStatus::dead_letter}, {"pass", UnknownStatus::pass}},
                                "what becomes of a status other than ACCEPT and REJECT"));
  table.push_back(
      kinds::choice("join.store", AT(join.store),
                    {{"memory", BufferStore::memory}, {"disk", BufferStore::disk}, {"auto", BufferStore::automatic}},
                    "where records wait: auto means memory until join.memory is reached or the window is over an hour"));
  table.push_back(kinds::size("join.memory", AT(join.memory), {MiB, TiB}, "memory for records that wait; on disk, for those not yet written or read often"));
}

void add_state(Table& table) {
  table.push_back(kinds::text("state.directory", AT(state.directory), rules::not_empty("the path of a folder"),
                              "the folder of the table of orders and of what else must last"));
  table.push_back(kinds::choice("state.standby", AT(state.standby), {{"all", Standby::all}},
                                "every instance keeps the whole table, and any of them answers any query"));
  table.push_back(kinds::size("state.memory", AT(state.memory), {8 * MiB, TiB},
                              "all of RocksDB's memory, the table's and the join's: write buffers, block cache, index and filter blocks"));
  table.push_back(
      kinds::size("state.cache", AT(state.cache), {MiB, TiB}, "the part of state.memory that caches reads"));
}

void add_retry(Table& table) {
  table.push_back(kinds::whole("database.retry.attempts", AT(database.retry_attempts), {1, 100},
                               "tries of a row that a rule of the database refuses, before it is dead-lettered"));
  table.push_back(kinds::duration("database.retry.backoff.initial", AT(database.retry_initial), {1ms, 1h},
                                  "the first wait between tries"));
  table.push_back(kinds::decimal("database.retry.backoff.multiplier", AT(database.retry_multiplier), {1, 100},
                                 "how much longer each further wait is"));
  table.push_back(
      kinds::duration("database.retry.backoff.max", AT(database.retry_max), {1ms, 24h},
                      "the longest wait (PT5S while the database is away)"));
}

void add_database(Table& table) {
  table.push_back(kinds::choice("database.backend", AT(database.backend),
                                {{"postgresql", DatabaseBackend::postgresql},
                                 {"embedded", DatabaseBackend::embedded},
                                 {"none", DatabaseBackend::none}},
                                "where the orders' rows are; embedded is for one instance"));
  auto url = kinds::text("database.url", AT(database.url), rules::database_url(),
                         "address of the database; the password better in password_file");
  url.secret = true;
  table.push_back(std::move(url));
  table.push_back(kinds::text("database.password_file", AT(database.password_file), rules::anything(),
                              "a file that holds the password for database.url"));
  table.push_back(kinds::choice(
      "database.missing_order", AT(database.missing_order),
      {{"create", MissingOrder::create}, {"dead_letter", MissingOrder::dead_letter}, {"ignore", MissingOrder::ignore}},
      "what to do with a result whose order has no row"));
  add_retry(table);
}

/// Of the catalog service: what is tried again, when it is left in peace, what is remembered.
void add_catalog_patience(Table& table) {
  table.push_back(kinds::duration("catalog.timeout", AT(catalog.timeout), {10ms, 10s},
                                  "how long the catalog service may take for an answer"));
  table.push_back(kinds::choice("catalog.unavailable", AT(catalog.unavailable),
                                {{"refuse", Unavailable::refuse}, {"accept", Unavailable::accept}},
                                "what becomes of new orders while it is away; accept takes them unchecked"));
  table.push_back(kinds::whole("catalog.retry.attempts", AT(catalog.retry_attempts), {1, 10},
                               "tries for a code, with growing pauses between them"));
  table.push_back(kinds::whole("catalog.breaker.failures", AT(catalog.breaker_failures), {1, 1'000},
                               "after so many failures in a row it is asked no more"));
  table.push_back(kinds::duration("catalog.breaker.pause", AT(catalog.breaker_pause), {100ms, 1h},
                                  "after this it is asked again, for one code at first"));
  table.push_back(kinds::whole("catalog.cache.codes", AT(catalog.cache_codes), {0, 1'000'000},
                               "how many codes that it has are remembered"));
  table.push_back(
      kinds::duration("catalog.cache.ttl", AT(catalog.cache_ttl), {0ms, 24h}, "for how long they are remembered"));
}

void add_catalog(Table& table) {
  table.push_back(
      kinds::choice("catalog.backend", AT(catalog.backend),
                    {{"none", CatalogBackend::none}, {"file", CatalogBackend::file}, {"http", CatalogBackend::http}},
                    "what the item codes of new orders are checked against"));
  auto location = kinds::text("catalog.location", AT(catalog.location), rules::anything(),
                              "a file of product codes, or the catalog service's address, in which {code} stands for "
                              "the code; without it the code is appended");
  location.maybe_url = true;
  table.push_back(std::move(location));
  table.push_back(kinds::text("catalog.token_file", AT(catalog.token_file), rules::anything(),
                              "a file that holds the token for the catalog service"));
  table.push_back(kinds::text("catalog.tls_ca", AT(catalog.tls_ca), rules::anything(),
                              "a file of certificates, PEM, that are trusted instead of the system's"));
  add_catalog_patience(table);
}

void add_api(Table& table) {
  table.push_back(kinds::text("api.socket", AT(api.socket), rules::socket_path(), "the Unix socket of the daemon"));
  table.push_back(kinds::text("api.listen", AT(api.listen), rules::listen_address(),
                              "for TCP too, with token_file; beyond loopback with tls_certificate and tls_key"));
  table.push_back(live(kinds::text("api.hosts", AT(api.hosts), rules::hosts(),
                                   "names by which TCP clients may call the daemon, beside the one in listen")));
  table.push_back(live(kinds::text("api.token_file", AT(api.token_file), rules::anything(),
                                   "a file that holds the token that TCP clients must show, 16 bytes or more")));
  table.push_back(live(kinds::text("api.tls_certificate", AT(api.tls_certificate), rules::anything(),
                                   "a file: the certificate, PEM, with its chain")));
  table.push_back(
      live(kinds::text("api.tls_key", AT(api.tls_key), rules::anything(), "a file: its private key, PEM")));
  table.push_back(live(kinds::text("api.url", AT(api.url), rules::api_url(),
                                   "for ordersctl: the daemon's address, with token_file, instead of the socket")));
  table.push_back(
      live(kinds::text("api.tls_ca", AT(api.tls_ca), rules::anything(),
                       "for ordersctl: a file of certificates, PEM, that it trusts instead of the system's")));
}

void add_limits(Table& table) {
  table.push_back(
      kinds::size("limits.record", AT(limits.record), {KiB, 60 * MiB}, "a larger record is dead-lettered"));
  table.push_back(live(kinds::whole("limits.redrives", AT(limits.redrives), {0, 1'000},
                                    "a dead letter that came back so often is not redriven again")));
}

void add_log(Table& table) {
  table.push_back(live(kinds::choice("log.level", AT(log.level),
                                     {{"trace", LogLevel::trace},
                                      {"debug", LogLevel::debug},
                                      {"info", LogLevel::info},
                                      {"warn", LogLevel::warn},
                                      {"error", LogLevel::error}},
                                     "the least severe messages that are logged")));
  table.push_back(
      live(kinds::choice("log.format", AT(log.format),
                         {{"text", LogFormat::text}, {"json", LogFormat::json}, {"journald", LogFormat::journald}},
                         "where and how: text and json go to standard error")));
}

Table make_table() {
  Table table;
  add_identity(table);
  add_kafka(table);
  add_topics(table);
  add_stream(table);
  add_join(table);
  add_state(table);
  add_database(table);
  add_catalog(table);
  add_api(table);
  add_limits(table);
  add_log(table);
  return table;
}

}  // namespace

std::span<const Option> options() {
  static const Table table = make_table();
  return table;
}

std::span<const Section> sections() {
  static const std::vector<Section> all = {
      {"kafka", "How to reach the cluster"},
      {"topics", "Names of the topics, and the form of their keys"},
      {"stream", "How the join runs"},
      {"join", "Which answers belong together, and what becomes of the others"},
      {"join.window", "How far a stock record may lie before and after its payment"},
      {"state", "The local table of orders"},
      {"database", "The orders' rows"},
      {"database.retry", "Rows that the database can't take at the moment"},
      {"database.retry.backoff", "The waits between tries", true},
      {"catalog", "The products that can be ordered"},
      {"catalog.retry", "Answers that fail and may pass", true},
      {"catalog.breaker", "A catalog service that is away is left in peace", true},
      {"catalog.cache", "Codes that need not be asked for again", true},
      {"api", "How ordersctl and others talk to the daemon"},
      {"limits", "Bounds that protect the daemon"},
      {"log", "The log"}};
  return all;
}

const Option* find_option(std::string_view name) {
  for (const Option& option : options()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

const Section* find_section(std::string_view name) {
  for (const Section& section : sections()) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

bool is_part_of(std::string_view name, std::string_view whole) {
  return name.size() > whole.size() && name.starts_with(whole) && name[whole.size()] == '.';
}

bool is_part(const Option& option) { return find_option(parent_of(option.name)) != nullptr; }

bool is_address(const Option& option, std::string_view value) {
  return option.secret || (option.maybe_url && value.find("://") != std::string_view::npos);
}

std::string_view parent_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

std::string_view leaf_of(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  for (const Option& option : options()) names.push_back(option.name);
  return names;
}

}  // namespace orders::config
