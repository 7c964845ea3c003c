#include "topology/commit_metadata.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace orders::topology {
namespace {

/// More than can be configured, and so little that no sum of windows and times overflows.
constexpr Milliseconds longest{std::chrono::years{100}};

std::string encode_time(const std::optional<Timestamp>& time) { return time ? std::to_string(to_millis(*time)) : "-"; }

std::string encode_checkpoint(const Checkpoint& at) {
  return fmt::format("{}@{}", at.offset, encode_time(at.stream_time));
}

std::string encode_settings(const FateSettings& settings) {
  std::string flags;
  if (settings.join.suppress_duplicates) flags += 'd';
  if (settings.join.pass_unknown) flags += 'u';
  if (settings.key_format == config::KeyFormat::string) flags += 'k';
  return fmt::format("{},{},{},{}", settings.join.before.count(), settings.join.after.count(),
                     settings.join.grace.count(), flags.empty() ? "-" : flags);
}

bool decode_time(std::string_view text, std::optional<Timestamp>& time) {
  if (text == "-") return true;
  const auto millis = parse_int64(text);
  if (millis) time = from_millis(*millis);
  return millis && *millis >= 0;  // records below move no stream time
}

bool decode_checkpoint(std::string_view text, Checkpoint& at) {
  const auto offset = parse_int64(take_until(text, '@'));
  if (offset) at.offset = *offset;
  return offset && *offset >= 0 && decode_time(text, at.stream_time);
}

bool decode_settled(std::string_view text, Settled& settled) {
  Checkpoint both;
  const bool good = decode_checkpoint(text, both);
  settled = {both.offset, both.stream_time};
  return good;
}

bool decode_millis(std::string_view text, Milliseconds& duration) {
  const auto millis = parse_int64(text);
  if (millis) duration = Milliseconds{*millis};
  return millis && *millis >= 0 && duration <= longest;
}

bool decode_settings(std::string_view text, FateSettings& settings) {
  bool good = decode_millis(take_until(text, ','), settings.join.before);
  good = decode_millis(take_until(text, ','), settings.join.after) && good;
  good = decode_millis(take_until(text, ','), settings.join.grace) && good;
  for (const char flag : text) {
    if (flag == 'd') settings.join.suppress_duplicates = true;
    if (flag == 'u') settings.join.pass_unknown = true;
    if (flag == 'k') settings.key_format = config::KeyFormat::string;
    good = good && std::string_view("duk-").find(flag) != std::string_view::npos;
  }
  return good && !text.empty();
}

bool decode_field(std::string_view name, std::string_view value, CommitMetadata& metadata) {
  auto change = [&]() -> CommitMetadata::Change& {
    return metadata.change ? *metadata.change : metadata.change.emplace();
  };
  if (name == "t") return decode_time(value, metadata.stream_time);
  if (name == "f") return decode_checkpoint(value, metadata.start.from);
  if (name == "j") return decode_settled(value, metadata.start.settled);
  if (name == "s") return decode_settings(value, metadata.settings);
  if (name == "c") return decode_checkpoint(value, change().at);
  if (name == "o") return decode_settings(value, change().before);
  return false;
}

}  // namespace

Result<> check_change(const CommitMetadata& committed, std::int64_t offset, const FateSettings& settings,
                      std::string_view where) {
  if (!committed.change || committed.settings == settings || committed.change->at.offset == offset) return {};
  auto left = committed.settings.join.retention() * 2;
  if (const auto& then = committed.change->at.stream_time; then && committed.stream_time)
    left = std::max<Milliseconds>(left - (*committed.stream_time - *then), Milliseconds{1});
  return fail(
      ErrorClass::invalid,
      fmt::format("{}: the join's settings (window, grace, duplicates, unknown_status, key_format) were changed again "
                  "before the change before it has passed",
                  where),
      fmt::format("restore the settings that ran last until about {} more of the inputs' time have passed, or wind the "
                  "join back: ordersctl replay reset --to current",
                  format_duration(left)));
}

std::string encode(const CommitMetadata& metadata) {
  const auto& [from, settled] = metadata.start;
  auto text = fmt::format("2 t={} f={} j={} s={}", encode_time(metadata.stream_time), encode_checkpoint(from),
                          encode_checkpoint({settled.offset, settled.time}), encode_settings(metadata.settings));
  if (metadata.change) {
    text += fmt::format(" c={} o={}", encode_checkpoint(metadata.change->at), encode_settings(metadata.change->before));
  }
  return text;
}

Result<std::optional<CommitMetadata>> decode(std::string_view text) {
  const auto whole = text;
  const auto version = take_until(text, ' ');
  // Kafka Streams' metadata is base64: one word. Ours is a number, and then fields.
  if (!parse_int64(version) || !text.starts_with("t=")) return std::nullopt;
  if (version != "1" && version != "2") {
    return fail(ErrorClass::gap,
                fmt::format("the committed offset's metadata is not of a version that this ordersd reads: '{}'",
                            printable(whole)),
                "a newer ordersd or another program wrote it: use that, or go on without it: ordersctl "
                "replay reset --accept-gap");
  }
  CommitMetadata metadata;
  std::string seen;
  const std::string wanted = version == "1" ? "tfs" : "tfjs";
  while (!text.empty()) {
    auto field = take_until(text, ' ');
    const auto name = take_until(field, '=');
    if (!decode_field(name, field, metadata)) seen += '!';
    seen += name;
  }
  if (seen != wanted && seen != wanted + "co") {
    return fail(ErrorClass::gap, fmt::format("the committed offset's metadata is damaged: '{}'", printable(whole)),
                "go on without it: ordersctl replay reset --accept-gap");
  }
  return metadata;
}

}  // namespace orders::topology
