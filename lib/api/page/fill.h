// The status page's template, filled in.
#pragma once

#include <string>
#include <string_view>

#include "api/page/figures.h"

namespace orders::api::page {

/// The marks of `html`, which is ours and well-formed:
///
///   data-v="PATHS" data-as="FORMAT"></…       the figure (figures.h), and data-is="…" where it has such a word
///   data-fix="PATHS" data-as="FORMAT"></…     the same, and page.js leaves it alone: /api/status does not have it
///   data-if="PATHS"                           hidden where none of these is there, or all are null, "", 0 or empty
///   data-each="PATH"><template>…</template>   behind the template, its content for each element of the array there;
///                                             paths in it without the first slash begin at that element
///
/// Marks stand last in their tag; the template itself stays, for page.js to fill again.
[[nodiscard]] std::string fill(std::string_view html, const Documents& documents);

}  // namespace orders::api::page
