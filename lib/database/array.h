// PostgreSQL's array literals: a whole column of a batch as one parameter, for unnest($1::bigint[]).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orders::database {

/// "{1,2,3}" or {"a","b \"quoted\"",NULL}. Texts are always quoted, so that neither an empty one nor the word NULL is
/// mistaken. A text must not hold a NUL: the parameter would end there (see refusal.h).
class ArrayLiteral {
 public:
  explicit ArrayLiteral(std::size_t expected_bytes = 0);
  void add(std::int64_t value);
  void add(std::string_view text);
  void add(const std::optional<std::string>& text);
  /// Closes it; nothing can be added any more.
  [[nodiscard]] std::string take();

 private:
  void separate();
  std::string literal_;
};

}  // namespace orders::database
