// The query parameters of a request, checked.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/server.h"
#include "intake/intake.h"
#include "order/key.h"

namespace orders::api {

/// Collects what is wrong, so that one answer names all of it.
class Parameters {
 public:
  /// Parameters not `known`, and those that are there twice, are wrong.
  Parameters(const Request& request, std::initializer_list<std::string_view> known);

  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name);
  [[nodiscard]] std::optional<std::string> text(std::string_view name);
  /// From `least` to `most`; `usual` where it is not given.
  struct Bounds {
    std::int64_t least, most, usual;
  };
  [[nodiscard]] std::int64_t number(std::string_view name, Bounds bounds);
  /// `limit`: 1 to 1000, 100 where it is not given.
  [[nodiscard]] std::size_t limit() { return static_cast<std::size_t>(number("limit", {1, 1'000, 100})); }
  /// Notes what is wrong with a parameter in a way that is known elsewhere: "must be …".
  void refuse(std::string_view name, std::string_view what) {
    problems_.push_back({std::string(name), std::string(what)});
  }
  /// The 400 to be answered, if anything was wrong so far.
  [[nodiscard]] std::optional<Reply> refused() const;

 private:
  const Request& request_;
  std::vector<intake::Problem> problems_;
};

/// The order id that a path ends with, or the 400 to be answered.
[[nodiscard]] tl::expected<order::OrderId, Reply> id_of(const Request& request);

}  // namespace orders::api
