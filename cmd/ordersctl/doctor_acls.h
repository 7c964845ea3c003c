// The ACLs that a configuration needs, as commands for a shell or as JSON.
#pragma once

#include <string>

#include "config/config.h"
#include "ordersctl/context.h"

namespace orders::ctl {

/// In the format asked for; an empty `principal` is likely_principal().
void print_acls(const Context& context, const config::Config& config, const std::string& principal);

}  // namespace orders::ctl
