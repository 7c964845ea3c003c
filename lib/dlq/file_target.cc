#include "dlq/file_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "replay/capture.h"

namespace orders::dlq {
namespace {

constexpr std::string_view line_begin = R"({"topic":)";

/// The letter's identity, from its line.
std::string identity_of(const replay::Record& line) {
  Letter letter;
  letter.at = {line.topic, line.partition};
  letter.offset = line.offset;
  letter.time = line.timestamp;
  letter.of = failure::read_headers(line.headers);
  return letter.identity();
}

}  // namespace

replay::Record captured(const Letter& letter) {
  replay::Record record;
  const bool known = !letter.of.topic.empty();
  record.topic = known ? letter.of.topic : letter.at.topic;
  record.partition = known ? letter.of.partition : letter.at.partition;
  record.offset = known ? letter.of.offset : letter.offset;
  record.timestamp = known && letter.of.timestamp ? *letter.of.timestamp : letter.time;
  record.key = letter.key;
  record.value = letter.value;
  record.headers = letter.headers;
  return record;
}

Result<FileTarget> FileTarget::open(const std::filesystem::path& path, config::KeyFormat key_format) {
  auto lock = FileLock::acquire(path);
  if (!lock) {
    auto error = std::move(lock.error());
    if (error.error_class == ErrorClass::wait) error.error_class = ErrorClass::bug;  // a file is nothing that is away
    return fail(std::move(error));
  }
  FileTarget target(path, key_format, *std::move(lock), ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (target.fd_ < 0) return fail(target.failed("can't open"));
  if (auto safe = target.sync_name(); !safe) return fail(std::move(safe.error()));
  if (auto mended = target.mend_end(); !mended) return fail(std::move(mended.error()));
  if (auto read = target.read(); !read) return fail(std::move(read.error()));
  return target;
}

FileTarget::FileTarget(FileTarget&& other) noexcept
    : path_(std::move(other.path_)),
      key_format_(other.key_format_),
      lock_(std::move(other.lock_)),
      fd_(std::exchange(other.fd_, -1)),
      has_(std::move(other.has_)) {}

FileTarget::~FileTarget() {
  if (fd_ >= 0) ::close(fd_);
}

Error FileTarget::failed(std::string_view what) const {
  return {ErrorClass::bug, fmt::format("{} {}: {}", what, path_.string(), std::strerror(errno)),
          "letters that are not marked stay where they are: run it again with the same file"};
}

/// A file whose name is lost with the power would take marked letters with it.
Result<> FileTarget::sync_name() const {
  const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  auto error = failed("can't bring to the disk the name of");
  if (fd >= 0) ::close(fd);
  return synced ? Result<>{} : fail(std::move(error));
}

/// Our lines end with '\n' and are marked only once they are on disk: half a line behind the last one is of no letter.
Result<> FileTarget::mend_end() {
  std::ifstream in(path_, std::ios::binary);
  std::string line, last;
  std::size_t whole = 0;
  while (std::getline(in, line)) {
    if (in.eof()) {
      last = std::move(line);
    } else {
      whole += line.size() + 1;
    }
  }
  if (last.empty()) return {};
  const auto common = std::min(last.size(), line_begin.size());
  if (last.compare(0, common, line_begin, 0, common) != 0) {
    return fail(ErrorClass::invalid,
                fmt::format("{} is no file of dead letters: its last line is none", path_.string()),
                "give --to-file a file of its own");
  }
  std::istringstream alone(last);
  if (replay::CaptureReader(alone, path_.string(), key_format_).next()) return write("\n");
  if (::ftruncate(fd_, static_cast<off_t>(whole)) != 0) return fail(failed("can't take the torn last line off"));
  return {};
}

Result<> FileTarget::write(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(failed("can't write"));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> FileTarget::read() {
  std::ifstream in(path_, std::ios::binary);
  replay::CaptureReader reader(in, path_.string(), key_format_);
  for (;;) {
    auto line = reader.next();
    if (!line) return fail(std::move(line.error()));
    if (!*line) return {};
    has_.insert(identity_of(**line));
  }
}

Result<> FileTarget::append(std::span<const Letter* const> letters) {
  std::string lines;
  for (const auto* letter : letters) {
    if (has_.insert(letter->identity()).second) replay::append_line(lines, captured(*letter), key_format_);
  }
  if (auto written = write(lines); !written) return written;
  if (::fsync(fd_) != 0) return fail(failed("can't bring to the disk"));
  return {};
}

}  // namespace orders::dlq
