#include "replay/record_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/bytes.h"

namespace orders::replay {
namespace {

constexpr std::size_t head_size = 64u << 10;
// The version of the metadata, and what the position is of.
constexpr std::string_view file_form = "f1", topic_form = "t1";

tl::unexpected<Error> another_replay(const kafka::PartitionOffset& committed) {
  return fail(ErrorClass::refused,
              fmt::format("this name belongs to another replay, which stands at {} of {}: of another file, range, "
                          "target or settings",
                          committed.offset, committed.at.text()),
              "give this one another --name");
}

tl::unexpected<Error> unreadable(const std::filesystem::path& file) {
  return fail(ErrorClass::invalid, fmt::format("{}: {}", file.string(), std::strerror(errno)));
}

}  // namespace

Record copy(const kafka::Record& record) {
  const auto owned = [](std::optional<std::string_view> bytes) {
    return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
  };
  return {.topic = std::string(record.topic()),
          .partition = record.partition(),
          .offset = record.offset(),
          .timestamp = record.timestamp(),
          .key = owned(record.key()),
          .value = owned(record.value()),
          .headers = record.copy_headers()};
}

// --- a file

CaptureSource::CaptureSource(Options options)
    : options_(std::move(options)),
      in_(options_.file, std::ios::binary),
      reader_(in_, options_.file.string(), options_.key_format) {}

Result<std::unique_ptr<CaptureSource>> CaptureSource::open(Options options) {
  auto source = std::unique_ptr<CaptureSource>(new CaptureSource(std::move(options)));
  if (!source->in_) return unreadable(source->options_.file);
  return source;
}

std::string CaptureSource::metadata() const { return fmt::format("{}:{}", file_form, options_.identity); }

Result<> CaptureSource::begin(const Position& committed) {
  if (committed.empty()) return {};
  if (committed.front().metadata != metadata()) return another_replay(committed.front());
  return reader_.skip_to(committed.front().offset);
}

Result<std::optional<Record>> CaptureSource::next(FunctionRef<bool()> go_on) {
  if (!go_on()) return std::nullopt;
  return reader_.next();
}

Position CaptureSource::position() const { return {{options_.anchor, reader_.line(), metadata()}}; }

std::string CaptureSource::where() const { return fmt::format("{}:{}", options_.file.string(), reader_.line()); }

// --- topics

Result<std::unique_ptr<TopicSource>> TopicSource::open(Options options, Wakeup& wakeup) {
  auto reader = kafka::TopicReader::create(options.connection, options.reader, wakeup);
  if (!reader) return fail(std::move(reader.error()));
  return std::unique_ptr<TopicSource>(new TopicSource(std::move(options), *std::move(reader)));
}

/// A partition without a position was not there when the replay began.
Result<std::vector<kafka::OffsetRange>> TopicSource::ranges_of(const Position& committed) const {
  std::vector<kafka::OffsetRange> ranges;
  for (const auto& place : committed) {
    std::string_view metadata = place.metadata;
    const bool ours = take_until(metadata, ':') == topic_form && take_until(metadata, ':') == options_.identity;
    const auto end = parse_int64(metadata);
    if (!ours || !end) return another_replay(place);
    ranges.push_back({place.at, place.offset, *end, 0});
  }
  std::ranges::sort(ranges, {}, &kafka::OffsetRange::at);
  return ranges;
}

Result<> TopicSource::begin(const Position& committed) {
  auto ranges = committed.empty() ? reader_.resolve(options_.partitions, options_.range) : ranges_of(committed);
  if (!ranges) return fail(std::move(ranges.error()));
  return reader_.start(*std::move(ranges));
}

Result<std::optional<Record>> TopicSource::next(FunctionRef<bool()> go_on) {
  auto record = reader_.next(go_on);
  if (!record) return fail(std::move(record.error()));
  if (!*record) return std::nullopt;
  auto copied = copy(**record);
  where_ = {{copied.topic, copied.partition}, copied.offset};
  return copied;
}

Position TopicSource::position() const {
  Position position;
  for (const auto& [at, begin, end, gone] : reader_.left()) {
    position.push_back({at, begin, fmt::format("{}:{}:{}", topic_form, options_.identity, end)});
  }
  return position;
}

std::string TopicSource::Where::text() const { return fmt::format("{}@{}", at.text(), offset); }

// --- identities

Result<std::string> fingerprint(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return fail(ErrorClass::invalid, fmt::format("{}: {}", file.string(), error.message()));
  std::ifstream in(file, std::ios::binary);
  std::string head(head_size, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (head.empty() && size > 0)) return unreadable(file);
  return identity_of(fmt::format("{}:{}", size, head));
}

std::string identity_of(std::string_view text) { return fmt::format("{:016x}", fnv1a(text)); }

}  // namespace orders::replay
