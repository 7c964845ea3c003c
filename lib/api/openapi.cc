#include "api/openapi.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

namespace orders::api {
namespace {

using Json = nlohmann::ordered_json;

Json read(const std::string& name) {
  for (const auto& file : openapi_files()) {
    if (file.name == name) return Json::parse(file.text);
  }
  throw std::runtime_error(name + " is not built in");
}

class Bundle {
 public:
  Json document() {
    Json document = read("openapi.json");
    point_inwards(document, {});
    while (!open_.empty()) {
      const auto name = open_.back();
      open_.pop_back();
      Json schema = read(name + ".json");
      schema.erase("$schema");
      schema.erase("$id");  // else what it refers to would be looked for there
      point_inwards(schema, name);
      document["components"]["schemas"][name] = std::move(schema);
    }
    return document;
  }

 private:
  /// `schema`: the name of the one that `value` is in; empty: the document's own.
  void point_inwards(Json& value, const std::string& schema) {
    if (!value.is_structured()) return;
    for (auto& [key, member] : value.items()) {
      if (key == "$ref" && member.is_string()) {
        member = target(member.get<std::string>(), schema);
      } else {
        point_inwards(member, schema);
      }
    }
  }

  std::string target(const std::string& reference, const std::string& schema) {
    const auto hash = std::min(reference.find('#'), reference.size());
    auto name = std::filesystem::path(reference.substr(0, hash)).stem().string();
    if (name.empty() && schema.empty()) return reference;
    if (name.empty()) {
      name = schema;
    } else if (seen_.insert(name).second) {
      open_.push_back(name);
    }
    return "#/components/schemas/" + name + reference.substr(std::min(hash + 1, reference.size()));
  }

  std::set<std::string> seen_;
  std::vector<std::string> open_;  ///< to be taken in
};

}  // namespace

std::string openapi_json(std::string_view version) {
  static const Json bundled = Bundle().document();
  Json document = bundled;
  document["info"]["version"] = version;
  return document.dump();
}

}  // namespace orders::api
