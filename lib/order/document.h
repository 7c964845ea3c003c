// The order's JSON, read without changing a byte that is not ours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "order/key.h"
#include "order/price.h"
#include "order/status.h"

namespace orders::order {

/// Where `status` and `source` stand in the raw JSON object, so that a result can be spliced later without parsing it
/// again. Offsets into the value; begin == end == 0: the member is not there.
struct Splice {
  std::uint32_t status_begin = 0, status_end = 0;  ///< the member's value, quotes included
  std::uint32_t source_begin = 0, source_end = 0;
  std::uint32_t close = 0;   ///< offset of the object's closing brace
  bool has_members = false;  ///< so that an appended member needs a comma
  friend bool operator==(const Splice&, const Splice&) = default;
};

/// What the join needs of an answer.
struct Answer {
  OrderId order_id = 0;
  Status status = Status::unknown;
  Splice splice;
  StatusId unnamed = order::status_id(Status::unknown);  ///< which one an unknown status is

  [[nodiscard]] StatusId status_id() const {
    return status == Status::unknown ? unnamed : order::status_id(status);
  }
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Item {
  std::int64_t item_id = 0;
  std::string product_id;
  std::int32_t quantity = 0;
  Price price;
  friend bool operator==(const Item&, const Item&) = default;
};

/// A whole order, as the database keeps it.
struct Order {
  OrderId id = 0;
  std::int64_t customer_id = 0;
  std::string status;                 ///< as it came; "NEW", "CONFIRMED", … or anything else
  std::optional<std::string> source;  ///< none: null or not there
  std::vector<Item> items;
  friend bool operator==(const Order&, const Order&) = default;
};

/// An answer that has been parsed.
struct Passed {
  std::string_view json;
  OrderId order_id = 0;
  Splice splice;
};

/// Parses orders. Owns the parser's scratch memory: one per thread, reused. Checks the whole text: a document that
/// passes is valid JSON and UTF-8 to its last byte, nested at most 64 deep.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  /// An object with an integer `orderId` and a string `status`; `source` is a string or null where it is there; none of
  /// the three twice. Errors are of class `record` and say what is wrong, without the record's contents.
  [[nodiscard]] Result<Answer> parse_answer(std::string_view json);
  /// The same, sooner where the text is like another one that has passed but for status and source: both answers of an
  /// order hold what the order held, and what is the same need not be checked again.
  [[nodiscard]] Result<Answer> parse_answer(std::string_view json, const Passed& other);
  /// The same and every member that the database keeps: customerId, items and all four members of each item must be
  /// there, none twice. Prices in any JSON form of a decimal, or such a decimal in a string, exactly.
  [[nodiscard]] Result<Order> parse_order(std::string_view json);
  /// Only orderId, status and source; for a result whose other members may be anything.
  [[nodiscard]] Result<Order> parse_result(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether `splice` and `status` are those of this order, as far as can be told without reading it again: no result may
/// be made of parts that do not belong together.
[[nodiscard]] bool is_splice_of(std::string_view json, const Splice& splice, Status status);

/// The stock record with `status` and `source` replaced as the resolution says, every other byte as it came.
[[nodiscard]] std::string splice_result(std::string_view stock_json, const Splice& splice,
                                        const Resolution& resolution);

/// {"orderId":…,"customerId":…,"status":"…","source":null,"items":[{"itemId":…,"productId":"…","quantity":…,
/// "productPrice":…}]}, in that order, prices as decimals.
[[nodiscard]] std::string to_json(const Order& order);

}  // namespace orders::order
