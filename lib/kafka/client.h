// Inside this module only: holders of librdkafka's C objects, the configuration of a client, classes of its errors.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/types.h"

namespace orders::kafka {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using RdError = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;
using GroupMetadata =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, Destroyer<rd_kafka_consumer_group_metadata_destroy>>;

/// What a client's callbacks know; its address is the handle's opaque, so it must not move.
/// The last failure that librdkafka logged, so that a mere timeout can say why. Any thread.
class ClientContext {
 public:
  /// A value that is to be in nothing that librdkafka says: it leaves out those that it takes for secrets, but quotes
  /// sasl.oauthbearer.config, say. Before the client is made.
  void hide(std::string secret);
  [[nodiscard]] std::string without_secrets(std::string text) const;
  void failed(std::string text);
  /// librdkafka itself only says that some certificate was not trusted.
  void distrusted(std::string certificate_reason);
  [[nodiscard]] std::string last_failure() const;
  void* owner = nullptr;  ///< of the callbacks that need more than this

 private:
  std::vector<std::string> secrets_;
  mutable std::mutex mutex_;
  std::string last_failure_;
  std::string certificate_reason_;  ///< of the last certificate that was not trusted
};

/// A configuration under construction. Sets what all clients share; `set` notes the first refusal, which make()
/// returns.
class ClientConfig {
 public:
  ClientConfig(const Connection& connection, ClientContext& context);
  ~ClientConfig();
  ClientConfig(const ClientConfig&) = delete;
  ClientConfig& operator=(const ClientConfig&) = delete;

  void set(const std::string& name, const std::string& value);
  [[nodiscard]] rd_kafka_conf_t* conf() { return conf_; }
  /// The user's properties go on top, then the client is made. The configuration is used up.
  [[nodiscard]] Result<rd_kafka_t*> make(rd_kafka_type_t type);

 private:
  const Connection& connection_;
  ClientContext& context_;
  rd_kafka_conf_t* conf_;
  std::string refusal_;
};

/// Of a request that a hung broker does not answer. A client can't be destroyed before; librdkafka's default is a
/// minute.
inline constexpr const char* request_timeout = "5000";
/// How long destroying a client may take, therefore, with what it does besides.
inline constexpr Milliseconds closing_time{10'000};

/// An error of a plain call: `wait` for what passes, `denied` for a missing ACL, `gap` for lost offsets, `fenced`,
/// `record`, `recreate` for fatal.
[[nodiscard]] ErrorClass classify(rd_kafka_resp_err_t code);
/// With the ACL that is missing, or why the connection fails and the setting to look at, as its hint.
[[nodiscard]] tl::unexpected<Error> failure(rd_kafka_resp_err_t code, std::string what,
                                            const ClientContext* context = nullptr);

/// Of one topic, or of all when it is null.
[[nodiscard]] Result<Metadata> ask_metadata(rd_kafka_t* client, rd_kafka_topic_t* topic, Milliseconds timeout,
                                            std::string what, const ClientContext& context);

[[nodiscard]] PartitionList to_list(std::span<const PartitionOffset> offsets);
[[nodiscard]] int to_timeout(Milliseconds timeout);

}  // namespace orders::kafka
