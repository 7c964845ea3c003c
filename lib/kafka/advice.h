// Inside this module only: what to do about connections and permissions that fail, in the words of settings and ACLs.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

namespace orders::kafka {

/// Why the certificate of the broker at `address` (host:port) is not trusted, by OpenSSL's code (X509_V_ERR_…).
[[nodiscard]] std::string certificate_reason(int code, std::string_view address);

/// What to do about a connection that fails, by librdkafka's words for it; empty where they say enough, or nothing.
[[nodiscard]] std::string connection_advice(std::string_view failure);

/// The broker knows who we are, and does not let us.
[[nodiscard]] bool is_denied(rd_kafka_resp_err_t code);
/// The ACL that is missing; empty for any other error.
[[nodiscard]] std::string permission_advice(rd_kafka_resp_err_t code);
/// What to do about a group that does not take us in: the ACL, or its other members; empty for any other error.
[[nodiscard]] std::string group_advice(rd_kafka_resp_err_t code);

}  // namespace orders::kafka
