// Capture files: a line that is read is written so that the same record is read again.
#include <sstream>

#include "check.h"
#include "replay/capture.h"

namespace orders::replay {
namespace {

void check_line(const Record& record, config::KeyFormat format) {
  std::string line;
  append_line(line, record, format);
  FUZZ_CHECK(line.find('\n') == line.size() - 1);
  std::istringstream in(line);
  CaptureReader reader(in, "written.ndjson", format);
  const auto again = reader.next();
  FUZZ_CHECK(again && *again && **again == record);
}

void check(const std::string& text, config::KeyFormat format) {
  std::istringstream in(text);
  CaptureReader reader(in, "capture.ndjson", format);
  for (;;) {
    const auto record = reader.next();
    if (!record) {
      FUZZ_CHECK(record.error().error_class == ErrorClass::invalid && fuzz::can_be_shown(record.error().text()));
      return;
    }
    if (!*record) return;
    check_line(**record, format);
    FUZZ_CHECK(fuzz::can_be_shown(reader.mistake("value", "").text()));
  }
}

}  // namespace
}  // namespace orders::replay

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(orders::fuzz::text_of(data, size));
  for (const auto format : {orders::config::KeyFormat::int64, orders::config::KeyFormat::string}) {
    orders::replay::check(text, format);
  }
  return 0;
}
