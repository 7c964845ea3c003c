// The description of the API is that of these routes.
#include "api/openapi.h"

#include "base/bytes.h"
#include "routes_fixture.h"

namespace orders::api {
namespace {

using namespace test;
using Operation = std::pair<std::string, std::string>;  ///< method, path

class OpenApi : public Api {
 protected:
  /// Each operation of the document.
  template <class Visit>
  void visit(const Visit& visitor) const {
    for (const auto& [path, operations] : document_.at("paths").items()) {
      for (const auto& [method, operation] : operations.items()) visitor(Operation(method, path), operation);
    }
  }
  const json& resolved(const json& value) const {
    const auto reference = value.find("$ref");
    if (reference == value.end()) return value;
    return resolved(document_.at(json::json_pointer(reference->get<std::string>().substr(1))));
  }
  const json document_ = json::parse(openapi_json("1.2.3"));
};

TEST_F(OpenApi, HasEveryRouteAndNoOther) {
  std::set<Operation> described, there;
  visit([&](const Operation& name, const json&) { described.insert(name); });
  for (const auto& route : routes(services_)) there.emplace(lower_case(route.method), route.pattern);
  EXPECT_EQ(described, there);
}

TEST_F(OpenApi, SaysWhatEachRouteTakesAndWhoIsLetIn) {
  std::map<Operation, Route> there;
  for (const auto& route : routes(services_)) there[{lower_case(route.method), route.pattern}] = route;
  visit([&](const Operation& name, const json& operation) {
    const auto& route = there.at(name);
    std::vector<std::string> bodies;
    if (operation.contains("requestBody")) {
      for (const auto& [type, body] : operation.at("requestBody").at("content").items()) bodies.push_back(type);
    }
    EXPECT_EQ(bodies, route.takes) << name.second;
    EXPECT_EQ(operation.value("security", document_.at("security")).empty(), route.open) << name.second;
    EXPECT_EQ(operation.at("responses").contains("415"), !route.takes.empty()) << name.second;
    EXPECT_EQ(operation.at("responses").contains("403"), route.method != "GET") << name.second;
    EXPECT_TRUE(route.immediate || operation.at("responses").contains("503")) << name.second << ": too many wait";
  });
}

TEST_F(OpenApi, NamesTheCapturesOfItsPaths) {
  visit([&](const Operation& name, const json& operation) {
    int captures = 0;
    for (const auto& reference : operation.value("parameters", json::array())) {
      const auto& parameter = resolved(reference);
      if (parameter.at("in") != "path") continue;
      ++captures;
      EXPECT_NE(name.second.find("{" + parameter.at("name").get<std::string>() + "}"), std::string::npos) << name.second;
    }
    EXPECT_EQ(captures, std::count(name.second.begin(), name.second.end(), '{')) << name.second;
  });
}

TEST_F(OpenApi, IsOneDocumentWhoseReferencesLeadSomewhere) {
  int references = 0;
  const std::function<void(const json&)> check = [&](const json& value) {
    if (!value.is_structured()) return;
    for (const auto& [key, member] : value.items()) {
      if (key != "$ref" || !member.is_string()) {
        check(member);
        continue;
      }
      const auto target = member.get<std::string>();
      ++references;
      ASSERT_TRUE(target.starts_with("#/")) << target;
      EXPECT_TRUE(document_.contains(json::json_pointer(target.substr(1)))) << target;
    }
  };
  check(document_);
  EXPECT_GT(references, 50);
}

TEST_F(OpenApi, IsServedWithTheDaemonsVersion) {
  const auto reply = get("/api/openapi.json");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body), document_);
  EXPECT_EQ(document_.at("info").at("version"), "1.2.3");
  EXPECT_TRUE(document_.at("openapi").get<std::string>().starts_with("3.1."));
}

}  // namespace
}  // namespace orders::api
