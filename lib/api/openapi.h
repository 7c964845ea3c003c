// The HTTP interface in OpenAPI 3.1: docs/openapi.json, with the schemas that it refers to in docs/schemas.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace orders::api {

struct EmbeddedFile {
  std::string_view name;  ///< without its folder
  std::string_view text;
};
/// As they were when this was built; generated (lib/CMakeLists.txt).
[[nodiscard]] std::span<const EmbeddedFile> openapi_files();

/// All of them as one document: what refers to another file refers to "#/components/schemas/<its name>". Of this
/// version of ordersd.
[[nodiscard]] std::string openapi_json(std::string_view version);

}  // namespace orders::api
