// The products of new orders, against the catalog.
#include <fmt/format.h>

#include <map>

#include "base/bytes.h"
#include "intake/intake.h"

namespace orders::intake {
namespace {

using catalog::Standing;

void judge(Checked& checked, std::size_t item, const Result<Standing>& answer) {
  if (!answer) {
    if (!checked.unanswered) checked.unanswered = answer.error();
  } else if (*answer == Standing::unknown) {
    const auto& code = checked.request.items[item].product_id;
    checked.problems.push_back({fmt::format("items[{}].productId", item),
                                fmt::format("'{}' is not in the catalog", printable(code, 64))});
  } else if (*answer == Standing::unchecked) {
    checked.request.unchecked = true;
  }
}

}  // namespace

void check_products(std::span<Result<Checked>> requests, catalog::Catalog& catalog,
                    catalog::Catalog::Clock::time_point deadline) {
  std::map<std::string_view, std::size_t> places;
  std::vector<std::string> codes;
  for (const auto& checked : requests) {
    if (!checked) continue;
    for (const auto& item : checked->request.items) {
      const auto& code = item.product_id;  // empty: a problem already
      if (!code.empty() && places.try_emplace(code, codes.size()).second) codes.push_back(code);
    }
  }
  if (codes.empty()) return;
  const auto answers = catalog.look_up(codes, deadline);
  for (auto& checked : requests) {
    if (!checked) continue;
    const auto& items = checked->request.items;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].product_id.empty()) judge(*checked, i, answers.at(places.at(items[i].product_id)));
    }
  }
}

}  // namespace orders::intake
