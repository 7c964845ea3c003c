// Documents against docs/schemas, more strictly than other programs may be: a member that its schema does not name, or
// that stands there twice, is a mistake too. So the schemas are complete.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orders::test {

/// What is wrong with a JSON text, each with its place ("/rows/0/key: …"); empty: it fits. `schema` is a file of
/// docs/schemas, perhaps with a place in it: "state-list.json", "state-list.json#/$defs/line". Knows of JSON Schema
/// what the files use; throws std::runtime_error for any other keyword, or a schema that is not there.
[[nodiscard]] std::vector<std::string> schema_mistakes(const std::string& schema, std::string_view text);

/// The same for a line each of NDJSON.
[[nodiscard]] std::vector<std::string> schema_mistakes_of_lines(const std::string& schema, std::string_view lines);

}  // namespace orders::test
