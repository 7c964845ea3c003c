// That nobody joins meanwhile: for what needs the application stopped.
#pragma once

#include "base/result.h"
#include "ordersctl/context.h"
#include "reset/join_reset.h"

namespace orders::ctl {

/// `refused` while the application's group has members, after waiting for them to leave for up to `wait`. The broker
/// refuses offsets from outside then; this says so before anything is planned.
[[nodiscard]] Result<> await_no_members(const Context& context, Milliseconds wait, const reset::JoinReset& join,
                                        Milliseconds session_timeout);

}  // namespace orders::ctl
