// The journal's native protocol: see systemd.journal-fields(7).
#define SD_JOURNAL_SUPPRESS_LOCATION  // ours is that of this file, which helps nobody
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/log_sink.h"

namespace orders {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

/// syslog(3)'s.
int priority_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::critical:
      return 2;
    case spdlog::level::err:
      return 3;
    case spdlog::level::warn:
      return 4;
    case spdlog::level::info:
      return 6;
    default:
      return 7;
  }
}

class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  JournalSink(const LogIdentity& identity, JournalSend send) : send_(std::move(send)) {
    add(constant_, "SYSLOG_IDENTIFIER", identity.program);
    if (!identity.application.empty()) add(constant_, "ORDERS_APPLICATION", identity.application);
    if (!identity.instance.empty()) add(constant_, "ORDERS_INSTANCE", identity.instance);
  }

 private:
  using Fields = std::vector<std::string>;

  static void add(Fields& fields, std::string_view name, std::string_view value) {
    fields.push_back(std::string(name).append("=").append(value));
  }

  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    Fields fields = constant_;
    add(fields, "PRIORITY", std::to_string(priority_of(message.level)));
    add(fields, "MESSAGE", {text.data(), text.size()});
    add(fields, "TID", std::to_string(message.thread_id));
    if (const auto* subject = current_subject()) {
      for_each_member(
          *subject, [&](const char*, const char* field, const std::string& value, bool) { add(fields, field, value); });
    }
    std::vector<iovec> parts;
    for (auto& field : fields) parts.push_back({field.data(), field.size()});
    (void)send_(parts.data(), static_cast<int>(parts.size()));  // whom could it be told?
  }
  void flush_() override {}

  const JournalSend send_;
  Fields constant_;
};

}  // namespace

spdlog::sink_ptr journal_sink(const LogIdentity& identity) { return journal_sink(identity, &sd_journal_sendv); }

spdlog::sink_ptr journal_sink(const LogIdentity& identity, JournalSend send) {
  return std::make_shared<JournalSink>(identity, std::move(send));
}

bool is_journal_there() { return ::access(journal_socket, W_OK) == 0; }

}  // namespace orders
