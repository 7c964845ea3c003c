// The daemon's status document, for people.
#pragma once

#include <string>
#include <string_view>

namespace orders::ctl {

/// `document` is the answer of /api/status; parts that it does not have are left out.
[[nodiscard]] std::string status_text(std::string_view document, bool colour);

}  // namespace orders::ctl
