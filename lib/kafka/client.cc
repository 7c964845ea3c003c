#include "kafka/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <new>

#include "base/bytes.h"
#include "base/heartbeat.h"
#include "base/log.h"
#include "config/properties.h"
#include "config/secrets.h"
#include "kafka/advice.h"

namespace orders::kafka {
namespace {

/// A shorter one can't be told from the words of a message.
constexpr std::size_t shortest_secret = 4;

/// Does the line say why something fails? Some that say why a connection does are of the level of information only; that
/// one was closed, for having been idle, say, is no reason. Others say less than the line before: that a transaction
/// failed (its calls say so, too), for which partitions nothing was tried, that on_certificate() has refused a
/// certificate. Warnings of the configuration are no failures.
bool is_failure(int level, std::string_view facility, std::string_view line) {
  if (facility == "FAIL") return line.find(": Disconnected (") == std::string_view::npos;
  if (facility == "TXNERR" || facility == "SSLCERTVRFY" || facility == "CONFWARN") return false;
  return level <= 4 && line.find("Operation not attempted") == std::string_view::npos;
}

/// librdkafka repeats itself while a broker is away: its lines are for debugging; what a client's owner makes of them
/// (degraded, with the last of these lines as the reason) is what is logged.
void on_log(const rd_kafka_t* client, int level, const char* facility, const char* line) {
  auto* context = client == nullptr ? nullptr : static_cast<ClientContext*>(rd_kafka_opaque(client));
  if (context == nullptr) return;
  if (is_failure(level, facility, line)) context->failed(line);
  if (spdlog::should_log(spdlog::level::debug)) {
    spdlog::debug("librdkafka {} {}: {}", level, facility, context->without_secrets(line));
  }
}

void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
  auto& context = *static_cast<ClientContext*>(opaque);
  spdlog::debug("librdkafka {}: {}: {}", rd_kafka_name(client),
                rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code)), context.without_secrets(reason));
  // That all are down follows, and says less than, why the last of them is.
  if (code != RD_KAFKA_RESP_ERR__FATAL && code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) context.failed(reason);
}

/// OpenSSL's verdict is taken over as it is; only its reason is kept.
int on_certificate(rd_kafka_t*, const char* broker, std::int32_t, int* x509_error, int, const char*, std::size_t,
                   char* text, std::size_t text_size, void* opaque) {
  if (*x509_error == 0) return 1;
  auto reason = certificate_reason(*x509_error, broker);
  *fmt::format_to_n(text, text_size - 1, "{}", reason).out = '\0';
  static_cast<ClientContext*>(opaque)->distrusted(std::move(reason));
  return 0;
}

constexpr Milliseconds first_try{1'000};  ///< enough for a connection with all its handshakes

bool says_little(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

}  // namespace

std::string TopicPartition::text() const { return fmt::format("{}[{}]", topic, partition); }

void ClientContext::hide(std::string secret) {
  if (secret.size() >= shortest_secret) secrets_.push_back(std::move(secret));
}

std::string ClientContext::without_secrets(std::string text) const {
  for (const auto& secret : secrets_) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + config::mask.size())) {
      text.replace(at, secret.size(), config::mask);
    }
  }
  return text;
}

void ClientContext::failed(std::string text) {
  text = without_secrets(std::move(text));
  // "[thrd:host:9092/bootstrap]: host:9092/bootstrap: Connect to … failed": without librdkafka's thread
  if (text.starts_with("[thrd:")) {
    if (const auto end = text.find("]: "); end != std::string::npos) text.erase(0, end + 3);
  }
  const std::lock_guard lock(mutex_);
  if (text.find("certificate verify failed") != std::string::npos && !certificate_reason_.empty()) {
    // "SSL handshake failed: error:0A000086:…", or just the second half
    const auto handshake = std::min(text.find("SSL handshake failed"), text.find("error:"));
    if (handshake != std::string::npos)
      text.replace(handshake, std::string::npos, "its certificate is not trusted: " + certificate_reason_);
  }
  last_failure_ = std::move(text);
}

void ClientContext::distrusted(std::string certificate_reason) {
  const std::lock_guard lock(mutex_);
  certificate_reason_ = std::move(certificate_reason);
}

std::string ClientContext::last_failure() const {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

ClientConfig::ClientConfig(const Connection& connection, ClientContext& context)
    : connection_(connection), context_(context), conf_(rd_kafka_conf_new()) {
  for (const auto& [name, value] : connection.properties) {
    if (!config::is_secret_property(name)) continue;
    context.hide(value);
    // Quoted from where it is not understood.
    std::string_view rest = name == "sasl.oauthbearer.config" ? value : std::string_view{};
    while (!rest.empty()) context.hide(std::string(take_until(rest, ' ')));
  }
  rd_kafka_conf_set_opaque(conf_, &context);
  rd_kafka_conf_set_log_cb(conf_, on_log);
  rd_kafka_conf_set_error_cb(conf_, on_error);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf_, on_certificate);
  set("bootstrap.servers", connection.bootstrap_servers);
  set("client.id", connection.client_id);
  set("reconnect.backoff.ms", "50");
  set("reconnect.backoff.max.ms", "1000");
  set("socket.keepalive.enable", "true");
  set("log.connection.close", "true");  // with it goes what is said of a listener that wants TLS
  set("topic.metadata.refresh.interval.ms", "30000");
}

ClientConfig::~ClientConfig() {
  if (conf_ != nullptr) rd_kafka_conf_destroy(conf_);
}

void ClientConfig::set(const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(conf_, name.c_str(), value.c_str(), reason.data(), reason.size()) == RD_KAFKA_CONF_OK) return;
  if (refusal_.empty()) {
    refusal_ = fmt::format("kafka.properties.{}: {}", name, context_.without_secrets(reason.data()));
  }
}

Result<rd_kafka_t*> ClientConfig::make(rd_kafka_type_t type) {
  for (const auto& [name, value] : connection_.properties) set(name, value);
  if (!refusal_.empty()) return fail(ErrorClass::invalid, refusal_);
  std::array<char, 512> reason{};
  rd_kafka_t* client = rd_kafka_new(type, conf_, reason.data(), reason.size());
  if (client == nullptr) {
    return fail(ErrorClass::invalid, fmt::format("librdkafka refuses its configuration: {}",
                                                 context_.without_secrets(reason.data())));
  }
  conf_ = nullptr;  // the client owns it now
  return client;
}

ErrorClass classify(rd_kafka_resp_err_t code) {
  if (is_denied(code)) return ErrorClass::denied;
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return ErrorClass::gap;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      return ErrorClass::fenced;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
      return ErrorClass::record;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__STATE:
      return ErrorClass::recreate;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__UNKNOWN_GROUP:
      return ErrorClass::bug;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return ErrorClass::refused;
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return ErrorClass::invalid;
    default:
      return ErrorClass::wait;
  }
}

tl::unexpected<Error> failure(rd_kafka_resp_err_t code, std::string what, const ClientContext* context) {
  std::string message = fmt::format("{}: {}", what, rd_kafka_err2str(code));
  auto hint = permission_advice(code);
  if (context != nullptr && says_little(code)) {
    if (const auto last = context->last_failure(); !last.empty()) {
      message += fmt::format(" ({})", last);
      hint = connection_advice(last);
    }
  }
  return fail(classify(code), std::move(message), std::move(hint));
}

Result<Metadata> ask_metadata(rd_kafka_t* client, rd_kafka_topic_t* topic, Milliseconds timeout, std::string what,
                              const ClientContext& context) {
  const heartbeat::Wait wait("asking the broker for metadata", timeout);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto ask = [&](Milliseconds within) {
    return rd_kafka_metadata(client, topic == nullptr ? 1 : 0, topic, &metadata, to_timeout(within));
  };
  // A certificate or a password that was refused will be refused again: the rest of a long time is not waited out.
  const auto first = timeout > 4 * first_try ? first_try : timeout;
  auto code = ask(first);
  if (says_little(code) && timeout > first && connection_advice(context.last_failure()).empty())
    code = ask(timeout - first);
  if (code) return failure(code, std::move(what), &context);
  return Metadata(metadata);
}

PartitionList to_list(std::span<const PartitionOffset> offsets) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [at, offset, metadata] : offsets) {
    auto* added = rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
    added->offset = offset;
    if (metadata.empty()) continue;
    added->metadata = malloc(metadata.size());  // freed by the list, with free()
    if (added->metadata == nullptr) throw std::bad_alloc();
    metadata.copy(static_cast<char*>(added->metadata), metadata.size());
    added->metadata_size = metadata.size();
  }
  return list;
}

int to_timeout(Milliseconds timeout) {
  return static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 0, std::numeric_limits<int>::max()));
}

}  // namespace orders::kafka
