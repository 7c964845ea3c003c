// The orders of a run: a pure function of their numbers, so that the reader knows what to expect without a list.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace orders::bench {

enum class Keys : std::uint8_t { sequential, random };

/// What the saga must decide (wire contract).
enum class Outcome : std::uint8_t { confirmed, rejected, rollback_payment, rollback_inventory };
inline constexpr std::array<std::string_view, 4> outcome_names = {"CONFIRMED/null", "REJECTED/INVENTORY",
                                                                  "ROLLBACK/PAYMENT", "ROLLBACK/INVENTORY"};

/// The two answers' JSON; the strings are reused.
struct AnswerTexts {
  std::string payment, stock, items;
};

/// Orders have numbers, `first` and up; the keys are the numbers themselves, or spread over all 64 bits.
struct Recipe {
  std::uint64_t first = 1;
  std::uint64_t orders = 0;
  Keys keys = Keys::sequential;
  std::uint64_t seed = 1;
  double rejects = 0.1;  ///< of each service's answers

  [[nodiscard]] std::int64_t id_of(std::uint64_t number) const;
  /// The inverse: the order's place among `orders`, or `orders` for an id that is none of ours.
  [[nodiscard]] std::uint64_t index_of(std::int64_t id) const;
  [[nodiscard]] Outcome expected(std::uint64_t number) const;
  /// About 317 bytes each, equal but for status and source.
  void write(std::uint64_t number, AnswerTexts& texts) const;
};

/// 8 bytes, big-endian.
[[nodiscard]] std::array<char, 8> key_of(std::int64_t id);
[[nodiscard]] std::int64_t id_from(const void* key);

}  // namespace orders::bench
