// Money. Never a binary float.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orders::order {

/// An exact decimal: `unscaled` / 10^`scale`. What other programs wrote may have any scale up to 18 and is kept.
class Price {
 public:
  Price() = default;
  Price(std::int64_t unscaled, std::uint8_t scale) : unscaled_(unscaled), scale_(scale) {}
  /// A JSON number ("12", "12.50", "1.25e1"); nothing when it does not fit.
  [[nodiscard]] static std::optional<Price> parse(std::string_view decimal);
  /// Plain decimal, the scale kept: "12.50".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::uint8_t scale() const { return scale_; }
  [[nodiscard]] bool negative() const { return unscaled_ < 0; }
  friend bool operator==(const Price&, const Price&) = default;

 private:
  std::int64_t unscaled_ = 0;
  std::uint8_t scale_ = 0;
};

}  // namespace orders::order
