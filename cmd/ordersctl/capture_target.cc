#include "ordersctl/capture_target.h"

#include <fmt/format.h>

#include <filesystem>

#include "ordersctl/output.h"

namespace orders::ctl {

constexpr std::size_t write_at = 64u << 10;

Result<> CaptureTarget::open(const std::string& file, bool force) {
  if (file == "-") return {};
  const bool there = std::filesystem::exists(file);
  if (there && !std::filesystem::is_regular_file(file)) {
    return fail(ErrorClass::invalid, fmt::format("{} is no regular file", file),
                "without a name, or with -, the capture goes to standard output");
  }
  if (there && !force) {
    return fail(ErrorClass::refused, fmt::format("{} is there already", file),
                "--force writes over it, once the new one is whole");
  }
  auto created = NewFile::create(file);
  if (!created) return fail(std::move(created.error()));
  file_.emplace(*std::move(created));
  return {};
}

Result<> CaptureTarget::add(const replay::Record& record, config::KeyFormat key_format) {
  replay::append_line(out_, record, key_format);
  return out_.size() < write_at ? Result<>{} : flush();
}

Result<> CaptureTarget::finish() {
  if (auto flushed = flush(); !flushed) return flushed;
  return file_ ? file_->commit() : Result<>{};
}

Result<> CaptureTarget::flush() {
  Result<> written;
  if (file_) {
    written = file_->write(out_);
  } else {
    write_out(out_);
  }
  out_.clear();
  return written;
}

}  // namespace orders::ctl
