// Dead letters, counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dlq/letter.h"

namespace orders::dlq {

enum class By : std::uint8_t { reason, topic, hour };
[[nodiscard]] std::string_view to_string(By by);

class Summary {
 public:
  explicit Summary(By by) : by_(by) {}

  struct Group {
    std::uint64_t letters = 0;
    Timestamp oldest, newest;
  };
  void add(const Letter& letter);
  /// By reason, by the original topic, or by the hour (UTC) in which they became dead letters: "2026-01-31T12Z".
  /// "unknown" where a letter does not say.
  [[nodiscard]] const std::map<std::string, Group>& groups() const { return groups_; }
  [[nodiscard]] std::uint64_t letters() const { return letters_; }

 private:
  [[nodiscard]] std::string group_of(const Letter& letter) const;
  By by_;
  std::uint64_t letters_ = 0;
  std::map<std::string, Group> groups_;
};

}  // namespace orders::dlq
