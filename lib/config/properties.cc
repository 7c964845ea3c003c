#include "config/properties.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "config/loader.h"

namespace orders::config {
namespace {

struct Refused {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view brokers = "use kafka.bootstrap_servers";
constexpr std::string_view group = "ordersd makes it from application_id";
constexpr std::string_view exactly_once = "ordersd sets it, because exactly-once depends on it";
constexpr std::string_view offsets = "ordersd commits offsets itself, in its transactions";
constexpr std::string_view assignment =
    "ordersd sets it, because the join needs equal partitions of its inputs together";
constexpr std::string_view partitions = "ordersd sets it, so that records land where the Java client puts them";
constexpr std::string_view queues = "ordersd sets it, because it keeps the fetches of a backlog going by this size";
constexpr std::string_view code = "it loads code into the daemon";
constexpr std::string_view pointer = "it is a pointer inside the program, not a setting";
constexpr std::string_view testing = "it is for librdkafka's own tests";

constexpr Refused exact[] = {
    {"bootstrap.servers", brokers},
    {"metadata.broker.list", brokers},
    {"session.timeout.ms", "use kafka.session_timeout"},
    {"transaction.timeout.ms", "use kafka.transaction_timeout"},
    {"group.id", group},
    {"group.instance.id", "ordersd makes it from instance_id"},
    {"transactional.id", "ordersd makes it from application_id and instance_id"},
    {"auto.offset.reset", "use stream.start; what is missing later is a gap, and never skipped"},
    {"isolation.level", exactly_once},
    {"enable.idempotence", exactly_once},
    {"enable.gapless.guarantee", exactly_once},
    {"acks", exactly_once},
    {"request.required.acks", exactly_once},
    {"delivery.report.only.error", exactly_once},
    {"enable.auto.commit", offsets},
    {"auto.commit.enable", offsets},
    {"enable.auto.offset.store", offsets},
    {"auto.commit.interval.ms", offsets},
    {"offset.store.method", offsets},
    {"offset.store.path", offsets},
    {"enable.partition.eof", "ordersd sets it, because a rebuild ends by it"},
    {"queued.min.messages", queues},
    {"queued.max.messages.kbytes", queues},
    {"partition.assignment.strategy", assignment},
    {"partitioner", partitions},
    {"allow.auto.create.topics", "topics are made by 'ordersctl topics create', with the right counts"},
    {"plugin.library.paths", code},
    {"ssl.engine.location", code},
    {"ssl.providers", code},
    {"interceptors", pointer},
    {"opaque", pointer},
    {"default_topic_conf", pointer},
    {"msg_order_cmp", pointer},
    {"ssl_engine_callback_data", pointer},
    {"ssl_key", pointer},
    {"ssl_certificate", pointer},
    {"ssl_ca", pointer},
    {"builtin.features", "it only tells what librdkafka can do"},
};

bool contains(std::string_view name, std::string_view part) { return name.find(part) != std::string_view::npos; }

}  // namespace

std::optional<std::string> refused_property(std::string_view name) {
  for (const Refused& refused : exact) {
    if (name == refused.name) return std::string(refused.why);
  }
  if (name.ends_with("_cb")) return std::string(pointer);  // callbacks
  if (name.starts_with("test.")) return std::string(testing);
  if (name.starts_with("max.in.flight")) return std::string(exactly_once);
  return std::nullopt;
}

bool is_secret_property(std::string_view name) {
  return contains(name, "password") || contains(name, "secret") || contains(name, "token") || name == "ssl.key.pem" ||
         name == "sasl.oauthbearer.config";
}

bool names_secret_file(std::string_view name) {
  return name == "ssl.key.location" || name == "ssl.keystore.location" || name == "sasl.kerberos.keytab";
}

std::string property_of_environment(std::string_view suffix) {
  std::string name(suffix);
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return c == '_' ? '.' : static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace orders::config
