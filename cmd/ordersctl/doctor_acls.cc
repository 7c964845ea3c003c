#include "ordersctl/doctor_acls.h"

#include <fmt/format.h>

#include "ordersctl/raw_json.h"
#include "preflight/acls.h"

namespace orders::ctl {
namespace {

std::string acl_json(const preflight::Acl& acl, const config::Config& config, const std::string& principal) {
  std::string operations;
  for (const auto& operation : acl.operations) {
    operations += fmt::format(R"({}"{}")", operations.empty() ? "" : ",", operation);
  }
  return fmt::format(
      R"({{"principal":{},"resource":"{}","name":{},"pattern":"{}","operations":[{}],"why":{},"command":{}}})",
      raw_json::quote(principal), to_string(acl.resource), raw_json::quote(acl.name),
      acl.prefixed ? "prefixed" : "literal", operations, raw_json::quote(acl.why),
      raw_json::quote(preflight::grant_command(acl, config, principal)));
}

}  // namespace

void print_acls(const Context& context, const config::Config& config, const std::string& principal) {
  const auto whom = principal.empty() ? preflight::likely_principal(config) : principal;
  std::string text;
  for (const auto& acl : preflight::acls(config)) {
    switch (context.format()) {
      case Format::table:
        text += fmt::format("# {}\n{}\n", acl.why, preflight::grant_command(acl, config, whom));
        break;
      case Format::json:
        text += (text.empty() ? "" : ",") + acl_json(acl, config, whom);
        break;
      case Format::ndjson:
        text += acl_json(acl, config, whom) + "\n";
        break;
    }
  }
  write_out(context.format() == Format::json ? fmt::format("{{\"acls\":[{}]}}\n", text) : text);
}

}  // namespace orders::ctl
