// Where a command writes a capture to.
#pragma once

#include <optional>
#include <string>

#include "base/new_file.h"
#include "base/result.h"
#include "config/config.h"
#include "replay/capture.h"

namespace orders::ctl {

/// A file that gets its name when it is whole, or standard output ("-").
class CaptureTarget {
 public:
  /// `refused` where the file is there already and `force` is not given.
  [[nodiscard]] Result<> open(const std::string& file, bool force);
  [[nodiscard]] Result<> add(const replay::Record& record, config::KeyFormat key_format);
  [[nodiscard]] Result<> finish();
  [[nodiscard]] Result<> flush();
  [[nodiscard]] bool is_file() const { return file_.has_value(); }

 private:
  std::optional<NewFile> file_;
  std::string out_;
};

}  // namespace orders::ctl
