// Has an order been published already? Asked for what a crash left in the outbox.
#pragma once

#include <string>

#include "intake/intake.h"
#include "kafka/types.h"
#include "view/view.h"

namespace orders::daemon {

/// Takes the read_uncommitted end of every partition of `topic`, lets the table pass it, and looks there. `table` must
/// outlive the check. Any thread.
[[nodiscard]] intake::PublishedCheck published_check(const kafka::Connection& connection, const std::string& topic,
                                                     const view::TableView& table);

}  // namespace orders::daemon
