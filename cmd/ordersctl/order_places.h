// Where an order is kept: its row and its place in the table, with a daemon or without.
#pragma once

#include "order/key.h"
#include "ordersctl/context.h"
#include "ordersctl/order_story.h"

namespace orders::ctl {

/// By the daemon; PostgreSQL is asked itself where that does not answer.
[[nodiscard]] Holding database_row(Context& context, order::OrderId id);
/// By the daemon; from the state folder of this machine, as it was flushed last, where that does not answer.
[[nodiscard]] Holding table_row(Context& context, order::OrderId id);

}  // namespace orders::ctl
