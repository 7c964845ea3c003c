#include "ordersctl/dlq.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <regex>

#include "base/bytes.h"
#include "order/key.h"
#include "ordersctl/arguments.h"
#include "ordersctl/moment.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {
namespace {

std::vector<std::string> reasons() {
  std::vector<std::string> names{"unknown"};
  for (int i = 0; i <= static_cast<int>(failure::Reason::broker_refused); ++i)
    names.emplace_back(to_string(static_cast<failure::Reason>(i)));
  return names;
}

std::string quoted_or_null(const std::string& text) { return text.empty() ? "null" : raw_json::quote(text); }

std::string original_json(const dlq::Letter& letter) {
  const auto& of = letter.of;
  if (of.topic.empty()) return "null";
  return fmt::format(R"({{"topic":{},"partition":{},"offset":{},"timestamp":{}}})", raw_json::quote(of.topic),
                     of.partition, of.offset, quoted_or_null(original_time(letter)));
}

}  // namespace

bool LetterFlags::any() const {
  return !ids.empty() || !reasons.empty() || !topics.empty() || !keys.empty() || since || until;
}

void add_letter_flags(CLI::App& command, LetterFlags& flags) {
  const auto add_list = [&](const char* name, std::vector<std::string>& target, const char* description) {
    return command.add_option(name, target, description)->allow_extra_args(false);
  };
  add_list("--reason", flags.reasons, "Only those of this reason. May be repeated")
      ->type_name("REASON")
      ->check(CLI::IsMember(reasons()));
  add_list("--topic", flags.topics, "Only those of records of this topic. May be repeated")->type_name("TOPIC");
  add_list("--key", flags.keys, "Only those of this order. May be repeated")->type_name("ID");
  add_moment(command, "--since", flags.since,
             "Only those that became dead letters then or later: a time in UTC, or -15m");
  add_moment(command, "--until", flags.until, "Only those that became dead letters before");
  add_duration(command, "--timeout", flags.timeout, "How long to wait for each answer (PT30S)");
}

Result<dlq::Filter> filter_of(const LetterFlags& flags, const config::Config& config) {
  static const std::regex place(R"([^\s\[\]]+\[\d{1,9}\]@\d{1,18})");
  for (const auto& id : flags.ids) {
    if (std::regex_match(id, place)) continue;
    return fail(ErrorClass::invalid, fmt::format("'{}' is no dead letter's id, which is topic[partition]@offset", id),
                "ordersctl dlq list --letters shows them; the record's original place will do, too");
  }
  dlq::Filter filter{flags.ids, flags.reasons, flags.topics, {}, flags.since, flags.until};
  for (const auto& key : flags.keys) {
    const auto id = parse_int64(key);
    if (!id) return fail(ErrorClass::invalid, fmt::format("--key: '{}' is not an order id (a whole number)", key));
    filter.keys.push_back(order::encode_key(*id, config.topics.key_format));
  }
  return filter;
}

Result<dlq::DeadLetters> open_dead_letters(Context& context, Milliseconds timeout) {
  auto config = context.config();
  if (!config) return fail(std::move(config.error()));
  auto connection = context.connection();
  if (!connection) return fail(std::move(connection.error()));
  return dlq::DeadLetters::open(*connection, (*config)->topics, timeout);
}

std::string key_json(const std::optional<std::string>& key, config::KeyFormat format) {
  if (!key) return "null";
  const auto id = order::decode_key(*key, format);
  if (!id) return fmt::format(R"({{"base64":"{}"}})", base64(*key));
  return format == config::KeyFormat::int64 ? std::to_string(*id) : raw_json::quote(*key);
}

std::string key_text(const std::optional<std::string>& key, config::KeyFormat format) {
  if (!key) return "(none)";
  const auto id = order::decode_key(*key, format);
  return id ? std::to_string(*id) : printable(*key);
}

std::string letter_members(const dlq::Letter& letter, config::KeyFormat format) {
  const auto& of = letter.of;
  return fmt::format(
      R"("id":{},"time":"{}","reason":{},"message":{},"origin":{},"application":{},"attempt":{},)"
      R"("original":{},"key":{})",
      raw_json::quote(letter.id()), format_timestamp(letter.time), raw_json::quote(letter.reason()),
      quoted_or_null(of.message), quoted_or_null(of.origin), quoted_or_null(of.application), of.attempt,
      original_json(letter), key_json(letter.key, format));
}

std::string original_time(const dlq::Letter& letter) {
  return letter.of.timestamp ? format_timestamp(*letter.of.timestamp) : std::string{};
}

}  // namespace orders::ctl
