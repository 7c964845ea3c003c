// What waits in a stopped join, for another program to go on with.
#pragma once

#include "base/function_ref.h"
#include "base/result.h"
#include "base/wakeup.h"
#include "config/config.h"
#include "kafka/types.h"
#include "replay/waiting.h"
#include "reset/join_plan.h"

namespace orders::reset {

/// Of one task as JoinReset::look() found it: read from its inputs as far as was committed. Nothing committed on either
/// side: nothing waits. Fails with `refused` where the offsets are not ordersd's, with `gap` where the inputs are not
/// what they were, with `wait` when the broker is silent for `timeout`, and when `go_on` says no, which is asked while it
/// waits; `wakeup` is notified of news, and must outlive the call.
[[nodiscard]] Result<replay::WaitingRecords> waiting_in(const Task& task, const config::Config& config,
                                                        const kafka::Connection& connection, Milliseconds timeout,
                                                        Wakeup& wakeup, FunctionRef<bool()> go_on);

}  // namespace orders::reset
