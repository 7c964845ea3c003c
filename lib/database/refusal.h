// Rows of which it is known before they are written that a database refuses them.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "order/document.h"

namespace orders::database {

/// An item that is there twice (the items' primary key): what to say about it.
[[nodiscard]] std::optional<std::string> repeated_item(std::span<const order::Item> items);

/// PostgreSQL's text holds every character but NUL, which JSON may bring as \u0000: what to say about it.
[[nodiscard]] std::optional<std::string> nul_in_text(const order::Order& order, bool with_items);

}  // namespace orders::database
