// The daemon's status document, for people.
#pragma once

#include <string>
#include <string_view>

namespace orders::ctl {

/// `document` is the answer of /api/status; parts that it does not have are left out.
[[nodiscard]] std::string status_text(std::string_view document, bool colour);

// --- its parts, for the live screen too
/// Who, in which state, for how long; the reasons below.
[[nodiscard]] std::string status_head(std::string_view document);
/// A line for each worker, and a blank one before; empty where there is none.
[[nodiscard]] std::string status_workers(std::string_view join, bool colour);
/// The latency of the results of late, and a blank line before; empty where the daemon does not tell it.
[[nodiscard]] std::string status_latency(std::string_view join);
/// "  name: why", in lines that every terminal shows whole; empty without a reason.
[[nodiscard]] std::string status_reason(std::string_view name, std::string_view why);
/// The member `name`, if it is an object; else "{}".
[[nodiscard]] std::string_view status_part(std::string_view object, std::string_view name);
/// The member `name` with its thousands apart, or "-".
[[nodiscard]] std::string status_number(std::string_view object, std::string_view name);

}  // namespace orders::ctl
