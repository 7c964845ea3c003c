#include "support/identity.h"

#include <cstdint>
#include <initializer_list>

namespace orders::test {
namespace {

using nlohmann::json;

std::int64_t sum(const json& counters, std::initializer_list<const char*> names) {
  std::int64_t sum = 0;
  for (const auto* name : names) sum += counters.at(name).get<std::int64_t>();
  return sum;
}

std::int64_t off_by_of_join(const json& join) {
  std::int64_t waiting = 0;
  for (const auto& worker : join.at("workers")) {
    for (const auto& task : worker.at("tasks")) {
      if (task.at("state") != "running") continue;
      waiting += task.at("payment").at("waiting").get<std::int64_t>();
      waiting += task.at("stock").at("waiting").get<std::int64_t>();
    }
  }
  const auto& fates = join.at("fates");
  return sum(fates, {"read", "carried"}) - waiting -
         sum(fates, {"joined", "unmatched", "late", "duplicate", "invalid", "skipped"});
}

std::int64_t off_by_of_view(const json& view) {
  return sum(view, {"read"}) - sum(view, {"applied", "superseded", "tombstone", "missing", "invalid", "failed"});
}

void check(std::vector<std::string>& violations, const std::string& name, const json& part, std::int64_t off_by) {
  const auto& said = part.at("identity");
  if (off_by != 0) {
    violations.push_back(name + ": records read and their fates differ by " + std::to_string(off_by) + ": " +
                         part.dump());
  }
  if (said.at("holds") != (off_by == 0) || said.at("off_by") != off_by) {
    violations.push_back(name + ": off by " + std::to_string(off_by) + ", and the daemon says " + said.dump());
  }
}

}  // namespace

std::vector<std::string> identity_violations(const json& status) {
  std::vector<std::string> violations;
  if (const auto& join = status.at("join"); !join.is_null()) check(violations, "join", join, off_by_of_join(join));
  for (const auto& [name, view] : status.at("views").items()) {
    if (!view.is_null()) check(violations, name + " view", view, off_by_of_view(view));
  }
  return violations;
}

}  // namespace orders::test
