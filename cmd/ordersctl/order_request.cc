#include "ordersctl/order_request.h"

#include <fmt/format.h>

#include <array>
#include <random>

#include "base/bytes.h"
#include "order/price.h"
#include "ordersctl/raw_json.h"

namespace orders::ctl {

Result<RequestedItem> parse_item(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return fail(ErrorClass::invalid, fmt::format("--item '{}': {}", printable(text), why),
                "expected CODE:QUANTITY@PRICE, such as --item mug:2@12.50");
  };
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return wrong("there is no @PRICE");
  const auto colon = text.substr(0, at).rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong("there is no CODE:QUANTITY before the price");
  const auto quantity = parse_int64(text.substr(colon + 1, at - colon - 1));
  if (!quantity) return wrong("the quantity is not a whole number");
  const auto price = text.substr(at + 1);
  if (!order::Price::parse(price)) return wrong("the price is not a decimal number");
  return RequestedItem{std::string(text.substr(0, colon)), *quantity, std::string(price)};
}

std::string request_json(std::int64_t customer, const std::vector<RequestedItem>& items) {
  std::string list;
  for (const auto& item : items) {
    list += fmt::format(R"({}{{"productId":{},"quantity":{},"productPrice":{}}})", list.empty() ? "" : ",",
                        raw_json::quote(item.product), item.quantity, item.price);
  }
  return fmt::format(R"({{"customerId":{},"items":[{}]}})", customer, list);
}

std::string new_uuid() {
  std::random_device device;
  std::array<std::uint32_t, 4> words{};
  for (auto& word : words) word = device();
  words[1] = (words[1] & 0xFFFF0FFFu) | 0x4000u;
  words[2] = (words[2] & 0x3FFFFFFFu) | 0x80000000u;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16, words[1] & 0xFFFFu,
                     words[2] >> 16, words[2] & 0xFFFFu, words[3]);
}

}  // namespace orders::ctl
